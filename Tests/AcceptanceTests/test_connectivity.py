"""`hale connectivity`: who reaches whom, from the host and from inside, and exactly what is cut off."""
import contextlib
import json
import os
import shutil
import subprocess
import unittest

import kit
from engine import EngineTestCase, service
from test_critical_stack import PORTS, override


def connectivity(stack, *arguments, timeout="3s"):
    """The exit code, and what it says of each endpoint."""
    result = stack.hale("connectivity", "--json", "--timeout", timeout, *arguments, check=False)
    return result.returncode, json.loads(result.stdout)


@contextlib.contextmanager
def dropped(port):
    """A rule of the machine's firewall by which what is sent to that port gets no answer."""
    table = f"hale_acc_{os.getpid()}"
    rules = (f"table inet {table} {{ chain input {{ type filter hook input priority 0; "
             f"tcp dport {port} drop; }}; }}")
    subprocess.run(["nft", rules], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["nft", "delete", "table", "inet", table], check=True)


class ExampleTests(kit.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ports = {name: kit.free_port() for targets in PORTS.values() for name, _ in targets}
        cls.stack = kit.Stack(files=[os.path.join(kit.EXAMPLES, "critical-stack", "compose.yaml")])
        cls.addClassCleanup(cls.stack.close)
        cls.stack.files.append(cls.stack.write_file("ports.yaml", override(cls.ports)))
        cls.stack.up(timeout=180)

    def test_all_of_the_example_answers_in_its_own_protocol(self):
        code, said = connectivity(self.stack)
        self.assertEqual((code, said["ok"], said["failed"]), (0, True, 0), said)
        spoken = {(each["service"], each["port"]): each["protocol"] for each in said["endpoints"] if "the host" in each["from"]}
        self.assertEqual(spoken, {("postgres", 5432): "postgres", ("redis", 6379): "redis", ("graph", 7474): "http",
                                  ("graph", 7687): "bolt", ("ollama", 11434): "ollama"})
        from_host = {each["address"] for each in said["endpoints"] if "the host" in each["from"]}
        self.assertEqual(from_host, {f"127.0.0.1:{port}" for port in self.ports.values()})
        # Each finds the others by their names.
        inside = {place for each in said["endpoints"] for place in each["from"]} - {"the host"}
        self.assertEqual(inside, {f"inside {name}-1" for name in PORTS})
        text = self.stack.hale("connectivity").stdout
        self.assertIn(f"all {said['tested']} endpoints answer", text)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("nft"), "NOT SHOWN: a firewall's rule needs root and nft")
    def test_a_dropped_port_is_named_and_nothing_else(self):
        with dropped(self.ports["bolt"]):
            code, said = connectivity(self.stack, timeout="2s")
            self.assertEqual((code, said["ok"]), (1, False))
            failed = [each for each in said["endpoints"] if not each["ok"]]
            self.assertEqual([(each["service"], each["port"], each["address"], each["from"]) for each in failed],
                             [("graph", 7687, f"127.0.0.1:{self.ports['bolt']}", ["the host"])])
            self.assertEqual(failed[0]["reason"], "timed out after 2 s (not connected)")
            text = self.stack.hale("connectivity", "--timeout", "1s", check=False).stdout
            self.assertIn(f"1 of {said['tested']} endpoints fail:\n  graph port 7687 (bolt) at "
                          f"127.0.0.1:{self.ports['bolt']} from the host: timed out after 1 s", text)
        self.assertEqual(connectivity(self.stack)[0], 0)

    def test_what_a_person_has_stopped_fails_and_is_called_so(self):
        self.stack.hale("stop", "ollama")
        self.addCleanup(self.stack.hale, "up", "-d", "--wait")
        code, said = connectivity(self.stack)
        self.assertEqual(code, 1)
        failed = [each for each in said["endpoints"] if not each["ok"]]
        self.assertEqual({each["service"] for each in failed}, {"ollama"})
        for each in failed:
            self.assertIn("stopped by hand", each["reason"])
        self.assertEqual([each["what"] for each in said["untested"]], ["from inside ollama"])

    def test_what_does_not_run(self):
        stack = kit.Stack({"web": {"image": "x", "x-hale": {"run": "sleep 1000"}}})
        self.addCleanup(stack.close)
        result = stack.hale("connectivity", check=False)
        self.assertEqual(result.returncode, 125)
        self.assertIn("no Hale runs for this project", result.stderr)


class ContainerTests(EngineTestCase):
    def test_from_inside_containers(self):
        port = kit.free_port()
        stack = self.up({
            "web": service(ports=[f"127.0.0.1:{port}:80"], networks=["front", "back"]),
            "worker": service(networks=["back"], expose=["80"]), "lonely": service(networks=["other"], expose=["80"]),
            "udp": service(networks=["back"], ports=[f"127.0.0.1:{kit.free_port()}:80/udp"])},
            networks={"front": None, "back": None, "other": None})
        code, said = connectivity(stack)
        self.assertEqual(code, 0, said)
        seen = {(place, each["service"]) for each in said["endpoints"] for place in each["from"]}
        self.assertEqual(seen, {("the host", "web"), ("inside web-1", "worker"), ("inside worker-1", "web"),
                                ("inside udp-1", "web"), ("inside udp-1", "worker")})
        self.assertEqual(len(said["untested"]), 1, said["untested"])


if __name__ == "__main__":
    kit.main()
