"""hale explain says in plain sentences why a service is as it is, and what happens next."""
import json

import kit


class ExplainTests(kit.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.running = kit.Stack()
        cls.addClassCleanup(cls.running.close)
        program = cls.running.write_file("program", "#!/bin/sh\nexit 3\n", mode=0o755)
        cls.running.model["services"] = {
            "broken": {"image": "example/broken:1", "restart": "always",
                       "x-hale": {"run": [program], "restart": {"backoff": "10ms", "budget": 2, "release": "10m"}}},
            "echo": kit.echo_service(kit.free_port()),
        }
        cls.running.write()
        cls.running.hale("up", "-d", check=False)
        cls.running.wait_for_state("broken", "quarantined")
        cls.running.wait_until_healthy("echo")

    def explain(self, *words, **options):
        return self.running.hale("explain", *words, **options)

    def test_what_is_well(self):
        text = self.explain("echo").stdout
        self.assertRegex(text, r"^echo is running and healthy, since \d\d:\d\d:\d\d, .* ago\.\n")
        self.assertIn("Nothing is wrong, and nothing needs to be done.\n", text)

    def test_what_is_in_quarantine(self):
        text = self.explain("broken").stdout
        self.assertRegex(text, r"^broken is in quarantine, since \d\d:\d\d:\d\d, .*: it failed too often\. "
                               r"What went wrong last: exited with code 3\.\n")
        self.assertIn("It has used 2 of 2 restarts allowed within 5 minutes", text)
        self.assertRegex(text, r"It is let out for one try at \d\d:\d\d:\d\d, in \d+ (minutes|seconds)\.\n")
        self.assertIn("hale release broken\n", text)
        self.assertRegex(text, r"It is the root of incident \d+, which began at ")

    def test_json_is_what_the_api_answers(self):
        told = json.loads(self.explain("broken", "--format", "json").stdout)
        self.assertEqual(told["service"], "broken")
        self.assertIsInstance(told["incident"], int)
        code, body = self.running.get("/v1/services/broken/explanation")
        self.assertEqual((code, json.loads(body)["incident"]), (200, told["incident"]))

    def test_a_stranger(self):
        result = self.explain("brokn", check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("broken", result.stderr)
        self.assertEqual(self.running.get("/v1/services/nobody/explanation")[0], 404)


if __name__ == "__main__":
    kit.main()
