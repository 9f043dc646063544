"""The disk is full, cannot be written, or the clock is set back: healing goes on, somebody is told, and it mends."""
import contextlib
import os
import re
import subprocess
import unittest

import kit

# In a container without the right to mount these tests cannot be; that must not pass for having passed.
MAY_MOUNT = os.geteuid() == 0 and subprocess.run(
    ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False).returncode == 0


def mount(*words):
    subprocess.run(["mount", *words], check=True)


def fill(path):
    """Takes every byte that is free beside `path`."""
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)


class DiskTestCase(kit.TestCase):
    def start(self, mount_state, services):
        """A stack whose state folder is mounted by `mount_state` before Hale first sees it."""
        stack = kit.Stack(services)
        self.state = stack.environment["HALE_STATE"]
        os.makedirs(self.state)
        # The last to be done: closing the stack removes its folder.
        self.addCleanup(stack.close)
        mount_state(self.state)
        self.addCleanup(subprocess.run, ["umount", "-l", self.state], check=False, capture_output=True)
        self.addCleanup(stack.hale, "down", "-t", "5", check=False)
        stack.up()
        self.running = stack
        return stack

    def assert_heals(self, name, port):
        killed = self.running.pid(name)
        kit.kill(killed)
        kit.eventually(lambda: self.running.instance(name).get("pid") not in (None, killed), 30,
                       message=lambda: f"nobody restarts {name}: {self.running.describe(name)}")
        self.running.wait_until_healthy(name)
        self.assertTrue(kit.ask(port, timeout=15).endswith("hello"))

    def assert_roles_are_replaced(self):
        """Each of Hale's own processes can be killed and comes back, though it may keep nothing."""
        before = self.running.pids()
        for role in "healer", "gateway", "keeper":
            old = self.running.role(role)
            kit.kill(old)
            kit.eventually(lambda: self.running.role(role, timeout=0) != old, 30, message=f"there is no new {role}")
            kit.eventually(lambda: self.running.status()["status"] == "healthy", 30,
                           message=lambda: str(self.running.status()))
            self.assertEqual(self.running.pids(), before, f"after the {role}'s death")

    def is_told(self, pattern):
        return re.search(pattern, " ".join(self.running.status()["notices"]))


