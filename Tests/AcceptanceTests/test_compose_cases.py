"""Real Compose projects mean to Hale what they mean to Compose."""
import os
import subprocess
import sys
import unittest

import kit

CASES = os.environ.get("HALE_CASES")
ADAPTER = os.path.join(kit.PROJECT, "Tests", "ComposeTests", "adapter.py")


class ComposeCaseTests(unittest.TestCase):
    def setUp(self):
        if not CASES:
            print("SKIPPED: HALE_CASES is not set, so no Compose case was graded")
            self.skipTest("HALE_CASES is not set")

    def grade(self, *arguments):
        result = subprocess.run(
            [sys.executable, os.path.join(CASES, "compose", "grade.py"), "--cmd", f"{ADAPTER} {kit.HALE}",
             "--show", "20", "--jobs", "2", *arguments], capture_output=True, text=True, timeout=500)
        self.assertEqual(result.returncode, 0, result.stdout[-8000:] + result.stderr[-2000:])

    def test_every_case_in_every_field(self):
        self.grade("--set", "both", "--extra")


if __name__ == "__main__":
    kit.main()
