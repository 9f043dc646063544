"""Every page of the dashboard as people see it: layout, contrast, labels, keyboard, themes; with pictures.

HALE_SCREENSHOTS names a folder for the pictures; without it they go to a temporary one.
"""
import contextlib
import http.client
import json
import os
import shutil
import tempfile
import threading

import browser
import dashboard
import kit

SCREENSHOTS = os.environ.get("HALE_SCREENSHOTS")


def script(name):
    """One of the scripts that are run in pages."""
    with open(os.path.join(kit.HERE, "scripts", name), encoding="utf-8") as file:
        return file.read()


AUDIT = script("accessibility.js")
LAYOUT = script("layout.js")


class LookTests(dashboard.DashboardTestCase):
    """Every page at both widths, in both themes, healthy and in an incident; with pictures."""

    PAGES = {"overview": "", "incidents": "#/incidents", "breakers": "#/breakers", "events": "#/events",
             "service": "#/services/db"}

    READY = {
        "overview": "document.querySelectorAll('.node').length === 5",
        "events": "document.querySelector('.events li')",
        "breakers": "document.querySelector('tbody tr')",
        "incidents": "document.querySelector('#incidents-title')",
        "incident": "document.querySelector('.timeline')",
        "service": "document.querySelector('.sentences li') && document.querySelectorAll('.plot canvas').length >= 8",
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = SCREENSHOTS or tempfile.mkdtemp(prefix="hale-screenshots-")
        os.makedirs(cls.folder, exist_ok=True)
        if not SCREENSHOTS:
            cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    def look(self, story, pages):
        for width, size in dashboard.SIZES.items():
            for theme in "light", "dark":
                page = self.open(size=size, theme=theme)
                for name, path in pages.items():
                    page.run(f"location.hash = {json.dumps(path or '#/')}")
                    page.wait(self.READY[name])
                    self.settle(page)
                    where = f"{name} {story} {width} {theme}"
                    self.check(page, where)
                    page.picture(os.path.join(self.folder, where.replace(" ", "-") + ".png"))
                page.close()

    def check(self, page, where):
        self.assertEqual(page.run(LAYOUT), [], where)
        self.assertEqual(page.run(AUDIT), [], where)
        self.assertEqual(page.problems, [], where)

    @contextlib.contextmanager
    def traffic(self):
        """Clients who ask all the time, so that there are numbers to see."""
        over = threading.Event()

        def ask():
            while not over.wait(0.02):
                with contextlib.suppress(OSError, http.client.HTTPException):
                    self.ask("GET", "/", port=self.web_port)
        clients = [threading.Thread(target=ask, daemon=True) for _ in range(2)]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            over.set()
            for client in clients:
                client.join()

    def test_healthy(self):
        with self.traffic():
            page = self.open("/#/services/web")
            page.wait("document.querySelectorAll('.chart-key b')[1].textContent !== '–'", 30)
            if SCREENSHOTS:
                page.wait("import('/assets/history.js').then(({ rows }) => rows('web', ['p50']).length > 20)", 60)
            self.settle(page)
            self.check(page, "service with traffic")
            page.picture(os.path.join(self.folder, "service-traffic-desktop-light.png"))
            self.look("healthy", self.PAGES)

    def test_in_an_incident(self):
        with self.traffic():
            self.running.write_file("mood", "")
            self.break_database()
            kit.eventually(lambda: "waiting_on" in self.running.service("api"), 30)
            kit.eventually(lambda: self.running.service("web")["breaker"] != "closed", 30)
            newest = json.loads(self.ask("GET", "/v1/incidents?limit=50")[2])["incidents"]
            incident = next(incident["id"] for incident in newest if incident["root"] == "db")
            self.look("incident", self.PAGES | {"incident": f"#/incidents/{incident}"})

    def test_dialogs(self):
        for width, size in dashboard.SIZES.items():
            page = self.open("/#/services/db", size)
            page.click("#session")
            page.wait("document.getElementById('sign-in').open")
            self.check(page, f"sign-in {width}")
            page.picture(os.path.join(self.folder, f"sign-in-{width}.png"))
            page.press("Escape")
            self.sign_in(page)
            page.click("[data-action=stop]")
            self.wait_for_plan(page)
            self.check(page, f"confirm {width}")
            page.picture(os.path.join(self.folder, f"confirm-{width}.png"))

    def test_everything_is_reached_with_a_keyboard(self):
        page = self.open()
        page.press("Tab")
        self.assertEqual(page.run("document.activeElement.className"), "skip")
        page.press("Enter")
        self.assertEqual(page.run("document.activeElement.id"), "view")
        page.run("document.activeElement.blur(); scrollTo(0, 0)")
        wanted = page.run("""(() => {
            const reached = [...document.querySelectorAll("a[href], button:not(:disabled), input, select")]
                .filter((element) => element.checkVisibility());
            window.wanted = new Set(reached);
            window.unseen = [];
            document.addEventListener("focusin", (event) => {
                window.wanted.delete(event.target);
                const style = getComputedStyle(event.target);
                const box = event.target.querySelector?.(".box");
                const isMarked = style.outlineStyle !== "none" || (box && getComputedStyle(box).strokeWidth === "4px");
                if (!isMarked) window.unseen.push(event.target.outerHTML.slice(0, 80));
            });
            return reached.length;
        })()""")
        self.assertGreater(wanted, 15)
        for _ in range(wanted + 15):
            page.press("Tab")
        self.assertEqual(page.run("[...window.wanted].map((element) => element.outerHTML.slice(0, 120))"), [])
        self.assertEqual(page.run("window.unseen"), [])

    def test_the_theme_can_be_chosen_and_is_kept(self):
        page = self.open()
        ground = "getComputedStyle(document.body).backgroundColor"
        light = page.run(ground)
        page.click("#theme")
        page.click("#theme")
        self.assertEqual(page.run("document.getElementById('theme').ariaLabel"), "Theme: dark")
        dark = page.run(ground)
        self.assertNotEqual(light, dark)
        page.ask("Page.reload")
        page.wait("document.readyState === 'complete'")
        self.assertEqual(page.wait(ground), dark)
        page.prefer("dark")
        page.click("#theme")
        self.assertEqual(page.run(ground), dark)


if __name__ == "__main__":
    kit.main()
