"""Many services print at once: no line is lost, files are put aside at their size, and repairs go on meanwhile."""
import glob
import os
import re

import kit

SERVICES = 10
LINES = 5_000
WIDTH = 100
SIZE = 100_000


class LogLoadTests(kit.TestCase):
    def numbers(self, stack, name):
        """The numbers of the lines in all files of a log, oldest first."""
        base = os.path.join(stack.environment["HALE_STATE"], stack.name, "logs", f"{name}-1.log")
        files = sorted(glob.glob(base + ".*"), key=lambda path: -int(path.rpartition(".")[2])) + [base]
        self.assertGreater(len(files), 2, "nothing was put aside")
        text = ""
        for path in files:
            self.assertLessEqual(os.path.getsize(path), SIZE)
            with open(path, encoding="utf-8") as file:
                text += file.read()
        self.assertIn(f"printed {LINES}", text)
        return [int(number) for number in re.findall(r"^\S+ stdout F (\d+) x", text, re.MULTILINE)]

    def test_no_line_is_lost(self):
        port = kit.free_port()
        talkers = {}
        for number in range(SERVICES):
            talker = kit.echo_service(kit.free_port(), check=None)
            talker["x-hale"]["run"] = kit.server("chatty.py", "--rate", 1000, "--count", LINES, "--width", WIDTH)
            talker["logging"] = {"driver": "json-file", "options": {"max-size": f"{SIZE}", "max-file": "50"}}
            talkers[f"talker{number}"] = talker
        stack = self.stack({"echo": kit.echo_service(port)} | talkers)
        stack.up()
        # In the middle of it a service ends, and Hale's own processes do.
        for role in None, "healer", "keeper":
            if role:
                old = stack.role(role)
                kit.kill(old)
                kit.eventually(lambda: stack.role(role, timeout=0) != old, 20)
            killed = stack.pid("echo")
            kit.kill(killed)
            kit.eventually(lambda: stack.instance("echo").get("pid") not in (None, killed), 20)
            stack.wait_until_healthy("echo")
            self.assertTrue(kit.ask(port, timeout=15).endswith("hello"))
        for name in talkers:
            kit.eventually(lambda: f"printed {LINES}" in stack.log(name), 60)
            self.assertEqual(self.numbers(stack, name), list(range(LINES)), name)
        self.assertEqual({stack.service(name)["restarts"] for name in talkers}, {0})


if __name__ == "__main__":
    kit.main()
