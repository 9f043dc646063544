"""The dashboard in a real browser: what is sent, who may act, what people see and how soon, and what they can do."""
import http.client
import json
import os
import socket
import time

import dashboard
import kit

MOST_BYTES = 300_000


class FileTests(dashboard.DashboardTestCase):
    """What is sent, before any browser looks at it."""

    def files(self):
        page = self.ask("GET", "/")[2].decode()
        names = {"/"}
        todo = [page]
        while todo:
            text = todo.pop()
            for name in {word for word in text.replace("'", '"').split('"') if word.startswith("/assets/")} - names:
                names.add(name)
                todo.append(self.ask("GET", name)[2].decode())
        return names

    def test_all_of_it_is_small(self):
        sizes = {name: len(self.ask("GET", name)[2]) for name in self.files()}
        self.assertIn("/assets/main.js", sizes)
        self.assertIn("/assets/dygraph.js", sizes)
        self.assertLess(sum(sizes.values()), MOST_BYTES, sizes)

    def test_a_browser_may_run_these_files_alone(self):
        for name in self.files():
            status, headers, body = self.ask("GET", name)
            self.assertEqual(status, 200, name)
            policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
            self.assertEqual(policy["default-src"], "'none'")
            self.assertEqual(policy["frame-ancestors"], "'none'")
            for source in "script-src", "style-src", "connect-src":
                self.assertEqual(policy[source], "'self'")
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            kind = {"": "text/html", "css": "text/css", "js": "text/javascript"}[os.path.splitext(name)[1][1:]]
            self.assertTrue(headers["Content-Type"].startswith(kind), name)
            again = self.ask("GET", name, headers={"If-None-Match": headers["ETag"]})
            self.assertEqual((again[0], again[2]), (304, b""), name)
        page = self.ask("GET", "/")[2].decode()
        self.assertNotRegex(page, r"<script(?![^>]*src=)|style=\"|\son\w+=|<style")

    def test_only_read_and_only_by_own_names(self):
        status, headers, _ = self.ask("POST", "/")
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))
        self.assertEqual(self.ask("GET", "/", headers={"Host": "evil.example"})[0], 421)
        self.assertEqual(self.ask("GET", "/assets/nothing.js")[0], 404)
        self.assertEqual(self.ask("HEAD", "/")[2], b"")


class SessionTests(dashboard.DashboardTestCase):
    """Who may act: by a cookie that only this page can use."""

    PAGE = {"X-Requested-With": "test"}

    def sign_in_by_hand(self):
        status, headers, body = self.ask("POST", "/v1/session/open", {"token": self.token})
        self.assertEqual(status, 200, body)
        self.assertEqual(json.loads(body)["actor"], "token night-watch")
        cookie = headers["Set-Cookie"]
        for word in "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=":
            self.assertIn(word, cookie)
        self.assertNotIn(self.token[5:], cookie)
        return {"Cookie": cookie.split(";")[0]}

    def restart(self, headers):
        return self.ask("POST", "/v1/services/cache/restart?dry_run", headers=headers)[0]

    def test_a_session_acts_and_ends(self):
        cookie = self.sign_in_by_hand()
        self.assertEqual(self.restart(cookie | self.PAGE), 200)
        self.assertTrue(json.loads(self.ask("GET", "/v1/session", headers=cookie)[2])["may_act"])
        self.assertEqual(self.ask("POST", "/v1/session/close", headers=cookie)[0], 200)
        self.assertEqual(self.restart(cookie | self.PAGE), 401)
        self.assertEqual(json.loads(self.ask("GET", "/v1/session", headers=cookie)[2]), {"may_act": False})

    def test_another_page_cannot_use_it(self):
        cookie = self.sign_in_by_hand()
        # A form or an image of another page cannot add a header, and a script of another origin must not.
        self.assertEqual(self.restart(cookie), 401)
        self.assertEqual(self.restart(cookie | self.PAGE | {"Origin": "http://localhost:1"}), 403)
        self.assertEqual(self.ask("OPTIONS", "/v1/services/cache/restart", headers=cookie)[0], 405)
        own = {"Origin": f"http://127.0.0.1:{self.running.status_port}"}
        self.assertEqual(self.restart(cookie | self.PAGE | own), 200)

    def test_it_ends_with_its_token(self):
        token = self.running.hale("token", "create", "passing").stdout.strip()
        cookie = self.ask("POST", "/v1/session/open", {"token": token})[1]["Set-Cookie"].split(";")[0]
        self.assertEqual(self.restart({"Cookie": cookie} | self.PAGE), 200)
        self.running.hale("token", "revoke", "passing")
        self.assertEqual(self.restart({"Cookie": cookie} | self.PAGE), 401)

    def test_what_does_not_sign_in(self):
        for body in {"token": "wrong"}, {"token": self.token + "x"}, {"token": "x" * 5000}:
            status, headers, _ = self.ask("POST", "/v1/session/open", body)
            self.assertEqual((status, headers["Set-Cookie"]), (401, None))
        self.assertEqual(self.ask("POST", "/v1/session/open", {})[0], 400)
        self.assertEqual(self.restart({"Cookie": "hale_session_x=y"} | self.PAGE), 401)

    def test_a_forwarded_unix_socket_is_no_way_in_for_other_pages(self):
        def restart(headers):
            connection = http.client.HTTPConnection("localhost")
            connection.sock = socket.socket(socket.AF_UNIX)
            folder = os.path.join(self.running.environment["HALE_RUNTIME"], self.running.name)
            connection.sock.connect(os.path.join(folder, "api.sock"))
            connection.request("POST", "/v1/services/cache/restart?dry_run", headers=headers)
            status = connection.getresponse().status
            connection.close()
            return status
        self.assertEqual(restart({}), 200)
        self.assertEqual(restart({"Host": "localhost:9", "Origin": "http://localhost:9"}), 200)
        self.assertEqual(restart({"Host": "localhost:9", "Origin": "http://localhost:8"}), 403)
        self.assertEqual(restart({"Host": "evil.example:9", "Origin": "http://evil.example:9"}), 403)


