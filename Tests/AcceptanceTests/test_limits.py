"""A service gets no more calls at a time than it can do, and those that matter most first."""
import json
import os
import re
import threading
import urllib.error
import urllib.request

import kit


class LimitTests(kit.TestCase):
    def serve(self, others=None, **hale):
        self.port = kit.free_port()
        self.running = kit.Stack((others or {}) | {"busy": {
            "image": "example/busy:1", "restart": "unless-stopped", "ports": [f"127.0.0.1:{self.port}:7000"],
            "environment": {}, "x-hale": {
                "run": kit.server("counting.py"), "protocol": "http", "check": {"http": "/healthz"}} | hale}})
        self.addCleanup(self.running.close)
        self.hold = os.path.join(str(self.running.folder), "hold")
        self.running.model["services"]["busy"]["environment"]["HOLD"] = self.hold
        self.running.write()
        self.running.up()
        self.running.wait_until_healthy("busy")

    def ask(self, path="/", **fields):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=fields)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def ask_at_once(self, paths, **fields):
        """Asks for all of them at the same time; returns the threads and, filled by them, the answers."""
        answers = []
        threads = [threading.Thread(target=lambda path=path: answers.append((path, *self.ask(path, **fields))))
                   for path in paths]
        for thread in threads:
            thread.start()
        return threads, answers

    def metric(self, name):
        text = self.running.get("/metrics")[1]
        found = re.search(rf'^{name}{{[^}}]*service="busy"[^}}]*}} (\S+)$', text, re.MULTILINE)
        return float(found.group(1)) if found else None

    def wait_for(self, **counts):
        for name, value in counts.items():
            kit.eventually(lambda: self.metric(f"hale_gateway_{name}") == value,
                           message=lambda: f"{name} is {self.metric(f'hale_gateway_{name}')} and not {value}")

    def test_no_more_at_a_time_than_the_limit(self):
        self.serve(limit={"concurrency": 4})
        threads, answers = self.ask_at_once([f"/{number}" for number in range(60)])
        for thread in threads:
            thread.join(60)
        self.assertEqual([status for _, status, _ in answers], [200] * 60)
        self.assertEqual(max(int(text) for _, _, text in answers), 4)
        self.wait_for(concurrency_limit=4, connections=0, held_connections=0, shed_total=0)

    def test_who_matters_most_goes_first(self):
        self.serve(limit={"concurrency": 1}, hold={"count": 3},
                   priority=[{"level": 9, "header": "X-Urgent"}, {"level": 1, "path": "/batch/"}])
        open(self.hold, "w").close()
        threads, answers = self.ask_at_once(["/first"])
        self.wait_for(connections=1)
        waiting = 0
        for path, fields in [("/batch/1", {}), ("/normal", {}), ("/urgent", {"X-Urgent": "1"})]:
            more, _ = self.ask_at_once([path], **fields)
            threads += more
            waiting += 1
            self.wait_for(held_connections=waiting)
        # The line is full: who matters least is told so, in favour of who matters most.
        status, _ = self.ask("/batch/2")
        self.assertEqual(status, 503)
        more, _ = self.ask_at_once(["/urgent2"], **{"X-Urgent": "1"})
        threads += more
        self.wait_for(shed_total=2)
        os.remove(self.hold)
        for thread in threads:
            thread.join(60)
        self.assertEqual(self.ask("/order")[1].split("\n"), ["/first", "/urgent", "/urgent2", "/normal"])

    def test_services_are_told_from_each_other(self):
        """By the address at which they find the one they ask, by variable or, with root, by name."""
        ports = {name: kit.free_port() for name in ("checkout", "reports", "other")}
        self.serve({name: kit.echo_service(port) | {"x-hale": {"run": kit.server("asking.py")}}
                    for name, port in ports.items()},
                   limit={"concurrency": 1},
                   priority=[{"level": 9, "client": "checkout"}, {"level": 1, "client": "reports"}])
        open(self.hold, "w").close()
        threads, _ = self.ask_at_once(["/first"])
        self.wait_for(connections=1)
        places = ["$HALE_BUSY_HOST"] + (["busy"] if os.geteuid() == 0 else [])
        for name in ("reports", "other", "checkout"):
            for place in places:
                threads.append(threading.Thread(target=kit.ask, args=(
                    ports[name], f"get {place} 7000 /{name}{len(threads)}"), kwargs={"timeout": 60}))
                threads[-1].start()
                self.wait_for(held_connections=len(threads) - 1)
        os.remove(self.hold)
        for thread in threads:
            thread.join(60)
        order = [path.rstrip("0123456789") for path in self.ask("/order")[1].split("\n")]
        each = (len(threads) - 1) // 3
        self.assertEqual(order, ["/first"] + ["/checkout"] * each + ["/other"] * each + ["/reports"] * each)

    def test_one_client_has_no_more_than_its_share(self):
        self.serve(limit={"per_client": 2})
        open(self.hold, "w").close()
        threads, answers = self.ask_at_once(["/1", "/2"])
        self.wait_for(connections=2)
        self.assertEqual(self.ask("/3")[0], 429)
        os.remove(self.hold)
        for thread in threads:
            thread.join(60)
        self.assertEqual(sorted(status for _, status, _ in answers), [200, 200])
        self.assertEqual(self.ask("/4")[0], 200)
        self.wait_for(client_limited_total=1)

    def test_a_limit_that_adapts_serves_everybody(self):
        self.serve(limit={"concurrency": {"method": "gradient", "initial": 8, "min": 2, "max": 16}})
        threads, answers = self.ask_at_once([f"/{number}" for number in range(200)])
        for thread in threads:
            thread.join(60)
        self.assertEqual([status for _, status, _ in answers], [200] * 200)
        self.assertLessEqual(max(int(text) for _, _, text in answers), 16)
        self.assertTrue(2 <= self.metric("hale_gateway_concurrency_limit") <= 16)
        self.assertEqual(json.loads(self.running.get("/status")[1])["status"], "healthy")


if __name__ == "__main__":
    kit.main()
