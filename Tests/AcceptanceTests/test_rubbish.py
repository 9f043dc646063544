"""Whatever is given as a Compose file: a clear error or success, in bounded memory, and no crash."""
import glob
import json
import os
import random
import resource
import subprocess
import tempfile
import threading
import time
import unittest

import kit

MEMORY_LIMIT = 1 << 30
TIME_LIMIT = 60

GOOD = """services:
  web:
    image: "nginx:1.27"
    ports: ["8080:80", "127.0.0.1:8443:443"]
    environment: { A: "1", B: two }
    healthcheck: { test: ["CMD", "true"], interval: 10s, retries: 3 }
    depends_on: { db: { condition: service_healthy } }
    deploy: { resources: { limits: { cpus: "0.5", memory: 64M } } }
  db: &db
    image: postgres:15
    volumes: ["data:/var/lib/postgresql/data"]
volumes: { data: }
"""


class RubbishTests(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="hale-acc-")
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name

    def file(self, content, name="compose.yaml"):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def config(self, path, verb=("config", "-q")):
        """Runs `hale config -q`, say, and checks what must hold for any file."""
        started = time.monotonic()
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                [kit.HALE, "-f", path, *verb], cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=errors)
            timer = threading.Timer(TIME_LIMIT, process.kill)
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            text = errors.read().decode(errors="replace")
        took = time.monotonic() - started
        self.assertLess(took, TIME_LIMIT, f"{path} took too long")
        self.assertGreaterEqual(process.returncode, 0, f"{path} ended it with signal {-process.returncode}: {text[-2000:]}")
        self.assertLess(usage.ru_maxrss * 1024, MEMORY_LIMIT, f"{path} took too much memory")
        if process.returncode != 0:
            self.assertTrue(text.strip(), f"{path} was refused without a word")
            self.assertLess(len(text), 100_000, f"{path} was refused with too many words")
        return process.returncode, text

    def test_random_bytes(self):
        code, text = self.config(self.file(random.Random(1).randbytes(10 << 20)))
        self.assertNotEqual(code, 0)
        self.assertIn("compose.yaml", text)

    def test_zeros(self):
        self.assertNotEqual(self.config(self.file(bytes(1 << 20)))[0], 0)

    def test_anchor_bomb(self):
        lines = ["services: { a: { image: x } }", "x-0: &x0 [a, a, a, a, a, a, a, a, a, a]"]
        lines += [f"x-{level}: &x{level} [{', '.join([f'*x{level - 1}'] * 10)}]" for level in range(1, 1000)]
        code, text = self.config(self.file("\n".join(lines) + "\n"))
        self.assertNotEqual(code, 0)
        self.assertIn("compose.yaml", text)

    def test_deep_nesting(self):
        for text in "x-a: " + "[" * 100_000, "x-a: " + "{a: " * 50_000, "- " * 50_000, "x: " + "[" * 5000 + "]" * 5000:
            self.config(self.file(text))

    def test_a_hundred_thousand_services(self):
        services = "".join(f"  s{number}:\n    image: x\n" for number in range(100_000))
        self.config(self.file("services:\n" + services))

    def test_a_long_chain_of_dependencies(self):
        services = {f"s{number}": {"image": "x", "depends_on": [f"s{number + 1}"] if number < 4999 else []}
                    for number in range(5000)}
        self.assertEqual(self.config(self.file(json.dumps({"services": services})))[0], 0)

    def test_fifo(self):
        """Nobody writes to it: it must not wait for ever."""
        path = os.path.join(self.folder, "fifo")
        os.mkfifo(path)
        code, text = self.config(path)
        self.assertNotEqual(code, 0)
        self.assertIn("fifo", text)

    def test_things_that_are_no_files(self):
        for path in self.folder, "/dev/null", "/dev/zero", "/proc/self/mem", os.path.join(self.folder, "missing.yaml"):
            with self.subTest(path=path):
                code, text = self.config(path)
                self.assertNotEqual(code, 0)
                self.assertIn(os.path.basename(path), text)

    def test_endless_interpolation_and_extends(self):
        self.assertNotEqual(self.config(self.file(
            "services: { a: { extends: b }, b: { extends: a } }"))[0], 0)
        self.assertNotEqual(self.config(self.file("include: [compose.yaml]\nservices: { a: { image: x } }"))[0], 0)
        nested = "${A:-" * 10_000 + "x" + "}" * 10_000
        self.config(self.file(f"services: {{ a: {{ image: '{nested}' }} }}"))

    def test_damaged_files(self):
        """Every file is a good one with a few bytes changed, lost or doubled."""
        chance = random.Random(7)
        good = GOOD.encode()
        for _ in range(150):
            damaged = bytearray(good)
            for _ in range(chance.randrange(1, 6)):
                place = chance.randrange(len(damaged))
                match chance.randrange(4):
                    case 0: damaged[place] = chance.randrange(256)
                    case 1: del damaged[place:place + chance.randrange(1, 10)]
                    case 2: damaged[place:place] = chance.choice([b"*", b"&", b"{", b"[", b"!", b"${", b"\t", b"'", b"<<: "])
                    case 3: damaged[place:place] = damaged[place:place + 40]
            self.config(self.file(bytes(damaged)))

    def test_bad_values(self):
        """A wrong value everywhere: refused with its line and column."""
        for key, value in [("image", "[1]"), ("ports", "'x:y:z'"), ("ports", "['99999:80']"), ("deploy", "7"),
                           ("healthcheck", "{ interval: soon }"), ("depends_on", "[nobody]"), ("environment", "7"),
                           ("imgae", "x"), ("cpus", "many"), ("mem_limit", "lots"), ("x-hale", "{ hold: [] }"),
                           ("x-hale", "{ chekc: redis }"), ("x-hale", "{ restart: { budget: -9223372036854775808 } }"),
                           ("x-hale", "{ check: { tcp: 123456789012345678901234567890 } }")]:
            with self.subTest(key=key, value=value):
                verb = ("check",) if key == "x-hale" else ("config", "-q")
                code, text = self.config(self.file(f"services:\n  a:\n    build: .\n    {key}: {value}\n"), verb)
                self.assertNotEqual(code, 0)
                self.assertRegex(text, r"compose\.yaml:\d+:\d+: ")

    def test_folder_of_files_that_must_be_refused(self):
        cases = os.environ.get("HALE_CASES")
        if not cases:
            print("SKIPPED: HALE_CASES is not set, so the folder of invalid Compose files is not tried")
            self.skipTest("HALE_CASES is not set")
        for path in glob.glob(os.path.join(cases, "compose", "cases", "*", "*.y*ml")):
            self.config(path)


if __name__ == "__main__":
    kit.main()
