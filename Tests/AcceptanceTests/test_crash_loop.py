"""A service that ends at once is tried again ever later, then put in quarantine, and let out again in time."""
import json
import time

import kit


class CrashLoopTests(kit.TestCase):
    def test_backoff_quarantine_release_and_recovery(self):
        stack = kit.Stack()
        self.addCleanup(stack.close)
        starts = stack.path("starts")
        broken = f"#!/bin/sh\ndate +%s.%N >>{starts}\necho cannot find its configuration\nexit 3\n"
        program = stack.write_file("program", broken, mode=0o755)
        stack.model["services"] = {
            "broken": {
                "image": "example/broken:1", "restart": "always",
                "x-hale": {"run": [program], "restart": {
                    "backoff": "200ms", "cap": "5s", "budget": 5, "window": "5m", "release": "3s", "reset_after": "5s",
                    "releases": 10}},
            },
            "neighbour": kit.echo_service(kit.free_port()),
        }
        stack.write()
        result = stack.hale("up", "-d", "--wait", "--wait-timeout", "30", check=False)
        self.assertNotEqual(result.returncode, 0, "up --wait is content with a service that ends at once")
        neighbour = stack.pid("neighbour")

        quarantined = stack.wait_for_state("broken", "quarantined")
        times = self.times(starts)
        self.assertEqual(quarantined["instances"][0]["exit_code"], 3)
        self.assertIsNotNone(quarantined["instances"][0].get("next_action_at"), quarantined)
        self.assertIn(len(times), (5, 6), "the budget of 5 restarts was not kept")
        gaps = [later - earlier for earlier, later in zip(times, times[1:])]
        self.assertGreater(gaps[-1], 2 * gaps[1], f"the waits do not grow: {gaps}")

        # Let out in time, for one try.
        kit.eventually(lambda: len(self.times(starts)) > len(times), 10, message="it was never let out")
        stack.wait_for_state("broken", "quarantined")
        self.assertLessEqual(len(self.times(starts)), len(times) + 2)

        stack.write_file("program", "#!/bin/sh\nexec sleep 1000\n", mode=0o755)
        stack.wait_for_state("broken", "running")
        running = stack.pid("broken")
        kit.stays(lambda: stack.instance("broken").get("pid") == running, 2, "the repaired service was touched")
        self.assertEqual(stack.pid("neighbour"), neighbour)
        self.assertEqual(stack.service("neighbour")["restarts"], 0)
        self.assertIn("cannot find its configuration", stack.hale("logs", "broken").stdout)

    def times(self, path):
        with open(path, encoding="ascii") as file:
            return [float(line) for line in file.read().split()]

    def test_one_shot_that_fails_is_not_run_again(self):
        stack = self.stack({"job": {
            "image": "example/job:1", "restart": "no", "x-hale": {"run": "sh -c 'echo run >>runs; exit 4'"}}})
        stack.hale("up", "-d", check=False)
        stack.wait_for_state("job", "failed")
        self.assertEqual(stack.instance("job")["exit_code"], 4)
        self.assertEqual(stack.service("job")["restarts"], 0)
        with open(stack.path("runs"), encoding="ascii") as file:
            self.assertEqual(file.read(), "run\n")

    def test_on_failure_with_a_count(self):
        stack = self.stack({"job": {
            "image": "example/job:1", "restart": "on-failure:2",
            "x-hale": {"run": ["sh", "-c", "echo run >>runs; exit 1"],
                       "restart": {"backoff": "50ms", "cap": "100ms"}}}})
        stack.hale("up", "-d", check=False)
        stack.wait_for_state("job", "failed")
        with open(stack.path("runs"), encoding="ascii") as file:
            self.assertEqual(file.read().count("run"), 3)

    def test_delay_of_deploy_restart_policy(self):
        stack = self.stack({"job": {
            "image": "example/job:1",
            "deploy": {"restart_policy": {"condition": "on-failure", "delay": "1s", "max_attempts": 2}},
            "x-hale": {"run": ["sh", "-c", "date +%s.%N >>runs; exit 1"]}}})
        stack.hale("up", "-d", check=False)
        stack.wait_for_state("job", "failed")
        times = self.times(stack.path("runs"))
        self.assertEqual(len(times), 3)
        for earlier, later in zip(times, times[1:]):
            self.assertAlmostEqual(later - earlier, 1, delta=0.4)


if __name__ == "__main__":
    kit.main()
