"""How services run: their tree, user, limits, variables, logs, and what a changed file does to them."""
import json
import os
import signal
import time
import unittest

import kit

ROOT = os.geteuid() == 0


def shell_service(script, **more):
    """A service that is a script; its dollars are the shell's, not Compose's."""
    return {"image": "example/shell:1", "x-hale": {"run": ["/bin/sh", "-c", script.replace("$", "$$")]}} | more


class TreeTests(kit.TestCase):
    def test_stopping_ends_the_whole_tree(self):
        stack = self.stack({"tree": kit.echo_service(kit.free_port(), "--children", "3")})
        stack.up()
        tree = kit.eventually(lambda: len(stack.orphans()) == 4 and stack.orphans())
        stack.hale("stop", "tree")
        kit.eventually(lambda: not any(map(kit.is_running, tree)), 10, message="some of the tree still run")

    def test_killed_server_leaves_no_children_beside_the_next(self):
        stack = self.stack({"tree": kit.echo_service(kit.free_port(), "--children", "3")})
        stack.up()
        tree = kit.eventually(lambda: len(stack.orphans()) == 4 and stack.orphans())
        kit.kill(stack.pid("tree"))
        kit.eventually(lambda: not any(map(kit.is_running, tree)), 10, message="some of the old tree still run")
        stack.wait_until_healthy("tree")
        kit.eventually(lambda: len(stack.orphans()) == 4)

    def test_grace_then_kill(self):
        service = kit.echo_service(kit.free_port(), "--ignore-term") | {"stop_grace_period": "1s"}
        stack = self.stack({"stubborn": service})
        stack.up()
        pid = stack.pid("stubborn")
        started = time.monotonic()
        stack.hale("stop", "stubborn")
        kit.eventually(lambda: not kit.is_running(pid), 10)
        self.assertGreater(time.monotonic() - started, 0.9)
        self.assertLess(time.monotonic() - started, 5)
        self.assertEqual(stack.wait_for_state("stubborn", "stopped")["instances"][0]["exit_code"], 137)

    def test_down_leaves_nothing_and_may_be_repeated(self):
        port = kit.free_port()
        stack = self.stack({"tree": kit.echo_service(port, "--children", "2")})
        stack.up()
        stack.down()
        self.assertEqual(stack.orphans(), [])
        with self.assertRaises(OSError):
            kit.connect(port)
        stack.down()
        stack.up()
        self.assertTrue(kit.ask(port).endswith("hello"))


class EnvironmentTests(kit.TestCase):
    def test_variables_limits_and_folder(self):
        os.environ["LEAKED_SECRET"] = "hidden"
        script = ("env >seen; ulimit -n >limit; pwd >folder; readlink /proc/self/fd/0 >stdin; "
                  "echo $HALE_VOLUME_MY_DATA >volume; exec sleep 1000")
        stack = kit.Stack(volumes={"my-data": None})
        self.addCleanup(stack.close)
        os.mkdir(stack.path("work"), 0o777)
        os.chmod(stack.path("work"), 0o777)
        stack.model["services"] = {"shell": shell_service(
            script, environment={"GREETING": "hello $$HOME"}, working_dir=stack.path("work"),
            ulimits={"nofile": {"soft": 123, "hard": 456}}, volumes=["my-data:/data"])}
        stack.write()
        stack.up()
        kit.eventually(lambda: os.path.exists(stack.path("work/volume")))
        seen = dict(line.split("=", 1) for line in self.read(stack, "seen").splitlines() if "=" in line)
        self.assertEqual(seen["GREETING"], "hello $HOME")
        self.assertEqual((seen["HALE_SERVICE"], seen["HALE_INSTANCE"], seen["HALE_PROJECT"]),
                         ("shell", "shell-1", stack.name))
        self.assertRegex(seen["HALE_HOST"], r"^127\.\d+\.\d+\.\d+$")
        self.assertNotIn("LEAKED_SECRET", seen)
        self.assertEqual(self.read(stack, "limit").strip(), "123")
        self.assertEqual(self.read(stack, "folder").strip(), stack.path("work"))
        self.assertEqual(self.read(stack, "stdin").strip(), "/dev/null")
        self.assertTrue(os.path.isdir(self.read(stack, "volume").strip()))

    def read(self, stack, name):
        with open(stack.path("work/" + name), encoding="utf-8") as file:
            return file.read()

    @unittest.skipUnless(ROOT, "only root may change users")
    def test_user(self):
        stack = self.stack({"shell": shell_service("exec sleep 1000", user="nobody")})
        stack.up()
        self.assertEqual(os.stat(f"/proc/{stack.pid('shell')}").st_uid, kit.NOBODY)

    @unittest.skipUnless(ROOT and os.access("/sys/fs/cgroup", os.W_OK), "only root may set up cgroups")
    def test_memory_limit(self):
        hungry = [kit.PYTHON, "-c", "import time; time.sleep(1); kept = bytearray(512 << 20); time.sleep(1000)"]
        stack = self.stack({"hungry": {
            "image": "example/hungry:1", "restart": "no", "mem_limit": "64m", "memswap_limit": "64m",
            "x-hale": {"run": hungry}}})
        stack.hale("up", "-d")
        ended = stack.wait_for_state("hungry", "failed")
        self.assertIn("memory", ended["last_error"])

    def test_exec_check_and_hooks(self):
        stack = kit.Stack()
        self.addCleanup(stack.close)
        stack.model["services"] = {"shell": shell_service(
            "exec sleep 1000", healthcheck={"test": "test -e well", "interval": "200ms", "retries": 2},
            restart="unless-stopped", post_start=[{"command": ["touch", "well"]}],
            pre_stop=[{"command": ["touch", "stopping"]}])}
        stack.write()
        stack.up()
        stack.wait_until_healthy("shell")
        pid = stack.pid("shell")
        os.unlink(stack.path("well"))
        kit.eventually(lambda: stack.instance("shell").get("pid") not in (None, pid), 20,
                       message=lambda: stack.describe("shell"))
        stack.hale("stop", "shell")
        self.assertTrue(os.path.exists(stack.path("stopping")))

    def test_notify(self):
        port = kit.free_port()
        stack = self.stack({"ready": kit.echo_service(port, "--ready-after", "1", check=None, notify=True)})
        started = time.monotonic()
        stack.up()
        self.assertGreater(time.monotonic() - started, 0.9, "it did not wait for READY=1")
        self.assertIn("all is well", stack.get("/status")[1])