@unittest.skipUnless(MAY_MOUNT, "NOT SHOWN: a full disk and one that cannot be written; mounting needs root")
class BadDiskTests(DiskTestCase):
    def test_full_disk(self):
        port, chatty_port = kit.free_port(), kit.free_port()
        chatty = kit.echo_service(chatty_port, check=None)
        chatty["x-hale"]["run"] = kit.server("chatty.py", "--rate", 200, "--width", 200)
        services = {"echo": kit.echo_service(port), "other": kit.echo_service(kit.free_port()), "chatty": chatty}
        stack = self.start(lambda state: mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", state), services)
        kit.eventually(lambda: stack.log("chatty").count("\n") > 100)

        filler = os.path.join(self.state, "filler")
        fill(filler)
        kit.eventually(lambda: self.is_told("(?i)logs cannot be written.*no space left"), 30,
                       message=lambda: f"nobody says that logs are lost: {stack.status()['notices']}")
        self.assertRegex(stack.hale("status", check=False).stdout, "Notice: .*(?i:no space left)")
        self.assert_heals("echo", port)
        # What people ask for is done as well, and what cannot be kept is said.
        stack.hale("stop", "other", check=False)
        stack.wait_for_state("other", "stopped")
        kit.eventually(lambda: self.is_told("(?i)state cannot be written.*no space left"), 30,
                       message=lambda: f"nobody says that state is not kept: {stack.status()['notices']}")
        self.assert_heals("echo", port)

        os.remove(filler)
        kit.eventually(lambda: not self.is_told("cannot be written"), 30,
                       message=lambda: f"it does not mend: {stack.status()['notices']}")
        # What was asked for while it could not be kept is kept now.
        stopped = stack.role("healer")
        kit.kill(stopped)
        kit.eventually(lambda: stack.role("healer", timeout=0) != stopped, 20)
        kit.eventually(lambda: stack.is_healthy("echo"), 20)
        self.assertEqual(stack.service("other")["state"], "stopped")
        stack.hale("start", "other")
        stack.wait_until_healthy("other")
        self.assert_lost_lines_are_counted(stack)

    def assert_lost_lines_are_counted(self, stack):
        """Every line is there or was counted where it is missing."""
        kit.eventually(lambda: self.missing_and_reported(stack)[1] > 0, 20)
        missing, reported = self.missing_and_reported(stack)
        self.assertEqual(missing, reported)

    def missing_and_reported(self, stack):
        previous, missing, reported = -1, 0, 0
        for line in stack.log("chatty").splitlines():
            text = line.split(" ", 3)[3]
            if text.startswith("hale: "):
                reported += int(re.search(r"hale: (\d+) lines", text).group(1))
                continue
            number = int(text.split()[0])
            missing += number - previous - 1
            previous = number
        return missing, reported

    def test_roles_are_replaced_on_a_full_disk(self):
        port = kit.free_port()
        self.start(lambda state: mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", state),
                   {"echo": kit.echo_service(port)})
        fill(os.path.join(self.state, "filler"))
        self.assert_roles_are_replaced()
        self.assert_heals("echo", port)

    def test_state_that_cannot_be_written(self):
        port = kit.free_port()
        stack = self.start(lambda state: None,
                           {"echo": kit.echo_service(port), "other": kit.echo_service(kit.free_port())})
        # What is open stays so, as on a disk that the kernel has set aside after an error.
        mount("--bind", "-o", "ro", self.state, self.state)
        self.assert_heals("echo", port)
        self.assert_roles_are_replaced()
        self.assert_heals("echo", port)
        stack.hale("stop", "other", check=False)
        stack.wait_for_state("other", "stopped")
        kit.eventually(lambda: self.is_told("(?i)state cannot be written.*read-only"), 30,
                       message=lambda: f"nobody says so: {stack.status()['notices']}")
        subprocess.run(["umount", "-l", self.state], check=True)
        kit.eventually(lambda: not self.is_told("cannot be written"), 30,
                       message=lambda: f"it does not mend: {stack.status()['notices']}")
        stack.hale("start", "other")
        stack.wait_until_healthy("other")


class ClockTests(kit.TestCase):
    """The calendar is set back by an hour. Hale decides by the time since boot, which is not faked."""

    def test_calendar_set_back(self):
        port = kit.free_port()
        stack = self.stack({
            "echo": kit.echo_service(port), "other": kit.echo_service(kit.free_port()),
            "redis": {"image": "redis:7", "restart": "unless-stopped", "x-hale": {
                "run": "redis-server --bind $$HALE_HOST --port 6379 --save '' --appendonly no", "confirm": "100ms",
                "check": {"redis": {}, "interval": "500ms", "timeout": "500ms", "retries": 2}}}})
        library = stack.path("clock.so")
        subprocess.run(["gcc", "-shared", "-fPIC", "-Wall", "-o", library, os.path.join(kit.SERVERS, "clock.c")],
                       check=True)
        stack.environment |= {"LD_PRELOAD": library, "CLOCK_OFFSET_FILE": stack.write_file("clock", "0\n")}
        stack.up()
        before = stack.pids()
        first_start = kit.datetime_of(stack.instance("echo")["started_at"])
        stack.write_file("clock", "-3600\n")

        for _ in range(2):
            killed = stack.pid("echo")
            kit.kill(killed)
            kit.eventually(lambda: stack.instance("echo").get("pid") not in (None, killed), 20,
                           message=lambda: f"nobody restarts echo: {stack.describe('echo')}")
            stack.wait_until_healthy("echo")
        self.assertTrue(kit.ask(port, timeout=15).endswith("hello"))
        # One that hangs is found out by its checks, whose time goes on.
        frozen = stack.pid("redis")
        kit.kill(frozen, kit.signal.SIGSTOP)
        kit.eventually(lambda: stack.instance("redis").get("pid") not in (None, frozen), 60,
                       message=lambda: f"nobody replaces the frozen one: {stack.describe('redis')}")
        stack.wait_until_healthy("redis")
        self.assertEqual(stack.pids()["other"], before["other"])
        # The clock is really another one: what started last is said to have started an hour before the first.
        kit.eventually(
            lambda: (kit.datetime_of(stack.instance("echo")["started_at"]) - first_start).total_seconds() < -3000, 20,
            message=lambda: f"it says {stack.instance('echo')['started_at']}, the first start was {first_start}")
        printed = stack.hale("status").stdout
        self.assertNotRegex(printed, "hour|-[0-9]+ s", "a start a moment ago is said to be as long ago")

        stack.write_file("clock", "0\n")
        healer = stack.role("healer")
        kit.kill(healer)
        kit.eventually(lambda: stack.role("healer", timeout=0) != healer, 20)
        kit.eventually(lambda: stack.status()["status"] == "healthy", 20)
        self.assertEqual(stack.pids()["other"], before["other"])


if __name__ == "__main__":
    kit.main()
