"""A server that hangs: calls are kept away from it before any of them has ended, others feel nothing, and it comes back
without a flood."""
import json
import os
import re
import signal
import statistics
import threading
import time
import urllib.error
import urllib.request

import kit

CLIENTS = 40
TRIALS = 2


class HungBackendTests(kit.TestCase):
    def setUp(self):
        self.port, self.neighbour = kit.free_port(), kit.free_port()
        # Its check comes too late to be of help: what is seen here is the traffic's doing.
        self.running = kit.Stack({
            "hung": {
                "image": "example/hung:1", "restart": "unless-stopped", "ports": [f"127.0.0.1:{self.port}:7000"],
                "environment": {}, "x-hale": {
                    "run": kit.server("counting.py"), "protocol": "http", "hold": {"time": "60s", "ramp": "10m"},
                    "check": {"http": "/healthz", "interval": "60s", "timeout": "60s"},
                    "restart": {"backoff": "3s", "budget": 100},
                    "breaker": {"slow": "300ms", "slow_rate": "50%", "minimum_calls": 10, "open": "500ms",
                                "open_cap": "1s", "half_open_calls": TRIALS}}},
            "neighbour": kit.echo_service(self.neighbour)})
        self.addCleanup(self.running.close)
        self.hold = os.path.join(str(self.running.folder), "hold")
        self.running.model["services"]["hung"]["environment"]["HOLD"] = self.hold
        self.running.write()
        self.running.up()
        self.running.wait_until_healthy("hung", "neighbour")
        self.answers, self.threads = [], []

    def ask(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=120) as response:
                self.answers.append((response.status, int(response.read())))
        except urllib.error.HTTPError as error:
            self.answers.append((error.code, None))

    def crowd(self):
        """Has all clients ask at the same time."""
        self.answers.clear()
        self.threads = [threading.Thread(target=self.ask) for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def crowd_is_answered(self):
        for thread in self.threads:
            thread.join(120)
        self.assertEqual([status for status, _ in self.answers], [200] * CLIENTS)

    def breaker(self):
        return json.loads(self.running.get("/v1/breakers/hung")[1])["breakers"][0]

    def metric(self, name):
        text = self.running.get("/metrics")[1]
        return float(re.search(rf'^{name}{{[^}}]*service="hung"[^}}]*}} (\S+)$', text, re.MULTILINE).group(1))

    def latency(self):
        times = []
        for _ in range(30):
            began = time.monotonic()
            self.assertTrue(kit.ask(self.neighbour, timeout=20).endswith("hello"))
            times.append(time.monotonic() - began)
        return statistics.median(times)

    def test_it_opens_while_calls_hang_and_closes_when_they_end(self):
        usual = self.latency()
        pid = self.running.instance("hung")["pid"]
        os.kill(pid, signal.SIGSTOP)
        self.addCleanup(lambda: kit.is_running(pid) and os.kill(pid, signal.SIGCONT))
        self.crowd()
        kit.eventually(lambda: self.breaker()["trips"] >= 1, message=lambda: f"it never opens: {self.breaker()}")
        self.assertEqual(self.answers, [])
        self.assertLess(self.latency(), max(20 * usual, 0.2))
        # Half-open lets a few through each time, and no more: what hangs is what was on its way and those.
        hanging = self.breaker()["pending"]
        for _ in range(50):
            before = self.breaker()
            now = self.breaker()
            self.assertLessEqual(now["pending"], hanging + TRIALS * (now["trips"] + 1), (before, now))
            time.sleep(0.02)
        self.assertEqual(self.answers, [])
        os.kill(pid, signal.SIGCONT)
        self.crowd_is_answered()
        kit.eventually(lambda: self.ask() or self.breaker()["state"] == "closed")
        self.assertEqual(self.running.instance("hung")["pid"], pid)

    def test_it_comes_back_without_a_flood(self):
        pid = self.running.instance("hung")["pid"]
        kit.kill(pid)
        second = kit.eventually(lambda: self.successor_of(pid), 30)
        # The second end in a row is followed by a wait, in which a crowd gathers.
        kit.kill(second)
        kit.eventually(lambda: self.running.instance("hung").get("pid") != second)
        self.crowd()
        kit.eventually(lambda: self.metric("hale_gateway_held_connections") == CLIENTS, 30)
        # It does not answer yet, so the two that are let go at first make room for nobody.
        open(self.hold, "w").close()
        kit.eventually(lambda: self.asked_for() >= 2, 60)
        for _ in range(20):
            self.assertLess(self.asked_for(), CLIENTS // 2)
            time.sleep(0.05)
        self.assertEqual(self.answers, [])
        # Each that is answered makes room for two.
        os.remove(self.hold)
        self.crowd_is_answered()

    def asked_for(self):
        """How many requests have reached the server, by its own account and past the gateway."""
        try:
            with self.running.connect("hung", 7000, timeout=20) as client:
                client.sendall(b"GET /order HTTP/1.0\r\n\r\n")
                return len(client.makefile("rb").read().split(b"\r\n\r\n", 1)[1].split())
        except (OSError, IndexError):
            return 0

    def successor_of(self, pid):
        instance = self.running.instance("hung")
        return instance.get("pid") if instance.get("pid") != pid and instance["health"] == "healthy" else None


if __name__ == "__main__":
    kit.main()