class LogTests(kit.TestCase):
    def test_logs_are_kept_and_rotated(self):
        script = ("i=0; while [ $i -lt 3000 ]; do echo line $i xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; i=$((i+1)); done; "
                  "echo to stderr >&2; exec sleep 1000")
        stack = self.stack({"talker": shell_service(
            script, logging={"driver": "json-file", "options": {"max-size": "32k", "max-file": "3"}})})
        stack.up()
        kit.eventually(lambda: "to stderr" in stack.hale("logs", "--no-log-prefix", "talker").stdout)
        folder = os.path.join(stack.environment["HALE_STATE"], stack.name, "logs")
        files = [name for name in os.listdir(folder) if name.startswith("talker-1.log")]
        self.assertEqual(len(files), 3)
        self.assertLess(max(os.path.getsize(os.path.join(folder, name)) for name in files), 40 << 10)
        last = stack.hale("logs", "--no-log-prefix", "--tail", "2", "talker").stdout.splitlines()
        self.assertEqual(len(last), 2)
        self.assertIn("line 2999", last[0])

    def test_output_survives_the_death_of_hale(self):
        script = "i=0; while :; do echo line $i; i=$((i+1)); sleep 0.02; done"
        stack = self.stack({"talker": shell_service(script)})
        stack.up()
        pid = stack.pid("talker")
        for role in "healer", "keeper":
            old = stack.role(role)
            kit.kill(old)
            kit.eventually(lambda: stack.role(role, timeout=0) != old, 15)
        seen = len(stack.log("talker").splitlines())
        kit.eventually(lambda: len(stack.log("talker").splitlines()) > seen + 20)
        self.assertEqual(stack.pid("talker"), pid)
        numbers = [int(line.rsplit(" ", 1)[1]) for line in stack.log("talker").splitlines() if "line" in line]
        self.assertEqual(numbers, list(range(len(numbers))), "lines were lost")


class ReloadTests(kit.TestCase):
    def test_only_what_changed_is_restarted(self):
        stack = self.stack({"same": kit.echo_service(kit.free_port()), "changed": kit.echo_service(kit.free_port()),
                            "gone": kit.echo_service(kit.free_port())})
        stack.up()
        before = stack.pids()
        services = stack.model["services"]
        services["changed"]["environment"] = {"NEW": "1"}
        del services["gone"]
        services["added"] = kit.echo_service(kit.free_port())
        services["same"]["x-hale"]["hold"] = "3s"
        stack.write()
        stack.up("--remove-orphans")
        after = stack.pids()
        self.assertEqual(after["same"], before["same"])
        self.assertNotEqual(after["changed"], before["changed"])
        self.assertEqual(set(after), {"same", "changed", "added"})
        kit.eventually(lambda: not kit.is_running(before["gone"][0]))

    def test_reload_by_signal(self):
        stack = self.stack({"same": kit.echo_service(kit.free_port())})
        stack.up()
        before = stack.pids()
        stack.model["services"]["added"] = kit.echo_service(kit.free_port())
        stack.write()
        kit.kill(stack.role("healer"), signal.SIGHUP)
        kit.eventually(lambda: "added" in stack.status()["services"], message="SIGHUP was not heard")
        stack.wait_until_healthy("added")
        self.assertEqual(stack.pids()["same"], before["same"])

    def test_wrong_file_leaves_everything_as_it_is(self):
        stack = self.stack({"same": kit.echo_service(kit.free_port())})
        stack.up()
        before = stack.pids()
        stack.write_file("compose.yaml", json.dumps({"services": {"same": {"imgae": "x"}}}))
        result = stack.hale("up", "-d", check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("image", result.stderr)
        kit.kill(stack.role("healer"), signal.SIGHUP)
        kit.eventually(lambda: "imgae" in json.dumps(stack.status()["notices"]), message="nothing is said of the wrong file")
        self.assertEqual(stack.pids(), before)
        stack.write()

    def test_scale(self):
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        stack.up()
        first = stack.pid("echo")
        stack.up("--scale", "echo=3")
        self.assertEqual(len(stack.service("echo")["instances"]), 3)
        self.assertEqual(stack.pid("echo"), first)
        stack.up("--scale", "echo=1")
        kit.eventually(lambda: len(stack.service("echo")["instances"]) == 1)
        self.assertEqual(stack.pid("echo"), first)


if __name__ == "__main__":
    kit.main()
