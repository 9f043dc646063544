"""What a person asked for stays so, is shown with who and when, and outlives every process of Hale's."""
import json

import kit


class OperatorTests(kit.TestCase):
    def started(self, **services):
        stack = self.stack(services or {"echo": kit.echo_service(kit.free_port()),
                                        "other": kit.echo_service(kit.free_port())})
        stack.up()
        return stack

    def replace(self, stack, role):
        old = stack.role(role)
        kit.kill(old)
        kit.eventually(lambda: stack.role(role, timeout=0) != old, 15)
        kit.eventually(lambda: stack.status()["processes"]["healer"], 15)
        kit.eventually(lambda: stack.status()["services"], 15)

    def test_who_and_when(self):
        stack = self.started()
        stack.hale("stop", "echo")
        stack.hale("maintenance", "--for", "30m", "other")
        for role in None, "healer", "keeper":
            if role:
                self.replace(stack, role)
            echo = kit.eventually(lambda: stack.service("echo")["operator"] == "stopped" and stack.service("echo"))
            other = stack.service("other")
            self.assertRegex(echo["operator_since"], r"^\d{4}-\d\d-\d\dT")
            self.assertEqual(echo["operator_by"], f"{kit.pwd.getpwuid(kit.os.getuid()).pw_name} by hale stop")
            self.assertTrue(other["operator"].startswith("maintenance until "), other["operator"])
            self.assertTrue(other["operator_by"])
        text = stack.hale("status", check=False).stdout
        self.assertRegex(text, r"by hand: stopped, \d+ \w+ ago, \w+ by hale")
        self.assertIn(f"by {echo['operator_by']}", stack.own_logs(500))

    def test_paused_service_outlives_hale(self):
        stack = self.started()
        stack.hale("pause", "echo")
        for role in "healer", "keeper":
            self.replace(stack, role)
            self.assertEqual(stack.wait_for_state("echo", "paused")["operator"], "paused")
        stack.hale("unpause", "echo")
        stack.wait_until_healthy("echo")

    def test_hale_is_paused_as_a_whole(self):
        stack = self.started()
        before = stack.pids()
        stack.hale("pause", "--for", "30m")
        kit.kill(before["echo"][0])
        waiting = stack.wait_for_state("echo", "waiting")
        self.assertEqual(waiting["waiting_on"], "Hale is paused")
        for role in "healer", "keeper":
            self.replace(stack, role)
            self.assertTrue(stack.status()["pause"]["by"])
            kit.stays(lambda: stack.pids()["echo"] == [None], 1, "echo was started though Hale is paused")
            self.assertEqual(stack.pids()["other"], before["other"])
        text = stack.hale("status", check=False).stdout
        self.assertIn("Hale is paused until ", text)
        # A person's own commands are carried out.
        stack.hale("restart", "other")
        self.assertNotEqual(stack.pid("other"), before["other"][0])
        stack.hale("unpause")
        stack.wait_until_healthy("echo", "other")
        self.assertNotIn("pause", stack.status())

    def test_pause_of_hale_ends_by_itself(self):
        stack = self.started()
        stack.hale("pause", "--for", "2s")
        kit.kill(stack.pid("echo"))
        stack.wait_for_state("echo", "waiting")
        stack.wait_until_healthy("echo")
        self.assertNotIn("pause", stack.status())

    def test_a_changed_file_is_applied_while_hale_is_paused(self):
        stack = self.started()
        before = stack.pids()
        stack.hale("pause", "--for", "30m")
        stack.model["services"]["echo"]["environment"] = {"NEW": "1"}
        stack.model["services"]["added"] = kit.echo_service(kit.free_port())
        stack.write()
        stack.up()
        self.assertNotEqual(stack.pid("echo"), before["echo"][0])
        self.assertEqual(stack.pid("other"), before["other"][0])
        stack.wait_until_healthy("added")

    def test_wishes_outlive_the_host(self):
        stack = self.started()
        stack.hale("stop", "other")
        stack.hale("pause", "--for", "30m")
        stack.hale("unpause")
        stack.hale("pause", "--for", "20m")
        until = stack.status()["pause"]["until"]
        for pid in [stack.role(role) for role in ("healer", "keeper", "gateway")] + stack.orphans():
            kit.kill(pid, 19)
        roles = [stack.role(role) for role in ("healer", "keeper", "gateway")]
        for pid in roles + stack.orphans():
            kit.kill(pid)
        kit.eventually(lambda: not any(map(kit.is_running, roles)) and not stack.orphans())
        runtime = stack.environment["HALE_RUNTIME"]
        kit.shutil.rmtree(runtime)
        self.as_of_an_earlier_start(stack, "will.json")
        stack.hale("up", "-d")
        self.assertEqual(stack.service("other")["operator"], "stopped")
        self.assertEqual(stack.status()["pause"]["until"][:16], until[:16])

    def as_of_an_earlier_start(self, stack, name):
        """The file as a host would have written it whose clock began a day earlier."""
        day = 86_400 * 10 ** 9
        path = f"{stack.environment['HALE_STATE']}/{stack.name}/{name}"
        with open(path, encoding="utf-8") as file:
            kept = json.load(file)

        def shift(value):
            if isinstance(value, dict):
                return {key: inner + day if key == "nanoseconds" else shift(inner) for key, inner in value.items()}
            return [shift(inner) for inner in value] if isinstance(value, list) else value

        kept = shift(kept) | {"boot": "another", "offset": kept["offset"] - day}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(kept, file)

    def test_quarantine_is_released_by_hand(self):
        stack = self.stack({"loop": {"image": "example/loop:1", "restart": "always", "x-hale": {
            "run": ["/bin/sh", "-c", "test -e well && exec sleep 1000; exit 1"],
            "restart": {"backoff": "50ms", "budget": 2}}}})
        # It may be quarantined before `up` has seen it started, which is a failure.
        stack.hale("up", "-d", check=False)
        stack.wait_for_state("loop", "quarantined")
        stack.write_file("well", "")
        stack.hale("quarantine", "release", "loop")
        stack.wait_for_state("loop", "running")
        self.assertEqual(stack.hale("quarantine", "loop", check=False).returncode, 2)

    def test_what_makes_no_sense_is_refused(self):
        stack = self.started()
        result = stack.hale("pause", "echo", "--for", "5m", check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn("maintenance", result.stderr)
        self.assertEqual(stack.hale("pause", "--for", "0", check=False).returncode, 2)


if __name__ == "__main__":
    kit.main()
