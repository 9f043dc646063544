"""A service whose check goes through PostgreSQL is not blamed for PostgreSQL's absence."""
import os
import time

import kit
from test_postgres_crashes import postgres_service

DOWN_FOR = float(os.environ.get("HALE_DOWN_SECONDS", "30"))


class DependentTests(kit.TestCase):
    def setUp(self):
        self.app_port = kit.free_port()
        postgres = postgres_service(kit.free_port())
        app = {
            "image": "example/app:1", "restart": "unless-stopped", "ports": [f"127.0.0.1:{self.app_port}:8000"],
            "depends_on": {"postgres": {"condition": "service_healthy"}},
            "healthcheck": {"test": ["CMD", "true"], "interval": "2s", "timeout": "3s", "retries": 2,
                            "start_period": "5s", "start_interval": "200ms"},
            "x-hale": {"run": [os.path.join(kit.PROJECT, ".venv", "bin", "python"),
                               os.path.join(kit.SERVERS, "app.py")],
                       "check": {"http": {"port": 8000, "path": "/health"}}, "hold": "1s"},
        }
        self.services = {"postgres": postgres, "app": app}

    def test_dependent_waits_and_keeps_its_process(self):
        # Where this file exists, PostgreSQL ends as soon as it is started.
        stack = kit.Stack(volumes={"pgdata": None})
        self.addCleanup(stack.close)
        block = stack.path("blocked")
        run = self.services["postgres"]["x-hale"]["run"][0]
        wrapper = stack.write_file("postgres-unless-blocked", f'#!/bin/sh\n[ ! -e {block} ] || exit 1\nexec {run} "$@"\n',
                                   mode=0o755)
        self.services["postgres"]["x-hale"]["run"][0] = wrapper
        stack.model["services"] = self.services
        stack.write()
        stack.up()
        app = stack.pid("app")

        stack.write_file("blocked", "")
        kit.kill(stack.pid("postgres"))
        started = time.monotonic()
        waiting = kit.eventually(lambda: stack.service("app").get("waiting_on"), 20,
                                 message=lambda: "app waits on nothing: " + stack.describe("app"))
        self.assertIn("postgres", waiting)
        kit.stays(lambda: stack.pid("app") == app, DOWN_FOR - (time.monotonic() - started), "app was restarted")
        self.assertIn("postgres", stack.service("app").get("waiting_on") or "", stack.describe("app"))
        self.assertEqual(stack.service("app")["restarts"], 0)
        self.assertIn("postgres", stack.hale("status", check=False).stdout)

        os.unlink(block)
        stack.wait_until_healthy("postgres", timeout=30)
        healthy = time.monotonic()
        stack.wait_until_healthy("app", timeout=20)
        self.assertLess(time.monotonic() - healthy, 2.5, "app was not asked again at once")
        self.assertEqual(stack.pid("app"), app)
        self.assertEqual(stack.service("app")["restarts"], 0)

    def test_dependency_stopped_by_hand(self):
        stack = self.stack(self.services, volumes={"pgdata": None})
        stack.up()
        app = stack.pid("app")
        stack.hale("stop", "postgres")
        waiting = kit.eventually(lambda: stack.service("app").get("waiting_on"), 20,
                                 message=lambda: "app waits on nothing: " + stack.describe("app"))
        self.assertIn("postgres", waiting)
        self.assertEqual(stack.service("postgres")["state"], "stopped")
        stack.hale("start", "postgres")
        stack.wait_until_healthy("postgres", "app")
        self.assertEqual(stack.pid("app"), app)

    def test_restart_true_restarts_the_dependent_for_every_cause(self):
        front = kit.echo_service(kit.free_port())
        front["depends_on"] = {"back": {"condition": "service_healthy", "restart": True}}
        stack = self.stack({"back": kit.echo_service(kit.free_port()), "front": front})
        stack.up()
        before = stack.pid("front")
        kit.kill(stack.pid("back"))
        kit.eventually(lambda: stack.instance("front").get("pid") not in (None, before), 20,
                       message=lambda: "front was not restarted: " + stack.describe("front"))
        stack.wait_until_healthy("back", "front")


class OrderTests(kit.TestCase):
    def test_starts_in_order_and_stops_in_reverse(self):
        def service(name, needs=None):
            script = (f"echo start {name} >>order; trap 'echo stop {name} >>order; exit 0' TERM; "
                      "echo >ready-$$0; while :; do sleep 0.05; done")
            entry = {"image": "example/order:1", "x-hale": {"run": ["/bin/sh", "-c", script, name]},
                     "healthcheck": {"test": ["CMD", "test", "-e", f"ready-{name}"], "interval": "1s",
                                     "start_period": "10s", "start_interval": "100ms"}}
            if needs:
                entry["depends_on"] = {needs: {"condition": "service_healthy"}}
            return entry

        stack = self.stack({"three": service("three", "two"), "one": service("one"), "two": service("two", "one")})
        stack.up()
        stack.down()
        with open(stack.path("order"), encoding="ascii") as file:
            self.assertEqual(file.read().split("\n")[:-1], [
                "start one", "start two", "start three", "stop three", "stop two", "stop one"])

    def test_one_shot_services_come_first_and_are_not_run_again(self):
        stack = self.stack({
            "migrate": {"image": "example/migrate:1", "restart": "no",
                        "x-hale": {"run": ["/bin/sh", "-c", "sleep 0.3; echo done >>migrated"]}},
            "web": kit.echo_service(kit.free_port()) | {
                "depends_on": {"migrate": {"condition": "service_completed_successfully"}}},
        })
        stack.up()
        self.assertEqual(stack.service("migrate")["state"], "completed")
        stack.up()
        with open(stack.path("migrated"), encoding="ascii") as file:
            self.assertEqual(file.read(), "done\n")


if __name__ == "__main__":
    kit.main()
