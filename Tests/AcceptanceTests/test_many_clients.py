"""174 real clients of the example stack ask without a pause while each of its servers is killed in turn.

HALE_KILLS says how often each of them is killed; 20 take about ten minutes.
"""
import os
import sys

import kit
import many_clients

KILLS = int(os.environ.get("HALE_KILLS", "2"))
TARGETS = {"postgres": 5432, "redis": 6379, "graph": 7687, "ollama": 11434}


def override(ports):
    """A Compose file that gives the example other ports, short checks, and holds that are longer than any repair."""
    lines = ["services:"]
    for service, target in TARGETS.items():
        lines += [
            f"  {service}:", f"    ports: !override ['127.0.0.1:{ports[service]}:{target}']",
            "    healthcheck: {interval: 1s, timeout: 5s, retries: 5, start_period: 60s, start_interval: 100ms}",
            "    x-hale: {hold: 60s, restart: {backoff: 50ms, cap: 200ms, budget: 1000, window: 1m}}",
        ]
    return "\n".join(lines) + "\n"


class HaleStack:
    """The example stack under Hale, on ports of its own."""

    name = "hale"

    def __init__(self):
        self.ports = {service: kit.free_port() for service in TARGETS}
        self.stack = kit.Stack(files=[os.path.join(kit.EXAMPLES, "critical-stack", "compose.yaml")])
        self.stack.files.append(self.stack.write_file("ports.yaml", override(self.ports)))

    def start(self):
        self.stack.up(timeout=180)

    def kill(self, service):
        killed = self.stack.pid(service)
        kit.kill(killed)
        kit.eventually(lambda: many_clients.has_ended(killed), every=0.001)

    def wait_until_repaired(self, service):
        self.stack.wait_until_healthy(service, timeout=60)

    def stop(self):
        self.stack.close()


class ManyClientsTests(kit.TestCase):
    def test_nobody_is_refused_while_servers_are_killed(self):
        target = HaleStack()
        self.addCleanup(target.stop)
        target.start()
        crowd = many_clients.Crowd(target.ports)
        self.assertEqual(len(crowd), 174)
        self.addCleanup(crowd.end)
        crowd.start()
        for _ in range(KILLS):
            for service in many_clients.CROWD:
                crowd.kill(service, target.kill)
                target.wait_until_repaired(service)
        crowd.end()
        report = crowd.report()
        sys.stderr.write("\n".join(many_clients.table(report)) + "\n")
        for service, row in report.items():
            with self.subTest(service=service):
                self.assertEqual(row["kills"], KILLS)
                self.assertEqual(row["failed"], 0, row["said"])
                # A kill breaks no connection twice.
                self.assertLessEqual(row["broken"], KILLS * row["clients"])


if __name__ == "__main__":
    kit.main()
