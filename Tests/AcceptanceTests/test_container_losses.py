"""Hale's own processes and the engine itself are lost while containers run, and all is as it was once they are back."""
import kit
from engine import SERVE, EngineTestCase, service


class LossTests(EngineTestCase):
    def setUp(self):
        """Three in a row, and one that a person has stopped long ago."""
        self.port = kit.free_port()
        self.project = self.up({
            "one": service("sleep 1; " + SERVE, ports=[f"127.0.0.1:{self.port}:80"]),
            "two": service(depends_on={"one": {"condition": "service_healthy"}}),
            "three": service(depends_on={"two": {"condition": "service_healthy"}}),
            "still": service()})

    def ask_one(self):
        return self.ask(self.port)

    def stop_one(self):
        """Long before the others end, so that nobody can take it for a part of that."""
        self.engine.docker("stop", self.project.container_name("still"))
        self.project.wait_for_state("still", "stopped")
        kit.stays(lambda: self.project.service("still")["state"] == "stopped", 3)

    def stopped_when(self):
        return self.project.container("still")["State"]["FinishedAt"]

    # Hale's own

    def lose(self, role):
        before = self.project.role(role)
        kit.kill(before)
        kit.eventually(lambda: self.project.role(role) != before, 30)

    def assert_in_charge(self):
        before = self.project.remembered()
        self.engine.docker("kill", self.project.container_name("three"))
        self.project.wait_for_restart("three", before)
        self.assertEqual(self.ask_one(), "well\n")

    def test_healer_gateway_and_keeper(self):
        self.stop_one()
        before = self.project.remembered()
        for role in ("healer", "gateway", "keeper"):
            with self.subTest(role):
                self.lose(role)
                self.project.wait_until_healthy("one", "two", "three")
                self.assertEqual(kit.eventually(self.ask_one), "well\n")
                self.assertEqual(self.project.remembered(), before)
                self.assertEqual(self.project.service("still")["state"], "stopped")
        self.assert_in_charge()

    def test_what_dies_while_the_healer_is_dead_is_seen_by_the_next(self):
        before = self.project.remembered()
        healer = self.project.role("healer")
        # A stopped healer is as good as a dead one, and stays so for as long as it takes.
        kit.kill(healer, kit.signal.SIGSTOP)
        self.engine.docker("kill", self.project.container_name("three"))
        self.engine.docker("stop", self.project.container_name("still"))
        kit.kill(healer)
        self.project.wait_for_restart("three", before)
        self.project.wait_for_state("still", "stopped")
        kit.stays(lambda: not self.project.container("still")["State"]["Running"], 2)
        self.assertEqual(self.project.remembered("one", "two"), {name: before[name] for name in ("one", "two")})

    # The engine

    def assert_all_back(self, before, stopped):
        for name in ("one", "two", "three"):
            self.project.wait_for_restart(name, before, timeout=90)
        after = self.project.remembered()
        self.assertEqual({name: found[0] for name, found in after.items()},
                         {name: found[0] for name, found in before.items()})
        started = [after[name][1] for name in ("one", "two", "three")]
        self.assertEqual(started, sorted(started))
        self.assertEqual(self.project.service("still")["state"], "stopped")
        self.assertEqual((after["still"], self.stopped_when()), (before["still"], stopped))
        self.assertEqual(self.ask_one(), "well\n")
        self.assert_in_charge()

    def test_an_engine_that_is_killed(self):
        self.stop_one()
        before, stopped = self.project.remembered(), self.stopped_when()
        self.engine.kill()
        kit.eventually(lambda: any("engine" in notice for notice in self.notices()), 30,
                       message=lambda: f"nothing is said of the engine: {self.notices()}")
        self.engine.start()
        self.assert_all_back(before, stopped)
        self.assertFalse(any("is gone" in notice for notice in self.notices()), self.notices())

    def notices(self):
        return [notice if isinstance(notice, str) else notice.get("text", str(notice))
                for notice in self.project.status().get("notices", [])]

    def test_an_engine_that_ends_as_its_machine_does(self):
        self.stop_one()
        before, stopped = self.project.remembered(), self.stopped_when()
        self.engine.end()
        self.engine.start()
        self.assert_all_back(before, stopped)

    def test_verbs_without_an_engine(self):
        self.engine.end()
        self.addCleanup(lambda: self.engine.process.poll() is not None and self.engine.start())
        # Each says so within its time; none of them hangs.
        said = self.project.hale("status", check=False, timeout=30)
        self.assertNotEqual(said.returncode, 0)
        self.assertIn("engine", said.stdout + said.stderr)
        self.project.hale("ps", check=False, timeout=30)
        said = self.project.hale("exec", "-T", "one", "true", check=False, timeout=60)
        self.assertNotEqual(said.returncode, 0)
        said = self.project.hale("up", "-d", "--runtime", self.engine.runtime, check=False, timeout=60)
        self.assertNotEqual(said.returncode, 0)
        self.assertIn(self.engine.socket, said.stderr)
        self.engine.start()
        self.project.wait_until_healthy("one", "two", "three", "still", timeout=90)

    def test_all_of_it_comes_back_after_hale_and_the_engine_were_lost(self):
        """As after a power cut: nobody could say goodbye."""
        self.stop_one()
        before, stopped = self.project.remembered(), self.stopped_when()
        roles = [self.project.role(role) for role in ("keeper", "healer", "gateway")]
        # At once, as each would replace the others.
        for number in (kit.signal.SIGSTOP, kit.signal.SIGKILL):
            for pid in roles:
                kit.kill(pid, number)
        kit.eventually(lambda: not any(map(kit.is_running, roles)))
        self.engine.kill()
        self.engine.start()
        self.project.hale("up", "-d", "--runtime", self.engine.runtime)
        self.assert_all_back(before, stopped)


if __name__ == "__main__":
    kit.main()
