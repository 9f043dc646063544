"""Two hundred services under a Hale that began with few descriptors: all well, one end repaired, nobody else touched."""
import os
import subprocess

import kit

SERVICES = 200
DESCRIPTORS = 256
SERVER = os.path.join(kit.PROJECT, "Benchmarks", "recovery", "server.c")


class FrugalStack(kit.Stack):
    """Started where a process may have no more than a few descriptors, which it may raise."""

    def command(self, *arguments):
        return ["prlimit", f"--nofile={DESCRIPTORS}:8192", *super().command(*arguments)]


class ScaleTests(kit.TestCase):
    def setUp(self):
        self.running = FrugalStack()
        self.addCleanup(self.running.close)
        program = self.running.path("server")
        subprocess.run(["gcc", "-O1", "-o", program, SERVER], check=True)
        service = {"image": "example/server:1", "restart": "unless-stopped",
                   "x-hale": {"run": [program, "$$HALE_HOST", "7000"], "check": {"tcp": 7000, "interval": "2s"}}}
        self.running.model["services"] = {f"server{number}": service for number in range(SERVICES)}
        # One of them needs another, and is told where that is.
        self.running.model["services"]["server0"] = service | {"depends_on": {"server1": {"condition": "service_healthy"}}}
        self.running.write()
        self.running.up()

    def soft_limit(self, pid):
        line = next(line for line in kit.read_process_file(pid, "limits").decode().splitlines()
                    if line.startswith("Max open files"))
        return int(line.split()[3])

    def greeting(self, name):
        """The pid that the server at that service's own address, which the gateway listens on, greets with."""
        host = self.places()[f"HALE_{name.upper()}_HOST"]
        with kit.connect(7000, host=host, timeout=20) as client:
            return int(client.makefile("r").readline().split()[0])

    def places(self):
        variables = kit.read_process_file(self.running.pid("server0"), "environ").decode().split("\0")
        return dict(variable.split("=", 1) for variable in variables if variable.startswith("HALE_"))

    def test_one_of_many_is_repaired(self):
        before = self.running.pids()
        self.assertEqual(len(before), SERVICES)
        self.assertEqual(self.soft_limit(before["server0"][0]), DESCRIPTORS)
        self.assertEqual(self.greeting("server1"), before["server1"][0])

        for role in None, "healer", "gateway", "keeper":
            if role:
                old = self.running.role(role)
                kit.kill(old)
                kit.eventually(lambda: self.running.role(role, timeout=0) != old, 30)
            kit.eventually(lambda: self.running.status()["status"] == "healthy", 60)
            killed = self.running.pid("server1")
            kit.kill(killed)
            kit.eventually(lambda: self.running.instance("server1").get("pid") not in (None, killed), 30)
            kit.eventually(lambda: self.running.status()["status"] == "healthy", 60)
            after = self.running.pids()
            self.assertEqual({name for name in before if after[name] != before[name]}, {"server1"})
            self.assertEqual(self.greeting("server1"), after["server1"][0])
            self.assertEqual(self.soft_limit(after["server1"][0]), DESCRIPTORS)
            before = after
        self.assertEqual([(name, service["restarts"]) for name, service in self.running.status()["services"].items()
                          if service["restarts"] and name != "server1"], [])

    def test_an_instance_is_told_of_those_it_needs(self):
        told = {name for name in self.places() if name.startswith("HALE_SERVER") and name.endswith("_HOST")}
        self.assertEqual(told, {"HALE_SERVER0_HOST", "HALE_SERVER1_HOST"})


if __name__ == "__main__":
    kit.main()
