"""Each of Hale's own processes is killed: services and connections go on, and what people asked for still holds."""
import signal
import time

import kit


class RoleTests(kit.TestCase):
    def setUp(self):
        self.port, self.other_port = kit.free_port(), kit.free_port()
        self.running = self.stack({
            "echo": kit.echo_service(self.port), "other": kit.echo_service(self.other_port)})
        self.running.up()
        self.before = self.running.pids()

    def replaced(self, role):
        """Kills a role and waits for the next one of its kind."""
        old = self.running.role(role)
        kit.kill(old)
        return kit.eventually(lambda: self.other(role, old), 15, message=f"there is no new {role}")

    def other(self, role, old):
        new = self.running.role(role, timeout=0)
        return new if new != old else None

    def assert_untouched(self):
        kit.eventually(lambda: self.running.status()["status"] == "healthy", 20,
                       message=lambda: str(self.running.status()))
        self.assertEqual(self.running.pids(), self.before)
        for name in self.before:
            self.assertEqual(self.running.service(name)["restarts"], 0)

    def assert_still_heals(self):
        killed = self.running.pid("echo")
        kit.kill(killed)
        kit.eventually(lambda: self.running.instance("echo").get("pid") not in (None, killed), 20,
                       message=lambda: "nobody restarts echo: " + self.running.describe("echo"))
        self.running.wait_until_healthy("echo")
        self.assertTrue(kit.ask(self.port, timeout=15).endswith("hello"))

    def test_healer(self):
        with kit.connect(self.port) as client:
            lines = client.makefile("rw")
            self.replaced("healer")
            lines.write("still there?\n")
            lines.flush()
            self.assertTrue(lines.readline().endswith("still there?\n"))
        self.assert_untouched()
        self.assert_still_heals()

    def test_keeper(self):
        with kit.connect(self.port) as client:
            lines = client.makefile("rw")
            self.replaced("keeper")
            lines.write("still there?\n")
            lines.flush()
            self.assertTrue(lines.readline().endswith("still there?\n"))
        self.assert_untouched()
        self.assertTrue(kit.eventually(lambda: kit.ask(self.port), 15).endswith("hello"))
        self.assert_still_heals()

    def test_gateway(self):
        """Nobody who connects meanwhile is refused: the listening sockets are not the gateway's own."""
        with self.running.connect("echo", 7000) as direct:
            lines = direct.makefile("rw")
            old = self.running.role("gateway")
            kit.kill(old)
            for _ in range(20):
                self.assertTrue(kit.ask(self.port, timeout=10).endswith("hello"))
            kit.eventually(lambda: self.other("gateway", old), 15, message="there is no new gateway")
            lines.write("still there?\n")
            lines.flush()
            self.assertTrue(lines.readline().endswith("still there?\n"))
        self.assert_untouched()
        self.assert_still_heals()

    def test_those_that_hang_are_replaced(self):
        for roles in ("healer", "gateway"), ("keeper",):
            hung = {role: self.running.role(role) for role in roles}
            for pid in hung.values():
                kit.kill(pid, signal.SIGSTOP)
            for role, pid in hung.items():
                kit.eventually(lambda: self.other(role, pid), 60, message=f"the {role} that hangs is not replaced")
            self.assert_untouched()
            self.assertTrue(kit.eventually(lambda: kit.ask(self.port), 15).endswith("hello"))
        self.assertRegex(self.running.hale("events").stdout, "the healer runs as pid .*no sign of life for 20 s")
        self.assert_still_heals()

    def test_all_three_at_once(self):
        with self.running.connect("echo", 7000) as direct:
            lines = direct.makefile("rw")
            for pid in [self.running.role(role) for role in ("keeper", "healer", "gateway")]:
                kit.kill(pid)
            lines.write("still there?\n")
            lines.flush()
            self.assertTrue(lines.readline().endswith("still there?\n"))
        # Nobody is left to start them again, but a person.
        self.running.up()
        self.assert_untouched()
        self.assertTrue(kit.ask(self.port, timeout=15).endswith("hello"))
        self.assert_still_heals()

    def test_service_that_ends_while_no_healer_lives(self):
        healer = self.running.role("healer")
        kit.kill(healer, signal.SIGSTOP)
        kit.kill(self.before["echo"][0])
        kit.kill(healer)
        kit.eventually(lambda: self.running.instance("echo").get("pid") not in (None, self.before["echo"][0]), 20)
        self.running.wait_until_healthy("echo")
        self.assertEqual(self.running.instance("echo")["exit_code"], 137)
        self.assertEqual(self.running.pid("other"), self.before["other"][0])

    def test_what_was_stopped_by_hand_stays_stopped(self):
        self.running.hale("stop", "echo")
        self.assertEqual(self.running.wait_for_state("echo", "stopped")["instances"][0].get("pid"), None)
        for role in "healer", "keeper":
            self.replaced(role)
            kit.eventually(lambda: self.running.service("echo")["state"] == "stopped", 15)
            kit.stays(lambda: self.running.service("echo")["state"] == "stopped", 1.5, f"it was started by a new {role}")
        self.assertEqual(self.running.pid("other"), self.before["other"][0])
        self.running.hale("start", "echo")
        self.running.wait_until_healthy("echo")

    def test_downtime_after_a_kill_is_short(self):
        killed = self.running.pid("echo")
        kit.kill(killed)
        started = time.monotonic()
        # Until its sockets are closed it still takes connections, to break them a moment later.
        kit.eventually(lambda: not kit.is_running(killed), every=0.001)
        answer = kit.ask(self.port, timeout=10)
        self.assertLess(time.monotonic() - started, 2)
        self.assertNotEqual(answer.split()[0], str(killed))


if __name__ == "__main__":
    kit.main()
