"""What a service manager says and wants to hear: readiness, watchdog, reload, stop, and sockets it opened beforehand."""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile

import kit

UNITS = os.path.join(kit.EXAMPLES, "systemd")


class Manager:
    """Stands for systemd: starts `hale up` and listens to what it says."""

    def __init__(self, test, stack, *arguments, abstract=False, watchdog=None, sockets=()):
        self.folder = tempfile.mkdtemp(prefix="hale-notify-")
        test.addCleanup(shutil.rmtree, self.folder, True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        test.addCleanup(self.socket.close)
        name = f"@hale-test-{os.getpid()}-{id(self)}" if abstract else os.path.join(self.folder, "notify")
        self.socket.bind("\0" + name[1:] if abstract else name)
        self.socket.setblocking(False)
        self.lines = []
        environment = stack.environment | {"NOTIFY_SOCKET": name}
        if watchdog:
            environment["WATCHDOG_USEC"] = str(int(watchdog * 1_000_000))
        if sockets:
            environment |= {"LISTEN_FDS": str(len(sockets)),
                            "LISTEN_FDNAMES": ":".join(f"socket{number}" for number in range(len(sockets)))}

        def prepare():
            copies = [os.dup(one.fileno()) for one in sockets]
            # Above where they go, lest one is overwritten before it was copied.
            copies = [os.dup2(copy, 100 + number) for number, copy in enumerate(copies)]
            for number, copy in enumerate(copies):
                os.dup2(copy, 3 + number, inheritable=True)

        words = stack.command("up", *arguments)
        if sockets:
            # Only the process itself knows its pid, which does not change when a program takes its place.
            words = ["/bin/sh", "-c", 'LISTEN_PID=$$ exec "$0" "$@"', *words]
        self.output = tempfile.TemporaryFile(mode="w+")
        test.addCleanup(self.output.close)
        self.process = subprocess.Popen(
            words, env=environment, cwd=stack.folder, stdin=subprocess.DEVNULL, stdout=self.output,
            stderr=self.output, preexec_fn=prepare, close_fds=not sockets, start_new_session=True)
        test.addCleanup(self.end)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def heard(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                self.lines += self.socket.recv(8192).decode().split("\n")
        return self.lines

    def said(self):
        self.output.flush()
        self.output.seek(0)
        return self.output.read()

    def wait_for(self, line, timeout=30):
        return kit.eventually(lambda: line in self.heard() or any(one.startswith(line) for one in self.heard()),
                              timeout, message=lambda: f"no {line} in {self.heard()}\n{self.said()}")


class SystemdTests(kit.TestCase):
    def test_ready_reload_watchdog_and_stop(self):
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        manager = Manager(self, stack, "--wait", watchdog=2)
        manager.wait_for("READY=1")
        self.assertEqual(stack.service("echo")["health"], "healthy")
        manager.wait_for(f"STATUS={stack.name} is healthy (1 services)")
        count = manager.heard().count("WATCHDOG=1")
        kit.eventually(lambda: manager.heard().count("WATCHDOG=1") > count + 1)
        before = stack.pids()
        # Nobody else may speak for it.
        for pid in stack.orphans() + [stack.role(role) for role in ("keeper", "healer", "gateway")]:
            self.assertNotIn(b"NOTIFY_SOCKET=" + manager.folder.encode(), kit.read_process_file(pid, "environ"))
        stack.model["services"]["added"] = kit.echo_service(kit.free_port())
        stack.write()
        manager.lines.clear()
        manager.process.send_signal(signal.SIGHUP)
        manager.wait_for("READY=1")
        self.assertEqual(manager.lines[0], "RELOADING=1")
        self.assertRegex(manager.lines[1], r"^MONOTONIC_USEC=\d+$")
        stack.wait_until_healthy("added")
        self.assertEqual(stack.pids()["echo"], before["echo"])
        stack.write_file("compose.yaml", json.dumps({"services": {"echo": {"imgae": "x"}}}))
        manager.lines.clear()
        manager.process.send_signal(signal.SIGHUP)
        manager.wait_for("READY=1")
        self.assertTrue(any("refused" in line for line in manager.lines), manager.lines)
        stack.write()
        manager.process.send_signal(signal.SIGTERM)
        manager.wait_for("STOPPING=1")
        manager.process.wait(timeout=30)
        self.assertEqual(stack.orphans(), [])
        self.assertEqual(stack.hale("status", check=False).returncode, 3)

    def test_not_ready_before_all_is_healthy(self):
        port = kit.free_port()
        stack = self.stack({"ill": kit.echo_service(port, "--bind-after", "4")})
        manager = Manager(self, stack, "--wait", abstract=True)
        manager.wait_for("STATUS=")
        self.assertNotIn("READY=1", manager.heard())
        manager.wait_for("READY=1")
        self.assertEqual(stack.service("ill")["health"], "healthy")

    def test_no_sign_of_life_while_the_healer_hangs(self):
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        manager = Manager(self, stack, watchdog=1)
        manager.wait_for("WATCHDOG=1")
        healer = stack.role("healer")
        kit.kill(healer, signal.SIGSTOP)
        # One look may have been under way.
        seen = manager.heard().count("WATCHDOG=1") + 1
        kit.stays(lambda: manager.heard().count("WATCHDOG=1") <= seen, 2)
        kit.kill(healer, signal.SIGCONT)
        count = manager.heard().count("WATCHDOG=1")
        kit.eventually(lambda: manager.heard().count("WATCHDOG=1") > count)

    def test_all_of_hale_killed_is_started_again(self):
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        manager = Manager(self, stack)
        manager.wait_for("READY=1")
        before = stack.pids()
        roles = [stack.role(role) for role in ("keeper", "healer", "gateway")]
        for number in signal.SIGSTOP, signal.SIGKILL:
            for pid in roles:
                kit.kill(pid, number)
        kit.eventually(lambda: stack.role("keeper", timeout=0) not in roles, 20)
        kit.eventually(lambda: stack.status()["status"] == "healthy", 20)
        self.assertEqual(stack.pids(), before)
        self.assertIsNone(manager.process.poll())

    def test_sockets_are_taken_for_published_ports(self):
        stack = self.stack({"echo": kit.echo_service(0), "wide": kit.echo_service(0)})
        passed = [self.listening("127.0.0.1"), self.listening("::"), self.listening("127.0.0.1")]
        ports = [one.getsockname()[1] for one in passed]
        stack.model["services"]["echo"]["ports"] = [f"127.0.0.1:{ports[0]}:7000"]
        stack.model["services"]["wide"]["ports"] = [f"{ports[1]}:7000"]
        stack.write()
        with kit.connect(ports[0]) as early:
            # It waits in the service manager's own socket.
            lines = early.makefile("rw")
            lines.write("hello\n")
            lines.flush()
            manager = Manager(self, stack, "--wait", sockets=passed)
            manager.wait_for("READY=1", 40)
            self.assertTrue(lines.readline().rstrip().endswith("hello"))
        self.assertTrue(kit.ask(ports[1]).endswith("hello"))
        self.assertTrue(kit.ask(ports[1], host="::1").endswith("hello"))
        self.assertIn("'socket2' on 127.0.0.1:%d" % ports[2], manager.said())
        self.assertEqual([text for text in stack.status()["notices"] if "cannot be opened" in text], [])
        manager.process.send_signal(signal.SIGTERM)
        manager.process.wait(timeout=30)
        # They are the service manager's and listen on.
        kit.connect(ports[0]).close()

    def listening(self, host):
        one = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.addCleanup(one.close)
        if ":" in host:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        one.bind((host, kit.free_port()))
        one.listen(16)
        return one

    def test_unit_files(self):
        verifier = shutil.which("systemd-analyze")
        if verifier is None:
            print("SKIPPED: systemd-analyze is not installed, so the unit file was not verified")
            self.skipTest("systemd-analyze is not installed")
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name in sorted(os.listdir(UNITS)):
                with open(os.path.join(UNITS, name), encoding="utf-8") as file:
                    text = file.read()
                start = next(line for line in text.splitlines() if line.startswith("ExecStart="))
                paths.append(os.path.join(folder, name.replace("@", "@shop")))
                with open(paths[-1], "w", encoding="utf-8") as file:
                    file.write(text.replace(start.split("=")[1].split()[0], kit.HALE))
            self.assertEqual(len(paths), 2)
            result = subprocess.run([verifier, "verify", "--man=no", *paths], capture_output=True, text=True)
        self.assertEqual((result.returncode, result.stderr), (0, ""))


if __name__ == "__main__":
    kit.main()
