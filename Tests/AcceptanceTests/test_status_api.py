"""The status API: what it answers, to whom, and that Prometheus accepts its metrics."""
import http.client
import json
import os
import socket
import stat
import subprocess

import kit


class StatusAPITests(kit.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.running = kit.Stack({"echo": kit.echo_service(kit.free_port()),
                                 "slow": kit.echo_service(kit.free_port(), "--bind-after", "1")})
        cls.addClassCleanup(cls.running.close)
        cls.running.up()

    def test_status(self):
        code, body = self.running.get("/status")
        status = json.loads(body)
        self.assertEqual((code, status["stack"], status["status"]), (200, self.running.name, "healthy"))
        echo = status["services"]["echo"]
        self.assertEqual((echo["state"], echo["health"]), ("running", "healthy"))
        self.assertIsInstance(echo["restarts"], int)
        self.assertRegex(echo["since"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*Z$")
        self.assertEqual(len(echo["instances"]), 1)

    def test_probes(self):
        self.assertEqual(self.running.get("/livez")[0], 200)
        self.assertEqual(self.running.get("/readyz")[0], 200)
        self.assertIn("version", json.loads(self.running.get("/version")[1]))
        self.assertEqual(self.running.get("/nothing")[0], 404)

    def test_degraded_and_stopped(self):
        self.addCleanup(self.running.wait_until_healthy, "echo", "slow")
        kit.kill(self.running.pid("slow"))
        kit.eventually(lambda: self.running.status()["status"] == "degraded")
        self.assertEqual(self.running.get("/readyz")[0], 503)
        self.assertEqual(self.running.get("/livez")[0], 200)
        self.running.wait_until_healthy("slow")
        for name in "echo", "slow":
            self.running.hale("stop", name)
        kit.eventually(lambda: self.running.status()["status"] != "healthy")
        self.running.hale("start", "echo", "slow")

    def test_prometheus_accepts_the_metrics(self):
        code, metrics = self.running.get("/metrics")
        self.assertEqual(code, 200)
        result = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn('service="echo"', metrics)

    def test_wrong_host_is_refused(self):
        """A page of another site that had its name point here must not read it."""
        for host in "evil.example", f"evil.example:{self.running.status_port}", "":
            self.assertIn(self.running.get("/status", headers={"Host": host})[0], (400, 403, 421), host)
        for host in f"localhost:{self.running.status_port}", f"127.0.0.1:{self.running.status_port}":
            self.assertEqual(self.running.get("/status", headers={"Host": host})[0], 200)

    def test_unix_socket(self):
        path = os.path.join(self.running.environment["HALE_RUNTIME"], self.running.name, "api.sock")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(path)
        connection.request("GET", "/status")
        self.assertEqual(json.load(connection.getresponse())["stack"], self.running.name)
        connection.close()

    def test_nothing_listens_beyond_loopback(self):
        keepers = {self.running.role(role) for role in ("keeper", "healer", "gateway")}
        inodes = set()
        for pid in keepers:
            for name in os.listdir(f"/proc/{pid}/fd"):
                try:
                    target = os.readlink(f"/proc/{pid}/fd/{name}")
                except OSError:
                    continue
                if target.startswith("socket:["):
                    inodes.add(target[len("socket:["):-1])
        for file, loopback in ("/proc/net/tcp", ("7F",)), ("/proc/net/tcp6", ("0100000000000000",)):
            with open(file, encoding="ascii") as table:
                for line in table.readlines()[1:]:
                    fields = line.split()
                    if fields[3] == "0A" and fields[9] in inodes:
                        address = fields[1].split(":")[0]
                        is_loopback = address.endswith("7F") if len(address) == 8 else address.endswith("01000000")
                        self.assertTrue(is_loopback, f"{fields[1]} in {file}")


if __name__ == "__main__":
    kit.main()