class PageTests(dashboard.DashboardTestCase):
    """What people see and do."""

    def test_it_loads_without_a_complaint_and_asks_nobody_else(self):
        page = self.open()
        page.wait("document.getElementById('sentence').textContent === 'All 5 services are well.'")
        for path in "#/incidents", "#/breakers", "#/events", "#/services/web", "#/":
            page.run(f"location.hash = {json.dumps(path)}")
            page.wait("document.querySelector('#view .panel')")
            self.settle(page)
        self.assertEqual(page.problems, [])
        own = f"http://127.0.0.1:{self.running.status_port}/"
        self.assertEqual([url for url in page.requests if not url.startswith((own, "data:"))], [])

    def test_a_part_that_does_not_arrive_is_asked_for_again(self):
        for part in "store.js", "style.css", "dygraph.js":
            with self.subTest(part):
                page = self.browser.page()
                self.addCleanup(page.close)
                page.lose(f"*/assets/{part}")
                page.go(self.address())
                kit.eventually(lambda: any(part in problem for problem in page.problems))
                page.lose_nothing()
                self.wait_until_live(page)
                self.assertTrue(page.run("[...document.styleSheets].length === 2 && typeof Dygraph === 'function'"))

    def test_it_is_there_at_once_and_does_not_jump(self):
        for size in dashboard.SIZES.values():
            page = self.open(size=size, script="""
                window.moved = [];
                const named = ({ node }) => node?.nodeName + "." + node?.className;
                new PerformanceObserver((list) => list.getEntries().forEach((entry) =>
                    window.moved.push([entry.value, ...entry.sources.map(named)])))
                    .observe({ type: "layout-shift", buffered: true });""")
            page.wait("document.querySelectorAll('.node').length === 5")
            # What moved last is told only after it was drawn, and the next overviews must move nothing either.
            page.wait("performance.getEntriesByType('resource')"
                      ".filter((entry) => entry.name.endsWith('/v1/overview')).length > 2")
            self.settle(page)
            painted = page.run("performance.getEntriesByName('first-contentful-paint')[0].startTime")
            self.assertLess(painted, 1000)
            moved = page.run("window.moved")
            # What web.dev calls good; https://web.dev/articles/cls
            self.assertLess(sum(move[0] for move in moved), 0.1, moved)

    def test_a_killed_service_is_red_within_a_second_and_green_again(self):
        page = self.open()
        for name in "cache", "db":
            self.wait_for_condition(page, name, "ok")
            page.run(f"""window.seen = new Promise((resolve) => {{
                const row = document.querySelector('[data-service={name}]');
                new MutationObserver(() => row.dataset.condition === 'down' && resolve(Date.now()))
                    .observe(row, {{ attributes: true }});
            }}); 0""")
            killed = time.time()
            kit.kill(self.running.pid(name))
            seen = page.run("window.seen") / 1000
            self.assertLess(seen - killed, 1)
            print(f"{name} was seen red {1000 * (seen - killed):.0f} ms after kill -9", flush=True)
            self.wait_for_condition(page, name, "ok")
            page.wait("document.getElementById('sentence').textContent === 'All 5 services are well.'")
            self.assertIn("failed in", page.run(f"document.querySelector('[data-service={name}] .strip').ariaLabel"))
        self.assertEqual(page.problems, [])

    def test_an_incident_says_what_broke_why_and_who_must_act(self):
        page = self.open()
        self.break_database()
        page.wait("document.getElementById('sentence').textContent.startsWith('db is quarantined: ')")
        page.wait("document.getElementById('sentence').textContent.includes('2 services wait')", 30)
        self.assertIn("You must act", page.text("#advice"))
        root = page.wait("document.querySelector('.node[data-root]')?.getAttribute('aria-label')")
        self.assertTrue(root.startswith("db: quarantined, root of an incident"), root)
        self.assertEqual(page.run("document.querySelector('.rows .service').dataset.service"), "db")
        for words in "exited with code 1", "in quarantine", "hale release db", "reports", "api":
            page.wait(f"document.querySelector('.incident').innerText.includes({json.dumps(words)})")
        os.remove(self.running.path("blocked"))
        self.sign_in(page)
        page.click(".incident [data-action=release]")
        self.wait_for_plan(page)
        page.press("Enter")
        page.wait("document.getElementById('sentence').textContent === 'All 5 services are well.'", 30)
        page.wait("!document.querySelector('.incident')", 60)
        self.assertEqual(page.problems, [])

    def test_an_action_needs_a_token_and_a_confirmation(self):
        page = self.open("/#/services/cache")
        pid = self.running.pid("cache")
        page.click("[data-action=restart]")
        page.wait("document.getElementById('sign-in').open")
        page.write("hale_wrong")
        page.press("Enter")
        page.wait("document.getElementById('sign-in-problem').textContent.includes('not known')")
        # The browser itself says in its console that it got a 401.
        page.problems.clear()
        page.run("document.getElementById('token').select()")
        page.write(self.token)
        page.press("Enter")
        self.wait_for_plan(page)
        said = page.text("#confirm")
        self.assertIn("would restart cache", said)
        for name in "api", "reports", "web":
            self.assertIn(name, said)
        # The focus is where Enter does no harm.
        self.assertEqual(page.run("document.activeElement.id"), "confirm-cancel")
        page.press("Escape")
        page.wait("!document.getElementById('confirm').open")
        self.assertEqual(self.running.pid("cache"), pid)
        page.click("[data-action=restart]")
        self.wait_for_plan(page)
        page.click("#confirm-do")
        page.wait("document.querySelector('.toast')?.textContent.includes('taken: restart cache')")
        kit.eventually(lambda: self.running.pid("cache") != pid)
        self.assertIn("token night-watch", self.ask("GET", "/v1/events?service=cache&order=desc")[2].decode())
        kept = page.run("JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie + location.href")
        self.assertNotIn(self.token, kept)
        self.assertEqual(page.run("document.cookie"), "")
        page.click("#session")
        page.wait("document.getElementById('session').textContent === 'Sign in'")
        self.assertEqual(page.problems, [])

    def test_every_action_is_there_and_works(self):
        page = self.open("/#/services/cache")
        self.sign_in(page)
        for action, state in ("pause", "paused"), ("unpause", "running"), ("stop", "stopped"), ("start", "running"):
            page.click(f".service-page [data-action={action}]")
            self.wait_for_plan(page)
            page.click("#confirm-do")
            self.running.wait_for_state("cache", state)
            page.wait("!document.getElementById('confirm').open")
        page.run("location.hash = '#/breakers'")
        for action, state in ("open", "forced-open"), ("close", "closed"), ("reset", "closed"):
            page.click(f"[data-action={action}][aria-label*='web-1']")
            self.wait_for_plan(page)
            page.click("#confirm-do")
            kit.eventually(lambda: json.loads(self.ask("GET", "/v1/breakers/web")[2])["breakers"][0]["state"] == state)
            page.wait(f"document.querySelector('tbody').innerText.includes({json.dumps(state)})")
        self.assertEqual(page.problems, [])

    def test_it_says_when_hale_does_not_answer(self):
        page = self.open()
        healer = self.running.role("healer")
        os.kill(healer, 19)
        try:
            page.wait("document.getElementById('sentence').textContent.includes('has not answered since')", 20)
            self.assertEqual(page.run("document.getElementById('verdict').dataset.condition"), "unknown")
        finally:
            os.kill(healer, 18)
        page.wait("document.getElementById('sentence').textContent === 'All 5 services are well.'", 30)

    def test_a_lost_healer_is_followed_by_the_next(self):
        page = self.open()
        kit.kill(self.running.role("healer"))
        kit.eventually(lambda: self.running.get("/livez")[0] == 200)
        page.wait("document.getElementById('live').textContent === 'live'", 30)
        kit.kill(self.running.pid("cache"))
        self.wait_for_condition(page, "cache", "down", timeout=5)

    def test_filter_and_order(self):
        page = self.open()
        page.run("document.getElementById('filter').focus()")
        page.write("rep")
        page.wait("[...document.querySelectorAll('.rows .service')].map((row) => row.dataset.service).join()"
                  " === 'reports'")
        self.assertIn("1 of 5", page.text("#view"))


if __name__ == "__main__":
    kit.main()
