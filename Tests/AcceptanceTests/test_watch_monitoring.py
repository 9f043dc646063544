"""What monitors see of `hale watch`: metrics, status, health."""
import json
import os
import re
import socket
import subprocess
import unittest

import kit
from engine import HOPELESS, Engine
from watch import Watch, get


class WatchMonitoringTests(kit.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("dockerd needs root")
        cls.engine = Engine()

    @classmethod
    def tearDownClass(cls):
        cls.engine.close()

    def watch(self, *arguments, **environment):
        watch = Watch(self.engine, *arguments, **environment)
        self.addCleanup(watch.end)
        return watch

    def container(self, name, **more):
        self.engine.run(name, **more)
        self.addCleanup(self.engine.docker, "rm", "-f", name, check=False)

    def ask_health(self, port):
        return subprocess.run([kit.HALE, "watch", "--health"], env={"HALE_WATCH_LISTEN": f"0.0.0.0:{port}"},
                              capture_output=True, text=True, timeout=30)

    def samples(self, port):
        """The value of each series."""
        code, text = get(port, "/metrics")
        self.assertEqual(code, 200)
        lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in lines}

    def test_metrics_and_status_say_how_it_stands(self):
        labels = ["com.docker.compose.project=shop", "com.docker.compose.service=web"]
        self.container("shop-web-1", labels=labels)
        self.container("excepted", labels=["autoheal=false"])
        self.container("hopeless", script=HOPELESS)
        self.engine.wait_for_health("shop-web-1", "healthy")
        port = kit.free_port()
        watch = self.watch("--listen", f"127.0.0.1:{port}")
        watch.wait_for(f"metrics and status at http://127.0.0.1:{port}")
        watch.wait_for("watching 2 of 3 containers")
        self.engine.make_sick("shop-web-1")
        watch.wait_for("shop-web-1 is healthy again")
        watch.wait_for("hopeless is unhealthy and quarantined", 90)
        self.engine.wait_for_health("hopeless", "unhealthy")
        web = 'container="shop-web-1",project="shop",service="web"'
        hopeless = 'container="hopeless",project="",service=""'

        def is_settled():
            return self.samples(port)[f'hale_watch_container_health{{{hopeless},health="unhealthy"}}'] == 1
        kit.eventually(is_settled)
        samples = self.samples(port)
        self.assertEqual(samples["hale_watch_engine_up"], 1)
        self.assertEqual(samples["hale_watch_containers"], 2)
        self.assertLess(samples["hale_watch_look_age_seconds"], 60)
        for health, value in ("healthy", 1), ("unhealthy", 0), ("starting", 0):
            self.assertEqual(samples[f'hale_watch_container_health{{{web},health="{health}"}}'], value, health)
        self.assertEqual(samples[f"hale_watch_container_quarantined{{{web}}}"], 0)
        self.assertEqual(samples[f"hale_watch_container_quarantined{{{hopeless}}}"], 1)
        self.assertEqual(samples[f'hale_watch_restarts_total{{{web},outcome="restarted"}}'], 1)
        self.assertEqual(samples[f'hale_watch_restarts_total{{{web},outcome="failed"}}'], 0)
        self.assertEqual(samples[f'hale_watch_restarts_total{{{hopeless},outcome="restarted"}}'], 5)
        self.assertFalse([name for name in samples if "excepted" in name])
        self.check_by_prometheus(get(port, "/metrics")[1])
        status = json.loads(get(port, "/status")[1])
        self.assertEqual(status["engine"]["address"], self.engine.host)
        self.assertTrue(status["engine"]["reachable"])
        container = {entry["name"]: entry for entry in status["containers"]}["hopeless"]
        self.assertEqual((container["health"], container["phase"], container["restarts"]), ("unhealthy", "quarantined", 5))
        self.assertEqual(get(port, "/healthz"), (200, "ok\n"))

    def check_by_prometheus(self, text):
        try:
            result = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        except FileNotFoundError:
            self.fail("promtool is not installed (Debian package prometheus): the metrics were not checked by it")
        self.assertEqual((result.returncode, result.stdout + result.stderr), (0, ""), text)

    def test_an_engine_that_is_gone_is_said(self):
        port = kit.free_port()
        watch = self.watch(HALE_WATCH_LISTEN=f"127.0.0.1:{port}", DOCKER_HOST=f"unix://{self.engine.folder}/none")
        watch.wait_for("; trying again")
        self.assertEqual(self.samples(port)["hale_watch_engine_up"], 0)
        code, text = get(port, "/healthz")
        self.assertEqual((code, "cannot be reached" in text), (503, True), text)
        status = json.loads(get(port, "/status")[1])
        self.assertFalse(status["engine"]["reachable"])
        self.assertIn("cannot be reached", status["engine"]["problem"])
        asked = self.ask_health(port)
        self.assertEqual(asked.returncode, 1)
        self.assertIn("cannot be reached", asked.stderr)

    def test_health_is_asked_by_the_command(self):
        port = kit.free_port()
        asked = self.ask_health(port)
        self.assertEqual((asked.returncode, asked.stderr), (1, f"hale: nobody listens at 0.0.0.0:{port}\n"))
        watch = self.watch("--listen", f"0.0.0.0:{port}")
        watch.wait_for("watching ", count=2)
        self.assertEqual(self.ask_health(port).returncode, 0)
        self.assertEqual(watch.end(), 0)

    def test_nothing_is_changed_and_strange_names_are_refused_on_loopback(self):
        port = kit.free_port()
        self.watch("--listen", f"127.0.0.1:{port}").wait_for("watching ", count=2)
        self.assertEqual(get(port, "/status", {"Host": "evil.example"})[0], 421)
        code, text = get(port, "/v1/services")
        self.assertEqual((code, json.loads(text)["paths"]), (404, ["/healthz", "/metrics", "/status"]))
        with kit.connect(port) as client:
            client.sendall(f"POST /metrics HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 0\r\n\r\n".encode())
            self.assertRegex(client.recv(4096).decode(), re.compile(r"^HTTP/1.1 405 .*Allow: GET, HEAD", re.DOTALL))

    def test_an_address_that_is_taken_is_an_error(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", kit.free_port()))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            watch = self.watch("--listen", address)
            watch.wait_for(f"listen on {address}")
            self.assertEqual(watch.process.wait(20), 1)
        for text, expected in ("nonsense", "ADDRESS:PORT, such as"), ("host.example:9100", "a numeric ADDRESS:PORT"):
            self.watch("--listen", text).wait_for(f"--listen is '{text}'; expected {expected}")


if __name__ == "__main__":
    kit.main()
