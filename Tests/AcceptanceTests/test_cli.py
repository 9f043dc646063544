"""The command line: Compose's verbs and flags, what they print, and what they end with."""
import json
import os
import signal
import subprocess
import threading

import kit


class RunningStackTests(kit.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.port = kit.free_port()
        echo = kit.echo_service(cls.port)
        cls.running = kit.Stack({
            "echo": echo, "job": {"image": "example/job:1", "restart": "no", "x-hale": {"run": "sh -c 'exit 0'"}}})
        cls.addClassCleanup(cls.running.close)
        cls.running.up()

    def objects(self, *arguments):
        return [json.loads(line) for line in self.running.hale(*arguments).stdout.splitlines()]

    def test_ps_as_json_has_the_keys_of_compose(self):
        echo, = self.objects("ps", "--format", "json")
        self.assertEqual((echo["Service"], echo["Name"], echo["State"], echo["Health"], echo["ExitCode"]),
                         ("echo", f"{self.running.name}-echo-1", "running", "healthy", 0))
        self.assertEqual(echo["PID"], self.running.pid("echo"))
        publisher, = echo["Publishers"]
        self.assertEqual(publisher, publisher | {
            "URL": "127.0.0.1", "TargetPort": 7000, "PublishedPort": self.port, "Protocol": "tcp"})
        self.assertEqual({entry["Service"] for entry in self.objects("ps", "-a", "--format", "json")}, {"echo", "job"})

    def test_ps_as_table(self):
        printed = self.running.hale("ps", "-a").stdout
        self.assertIn("echo", printed)
        self.assertIn(str(self.port), printed)
        self.assertNotIn("\x1b", printed)

    def test_status(self):
        result = self.running.hale("status")
        self.assertIn("echo", result.stdout)
        status = json.loads(self.running.hale("status", "--format", "json").stdout)
        self.assertEqual(status["services"]["echo"]["state"], "running")
        self.assertEqual(status["services"]["job"]["state"], "completed")
        self.assertEqual(status["status"], "healthy")

    def test_logs(self):
        self.assertRegex(self.running.hale("logs", "echo").stdout, r"echo-1 +\| .*echo: listening")
        plain = self.running.hale("logs", "--no-log-prefix", "echo").stdout
        self.assertIn("echo: listening", plain)
        self.assertNotIn("|", plain)
        self.assertEqual(len(self.running.hale("logs", "--tail", "1", "echo").stdout.splitlines()), 1)
        self.assertIn("listening", self.running.hale("logs", "--since", "1h", "echo").stdout)

    def test_logs_follow(self):
        process = subprocess.Popen(self.running.command("logs", "-f", "--tail", "0", "echo"), stdout=subprocess.PIPE,
                                   env=self.running.environment, text=True, cwd=self.running.folder)
        timer = threading.Timer(30, process.kill)
        timer.start()
        try:
            # It follows from when it has begun to; a restart that it missed is repeated.
            first = []
            reader = threading.Thread(target=lambda: first.append(process.stdout.readline()))
            reader.start()
            while reader.is_alive():
                self.running.hale("restart", "echo")
                reader.join(2)
            self.assertIn("echo", first[0])
        finally:
            timer.cancel()
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(10), 130)
            process.stdout.close()
        self.running.wait_until_healthy("echo")

    def test_restart_stop_start_kill(self):
        before = self.running.pid("echo")
        self.running.hale("restart", "echo")
        self.running.wait_until_healthy("echo")
        restarted = self.running.pid("echo")
        self.assertNotEqual(restarted, before)

        self.running.hale("stop", "echo")
        self.assertEqual(self.running.wait_for_state("echo", "stopped")["instances"][0].get("pid"), None)
        self.assertNotEqual(self.running.hale("status", check=False).returncode, 0)
        self.running.hale("start", "echo")
        self.running.wait_until_healthy("echo")

        killed = self.running.pid("echo")
        self.running.hale("kill", "-s", "SIGKILL", "echo")
        kit.eventually(lambda: not kit.is_running(killed))
        self.running.hale("start", "echo")
        self.running.wait_until_healthy("echo")

    def test_unknown_service(self):
        result = self.running.hale("restart", "ecko", check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("echo", result.stderr)
        self.assertEqual(result.stdout, "")


class CommandLineTests(kit.TestCase):
    def run_hale(self, *words, **environment):
        return subprocess.run([kit.HALE, *words], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL,
                              env=os.environ | environment)

    VERBS = "up down ps logs start stop restart kill config version status check".split()

    def test_help(self):
        result = self.run_hale("--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        for verb in self.VERBS:
            self.assertIn(verb, result.stdout)
            own = self.run_hale(verb, "--help")
            self.assertEqual((own.returncode, own.stderr), (0, ""), verb)
            self.assertIn(f"hale {verb}", own.stdout)
            self.assertRegex(own.stdout, "(?i)example")
            self.assertNotIn("\x1b", own.stdout)

    def test_mistyped(self):
        result = self.run_hale("strat")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("start", result.stderr)
        result = self.run_hale("up", "--detatch")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("--detach", result.stderr)

    def test_version(self):
        self.assertRegex(self.run_hale("version").stdout, r"\d+\.\d+")

    def test_nothing_runs(self):
        stack = kit.Stack({"echo": kit.echo_service(kit.free_port())})
        self.addCleanup(stack.close)
        self.assertEqual(stack.hale("status", check=False).returncode, 3)
        self.assertEqual(stack.hale("ps", "--format", "json").stdout, "")
        self.assertEqual(stack.hale("down").returncode, 0)

    def test_config(self):
        stack = kit.Stack({"web": {"image": "nginx:${TAG:-1.27}", "profiles": ["front"]}, "db": {"image": "postgres:15"}},
                          volumes={"data": None})
        self.addCleanup(stack.close)
        model = json.loads(stack.hale("--profile", "front", "config", "--format", "json").stdout)
        self.assertEqual(model["services"]["web"]["image"], "nginx:1.27")
        self.assertEqual(stack.hale("--profile", "front", "config", "--services").stdout.split(), ["db", "web"])
        self.assertEqual(stack.hale("config", "--images").stdout.split(), ["postgres:15"])
        self.assertEqual(stack.hale("config", "--profiles").stdout.split(), ["front"])
        self.assertEqual(stack.hale("config", "-q").stdout, "")
        self.assertIn("image: postgres:15", stack.hale("config").stdout)

    def test_check_advises(self):
        stack = kit.Stack({"web": {"image": "nginx:latest", "environment": {"API_PASSWORD": "hunter2hunter2"}}})
        self.addCleanup(stack.close)
        result = stack.hale("check", check=False)
        printed = result.stdout + result.stderr
        for word in "latest", "health", "API_PASSWORD", "compose.yaml:":
            self.assertIn(word, printed)
        self.assertNotIn("hunter2hunter2", printed)

    def test_wait_timeout(self):
        stack = kit.Stack({"slow": kit.echo_service(kit.free_port(), "--bind-after", "60")})
        self.addCleanup(stack.close)
        result = stack.hale("up", "-d", "--wait", "--wait-timeout", "1", check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("slow", result.stderr + result.stdout)

    def test_up_in_the_foreground_ends_with_ctrl_c(self):
        stack = kit.Stack({"echo": kit.echo_service(kit.free_port())})
        self.addCleanup(stack.close)
        with open(stack.path("output"), "w+", encoding="utf-8") as output:
            process = subprocess.Popen(stack.command("up"), stdout=output, stderr=output, env=stack.environment,
                                       cwd=stack.folder)
            try:
                kit.eventually(lambda: "echo: listening" in self.read(stack.path("output")), 20,
                               message=lambda: self.read(stack.path("output")))
                kit.eventually(lambda: stack.is_healthy("echo"))
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(30)
        self.assertEqual(stack.orphans(), [])

    def read(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read()


if __name__ == "__main__":
    kit.main()
