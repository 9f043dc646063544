"""A service with several instances is replaced in turn, and goes back where the new version is bad; clients see nothing."""
import contextlib
import json
import os
import signal
import subprocess
import threading
import urllib.request

import kit

CHECK = {"http": "/healthz", "interval": "1s", "timeout": "1s", "retries": 2}


def service(port, version="v1", replicas=3, update=None, rollback=None, **extension):
    return {
        "image": "example/web:1", "restart": "unless-stopped", "ports": [f"127.0.0.1:{port}:7000"],
        "stop_grace_period": "5s", "environment": {"VERSION": version},
        "deploy": {"replicas": replicas, "update_config": {"monitor": "300ms"} | (update or {}),
                   "rollback_config": {"monitor": "300ms"} | (rollback or {})},
        "x-hale": {"run": kit.server("versioned.py"), "check": CHECK, "confirm": "100ms"} | extension,
    }


class Clients:
    """Clients that make a new connection for each request, one after another, until they are told to end."""

    def __init__(self, port, paths=("/", "/", "/slow")):
        self.url = f"http://127.0.0.1:{port}"
        self.failures = []
        self.versions = set()
        self.answers = 0
        self._end = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, args=(path,)) for path in paths]

    def _ask(self, path):
        while not self._end.is_set():
            try:
                with urllib.request.urlopen(self.url + path, timeout=20) as response:
                    text = response.read().decode()
                with self._lock:
                    self.versions.add(text.split()[0])
                    self.answers += 1
            except (OSError, ValueError, IndexError) as error:
                with self._lock:
                    self.failures.append(f"{path}: {error!r}")

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        kit.eventually(lambda: self.answers > 10)
        return self

    def __exit__(self, *arguments):
        answers = self.answers
        try:
            if arguments[0] is None:
                kit.eventually(lambda: self.answers > answers + 10)
        finally:
            self._end.set()
            for thread in self._threads:
                thread.join()


