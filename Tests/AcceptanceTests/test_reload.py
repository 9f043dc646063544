"""A changed file: shown as a plan first, applied as a difference, and refused as a whole where it is wrong."""
import json
import signal

import kit


class ReloadTests(kit.TestCase):
    def started(self):
        stack = self.stack({name: kit.echo_service(kit.free_port()) for name in ("same", "changed", "scaled", "gone")})
        stack.up()
        return stack

    def change(self, stack):
        services = stack.model["services"]
        services["changed"]["environment"] = {"TOKEN": "secret"}
        services["scaled"]["scale"] = 2
        del services["gone"]
        services["added"] = kit.echo_service(kit.free_port())
        services["same"]["x-hale"]["hold"] = "3s"
        stack.write()

    PLAN = [
        ("added", "start", "it is new"), ("changed", "replace", "changed: environment (TOKEN)"),
        ("gone", "stop", "it is no longer part of the stack"), ("same", "reconfigure", "changed: x-hale.hold"),
        ("scaled", "scale", "scale: 1 to 2"),
    ]

    def plan(self, stack, *arguments):
        changes = json.loads(stack.hale(*arguments, "--dry-run", "--format", "json").stdout)
        return [(change["service"], change["action"], change["reason"]) for change in changes]

    def test_plan_then_reload(self):
        stack = self.started()
        before = stack.pids()
        self.assertEqual(stack.hale("reload", "--dry-run").stdout, "nothing would change\n")
        self.change(stack)
        self.assertEqual(self.plan(stack, "reload"), self.PLAN)
        table = stack.hale("reload", "--dry-run").stdout
        self.assertIn("changed: environment (TOKEN)", table)
        self.assertNotIn("secret", table)
        self.assertEqual(stack.pids(), before, "a dry run changed something")
        stack.hale("reload")
        kit.eventually(lambda: set(stack.pids()) == {"same", "changed", "scaled", "added"})
        stack.wait_until_healthy()
        kit.eventually(lambda: stack.pid("changed") != before["changed"][0])
        after = stack.pids()
        self.assertEqual(after["same"], before["same"])
        self.assertEqual(after["scaled"][0], before["scaled"][0])
        self.assertEqual(len(after["scaled"]), 2)
        self.assertEqual(stack.hale("reload", "--dry-run").stdout, "nothing would change\n")
        stack.model["services"]["scaled"]["scale"] = 1
        stack.write()
        self.assertEqual(self.plan(stack, "reload"), [("scaled", "scale", "scale: 2 to 1")])
        kit.kill(stack.role("keeper"), signal.SIGHUP)
        kit.eventually(lambda: len(stack.pids()["scaled"]) == 1)
        self.assertEqual(stack.pid("scaled"), before["scaled"][0])

    def test_up_shows_its_plan(self):
        stack = self.started()
        before = stack.pids()
        self.change(stack)
        # As in Compose, `up` leaves alone what the files no longer have.
        self.assertEqual(self.plan(stack, "up"), [change for change in self.PLAN if change[0] != "gone"])
        self.assertEqual(self.plan(stack, "up", "--remove-orphans"), self.PLAN)
        self.assertEqual(stack.pids(), before)
        stack.hale("stop", "same")
        self.assertIn(("same", "start", "it was stopped"), self.plan(stack, "up"))
        self.assertEqual(stack.service("same")["state"], "stopped")

    def test_plan_of_a_stack_that_does_not_run(self):
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        self.assertEqual(self.plan(stack, "up"), [("echo", "start", "it is new")])
        self.assertEqual(stack.hale("status", check=False).returncode, 3)

    def test_wrong_file_changes_nothing_and_is_said(self):
        stack = self.stack({"same": kit.echo_service(kit.free_port())})
        stack.up()
        before = stack.pids()
        stack.write_file("compose.yaml", json.dumps({"services": {"same": {"imgae": "x"}}}))
        for arguments in ["reload"], ["reload", "--dry-run"], ["up", "--dry-run"], ["up", "-d"]:
            result = stack.hale(*arguments, check=False)
            self.assertEqual(result.returncode, 1, arguments)
            self.assertIn("image", result.stderr)
        self.assertIn("imgae", json.dumps(stack.status()["notices"]))
        self.assertIn("configurationRefused", stack.own_logs(200))
        self.assertEqual(stack.pids(), before)
        # The last good configuration is the one that is used after a crash.
        for role in "healer", "keeper":
            old = stack.role(role)
            kit.kill(old)
            kit.eventually(lambda: stack.role(role, timeout=0) != old, 15)
            kit.eventually(lambda: stack.status()["status"] == "healthy", 20)
            self.assertEqual(stack.pids(), before)
        kit.kill(before["same"][0])
        kit.eventually(lambda: stack.pid("same") != before["same"][0])
        stack.wait_until_healthy("same")
        stack.write()
        stack.hale("reload")
        self.assertEqual(json.dumps(stack.status()["notices"]).count("imgae"), 0)


if __name__ == "__main__":
    kit.main()
