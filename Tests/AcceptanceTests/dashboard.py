"""What the tests of the dashboard need: a stack to look at, and a browser to look with."""
import contextlib
import http.client
import json
import os
import unittest

import browser
import kit

SIZES = {"phone": browser.PHONE, "desktop": browser.DESKTOP}
ASKS_DATABASE = """
import os, socket
client = socket.create_connection((os.environ["HALE_DB_HOST"], int(os.environ["HALE_DB_PORT"])), 0.5)
client.settimeout(0.5)
client.sendall(b"x\\n")
assert client.recv(9)
"""


def needs(*names):
    return {name: {"condition": "service_healthy"} for name in names}


def asking_database(port):
    """A service whose check goes through the database, so that it is a victim where that is away."""
    check = {"test": ["CMD", kit.PYTHON, "-c", ASKS_DATABASE], "interval": "1s", "timeout": "2s", "retries": 2,
             "start_period": "10s", "start_interval": "100ms"}
    return kit.echo_service(port, check=None) | {"depends_on": needs("db", "cache"), "healthcheck": check}


def web_service(port, mood):
    check = {"http": {"port": 7000, "path": "/healthz"}, "interval": "1s"}
    return {"image": "example/web:1", "restart": "unless-stopped", "ports": [f"127.0.0.1:{port}:7000"],
            "mem_limit": "256m", "cpus": 1, "depends_on": needs("api"), "environment": {"MOOD": mood},
            "x-hale": {"run": kit.server("moody.py"), "check": check, "hold": "1s"}}


class DashboardTestCase(kit.TestCase):
    """A stack in which the database can be kept from running: while the file `blocked` is there."""

    @classmethod
    def setUpClass(cls):
        if not browser.CHROMIUM:
            raise unittest.SkipTest("chromium is not installed; run scripts/install --test")
        cls.running = kit.Stack({"db": {}})
        cls.addClassCleanup(cls.running.close)
        cls.web_port = kit.free_port()
        cls.running.model["services"] = cls.services()
        cls.running.write()
        cls.running.up()
        cls.token = cls.running.hale("token", "create", "night-watch").stdout.strip()
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def services(cls):
        run = " ".join(["exec", *kit.server("echo.py")])
        blocked = cls.running.path("blocked")
        db = kit.echo_service(kit.free_port(), restart={"backoff": "500ms", "budget": 4, "window": "5m"})
        failure = "{ echo 'cannot open data.rdb: no such device'; exit 1; }"
        db["x-hale"]["run"] = ["sh", "-c", f"[ ! -e {blocked} ] || {failure}; {run}"]
        db["x-hale"]["critical"] = True
        return {"db": db, "cache": kit.echo_service(kit.free_port()), "api": asking_database(kit.free_port()),
                "reports": asking_database(kit.free_port()), "web": web_service(cls.web_port, cls.running.path("mood"))}

    def setUp(self):
        self.mend()

    def mend(self):
        for name in "blocked", "mood":
            with contextlib.suppress(FileNotFoundError):
                os.remove(self.running.path(name))
        self.running.hale("release", "db", check=False)
        self.running.hale("start", *self.running.model["services"], check=False)
        self.running.hale("breaker", "reset", "web", check=False)
        self.running.wait_until_healthy()

    def open(self, path="/", size=browser.DESKTOP, theme="light", script=None):
        page = self.browser.page(size, theme)
        self.addCleanup(page.close)
        if script:
            page.before_each_page(script)
        page.go(self.address(path))
        self.wait_until_live(page)
        return page

    def address(self, path="/"):
        return f"http://127.0.0.1:{self.running.status_port}{path}"

    def wait_until_live(self, page):
        page.wait("document.querySelectorAll('.rows .service').length >= 5 || location.hash.length > 2")
        page.wait("document.getElementById('live')?.textContent === 'live'")

    def settle(self, page):
        """Waits until what the page was told has been drawn."""
        page.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")

    def wait_for_condition(self, page, name, *conditions, timeout=20):
        words = json.dumps(conditions)
        return page.wait(
            f"{words}.includes(document.querySelector('[data-service={name}]')?.dataset.condition)", timeout)

    def wait_for_plan(self, page):
        """Waits until the dialog says what would happen, and can be answered."""
        page.wait("document.getElementById('confirm').open && !document.getElementById('confirm-do').disabled")

    def sign_in(self, page):
        page.click("#session")
        page.wait("document.getElementById('sign-in').open")
        page.write(self.token)
        page.press("Enter")
        page.wait("document.getElementById('session').textContent === 'Sign out'")

    def break_database(self):
        """Keeps the database from running until Hale has given up on it."""
        self.running.write_file("blocked", "")
        kit.kill(self.running.pid("db"))
        self.running.wait_for_state("db", "quarantined", timeout=60)

    def ask(self, method, path, body=None, headers=None, port=None):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.running.status_port, timeout=30)
        headers = dict(headers or {})
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        answer = response.status, response.headers, response.read()
        connection.close()
        return answer