class RollingUpdateTests(kit.TestCase):
    def started(self, **options):
        port = kit.free_port()
        stack = self.stack({"web": service(port, **options)})
        stack.up()
        return stack, port

    def change(self, stack, version):
        stack.model["services"]["web"]["environment"]["VERSION"] = version
        stack.write()

    def versions(self, stack):
        """What each instance runs, by its number."""
        return {instance["name"]: self.version_of(instance["pid"]) for instance in stack.service("web")["instances"]}

    def version_of(self, pid):
        lines = kit.read_process_file(pid, "environ").split(b"\0")
        return next((line.decode()[8:] for line in lines if line.startswith(b"VERSION=")), None)

    def kinds(self, stack):
        events = json.loads(stack.get("/v1/events?service=web&limit=1000")[1])["events"]
        return [event["kind"] for event in events]

    def test_a_good_version_takes_over_and_no_request_fails(self):
        stack, port = self.started()
        before = [instance["pid"] for instance in stack.service("web")["instances"]]
        self.change(stack, "v2")
        plan = json.loads(stack.hale("up", "--dry-run", "--format", "json").stdout)
        self.assertEqual([(change["action"], change["reason"]) for change in plan], [
            ("replace", "changed: environment (VERSION); rolling update of web: 3 instances, one at a time, stop-first")
        ])
        with Clients(port) as clients:
            stack.up()
            self.assertEqual(self.versions(stack), {"web-1": "v2", "web-2": "v2", "web-3": "v2"})
        self.assertEqual(clients.failures, [])
        self.assertEqual(clients.versions, {"v1", "v2"})
        self.assertFalse(any(map(kit.is_running, before)))
        self.assertIsNone(stack.service("web").get("update"))
        kinds = self.kinds(stack)
        self.assertEqual((kinds.count("updating"), kinds.count("updated")), (1, 4))

    @contextlib.contextmanager
    def wrk(self, port):
        """Sixteen clients of wrk that keep their connections, for as long as the block takes and a little longer."""
        process = subprocess.Popen(["wrk", "-t1", "-c16", "-d600s", "--timeout", "20s", f"http://127.0.0.1:{port}/"],
                                   stdout=subprocess.PIPE, text=True)
        try:
            kit.eventually(lambda: len(os.listdir(f"/proc/{process.pid}/fd")) > 16)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            self.report = process.communicate(timeout=60)[0]

    def assert_no_request_failed(self):
        self.assertRegex(self.report, r"[1-9]\d* requests in ")
        self.assertNotIn("Socket errors", self.report)
        self.assertNotIn("Non-2xx", self.report)

    def test_wrk_sees_nothing_of_an_update(self):
        stack, port = self.started(update={"failure_action": "rollback"})
        with self.wrk(port):
            self.change(stack, "v2")
            stack.up()
            self.assertEqual(set(self.versions(stack).values()), {"v2"})
        self.assert_no_request_failed()
        with self.wrk(port):
            self.change(stack, "ill")
            self.assertNotEqual(stack.hale("up", "-d", "--wait", check=False).returncode, 0)
            kit.eventually(lambda: stack.service("web")["update"]["state"] == "rolled_back")
            stack.wait_until_healthy("web")
        self.assert_no_request_failed()

    def test_a_bad_version_is_rolled_back_and_no_request_fails(self):
        for bad in ("ill", "crash"):
            with self.subTest(bad):
                stack, port = self.started(update={"failure_action": "rollback"})
                before = {instance["name"]: instance["pid"] for instance in stack.service("web")["instances"]}
                self.change(stack, bad)
                with Clients(port) as clients:
                    result = stack.hale("up", "-d", "--wait", check=False)
                    self.assertNotEqual(result.returncode, 0)
                    kit.eventually(lambda: stack.service("web")["update"]["state"] == "rolled_back")
                    stack.wait_until_healthy("web")
                self.assertEqual(clients.failures, [])
                # One that is well until it crashes gets requests until then, and they are sent again to another.
                self.assertLessEqual(clients.versions, {"v1"} | ({bad} if bad == "crash" else set()))
                self.assertEqual(self.versions(stack), {"web-1": "v1", "web-2": "v1", "web-3": "v1"})
                after = {instance["name"]: instance["pid"] for instance in stack.service("web")["instances"]}
                self.assertEqual({name for name in before if before[name] != after[name]}, {"web-1"})
                self.assertIn("web was rolled back: web-1: ", stack.hale("status").stdout)
                self.assertIn("web was rolled back: web-1: ", stack.hale("explain", "web").stdout)
                # A new healer remembers it; the next `up` with a better file tries again.
                kit.kill(stack.role("healer"))
                kit.eventually(lambda: stack.service("web")["update"]["state"] == "rolled_back")
                self.assertEqual(self.versions(stack)["web-1"], "v1")
                self.change(stack, "v3")
                stack.up()
                self.assertEqual(set(self.versions(stack).values()), {"v3"})

    def test_a_bad_version_pauses_the_update_by_default(self):
        stack, port = self.started()
        self.change(stack, "ill")
        with Clients(port) as clients:
            self.assertNotEqual(stack.hale("up", "-d", "--wait", check=False).returncode, 0)
            self.assertEqual(stack.service("web")["update"]["state"], "paused")
        self.assertEqual(clients.failures, [])
        self.assertEqual(clients.versions, {"v1"})
        self.assertIn("updatePaused", self.kinds(stack))
        self.change(stack, "v1")
        stack.up()
        self.assertEqual(set(self.versions(stack).values()), {"v1"})

    def test_a_single_instance_is_replaced_start_first(self):
        stack, port = self.started(replicas=1, update={"order": "start-first"})
        self.change(stack, "v2")
        with Clients(port) as clients:
            stack.up()
        self.assertEqual(clients.failures, [])
        self.assertEqual(self.versions(stack), {"web-1": "v2"})
        kit.eventually(lambda: len(stack.orphans()) == 1)

    def test_a_new_healer_goes_on_with_the_update(self):
        stack, port = self.started(update={"delay": "2s"})
        self.change(stack, "v2")
        with Clients(port) as clients:
            stack.hale("up", "-d")
            kit.eventually(lambda: sorted(self.versions(stack).values()) == ["v1", "v1", "v2"])
            kit.eventually(lambda: "updating 2 of 3, next in " in stack.hale("explain", "web").stdout)
            kit.kill(stack.role("healer"))
            kit.eventually(lambda: set(self.versions(stack).values()) == {"v2"})
            kit.eventually(lambda: stack.service("web").get("update") is None)
        self.assertEqual(clients.failures, [])
        self.assertEqual(self.kinds(stack).count("updating"), 1)

    def test_scaling_down_lets_requests_end(self):
        stack, port = self.started()
        with Clients(port, paths=["/slow"] * 6) as clients:
            stack.hale("scale", "web=1")
            kit.eventually(lambda: len(stack.service("web")["instances"]) == 1)
        self.assertEqual(clients.failures, [])


if __name__ == "__main__":
    kit.main()
