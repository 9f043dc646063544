"""exec, run, wait, port, top, stats, scale, kill, completion, the manual page, and what every verb ends with."""
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import termios
import time
import unittest

import kit

JOB = {"image": "example/job:1", "restart": "no"}


def sleeper(**service):
    return {"image": "example/sleep:1", "restart": "unless-stopped", "x-hale": {"run": "sleep 1000"},
            "stop_grace_period": "2s"} | service


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Terminal:
    """A hale on a terminal of its own, driven as by a person."""

    def __init__(self, stack, *arguments, rows=24, columns=80):
        self.master, slave = pty.openpty()
        self.slave = slave
        self.resize(rows, columns)
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            stack.command(*arguments), stdin=slave, stdout=slave, stderr=slave, cwd=stack.folder,
            env=stack.environment | {"TERM": "vt100"}, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.output = ""

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.master, text.encode())

    def expect(self, pattern, timeout=20):
        deadline = time.monotonic() + timeout
        while not (found := re.search(pattern, self.output)):
            if time.monotonic() > deadline:
                raise AssertionError(f"{pattern!r} never came; there was {self.output!r}")
            if select.select([self.master], [], [], 0.1)[0]:
                self.output += os.read(self.master, 65536).decode(errors="replace")
        self.output = self.output[found.end():]
        return found

    def end(self, timeout=20):
        code = self.process.wait(timeout)
        # As it was before, whatever the command did to its own.
        assert termios.tcgetattr(self.slave) == self.before, "the terminal was left in another mode"
        return code

    def close(self):
        if self.process.poll() is None:
            kit.kill(self.process.pid)
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


class VerbTests(kit.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.port = kit.free_port()
        db = kit.echo_service(cls.port, "--children", "1") | {
            "environment": {"SECRET": "of db"}, "volumes": ["data:/data"]}
        cls.running = kit.Stack({
            "db": db, "web": sleeper(depends_on={"db": {"condition": "service_healthy"}}, environment={"A": "b"}),
            "user": sleeper(user="nobody"),
            "good": JOB | {"x-hale": {"run": "true"}}, "bad": JOB | {"x-hale": {"run": "sh -c 'exit 3'"}},
        }, volumes={"data": None})
        cls.addClassCleanup(cls.running.close)
        # One of its services fails, as it is meant to.
        cls.running.hale("up", "-d", check=False)
        cls.running.wait_until_healthy("db", "web")

    def hale(self, *arguments, code=0, **options):
        result = self.running.hale(*arguments, check=False, **options)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result

    def start(self, *arguments, **options):
        process = subprocess.Popen(
            self.running.command(*arguments), cwd=self.running.folder, env=self.running.environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
        self.addCleanup(process.communicate)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def terminal(self, *arguments, **options):
        terminal = Terminal(self.running, *arguments, **options)
        self.addCleanup(terminal.close)
        return terminal

    def tasks(self):
        folder = os.path.join(self.running.environment["HALE_RUNTIME"], self.running.name, "tasks")
        return os.listdir(folder) if os.path.isdir(folder) else []

    # exec

    def test_exec_has_the_surroundings_of_the_instance(self):
        address = self.running.instance("db")["address"]
        printed = self.hale("exec", "db", "sh", "-c", "echo \"$HALE_HOST|$SECRET|$HALE_INSTANCE|$(pwd)\"").stdout
        self.assertEqual(printed, f"{address}|of db|db-1|{self.running.folder}\n")
        self.assertEqual(self.hale("exec", "db", "echo", "$HALE_HOST").stdout, address + "\n")
        self.assertEqual(self.hale("exec", "-w", "/tmp", "-e", "X=1 2", "-e", "LANG", "-e", "NONE", "db", "sh", "-c",
                                   "pwd; echo $X $LANG; echo ${NONE-unset}").stdout, "/tmp\n1 2 C.UTF-8\nunset\n")

    @unittest.skipUnless(os.geteuid() == 0, "only root may become another user")
    def test_exec_runs_as_the_services_user_and_in_its_cgroup(self):
        self.assertEqual(self.hale("exec", "user", "id", "-un").stdout, "nobody\n")
        self.assertEqual(self.hale("exec", "-u", "root", "user", "id", "-un").stdout, "root\n")
        self.hale("exec", "-u", "nosuchuser", "db", "id", code=125)
        groups = self.hale("exec", "db", "cat", "/proc/self/cgroup").stdout
        own = kit.read_process_file(self.running.pid("db"), "cgroup").decode()
        self.assertEqual(set(re.findall(r"/hale/\S+", groups)), set(re.findall(r"/hale/\S+", own)))

    def test_exec_passes_streams_and_exit_codes_on(self):
        process = self.start("exec", "-T", "db", "sh", "-c", "cat; echo err >&2; exit 7")
        self.assertEqual(process.communicate("typed\n", timeout=20), ("typed\n", "err\n"))
        self.assertEqual(process.returncode, 7)
        self.hale("exec", "db", "sh", "-c", "kill -9 $$", code=137)
        self.assertIn("no such file", self.hale("exec", "db", "no-such-program", code=127).stderr)
        self.assertIn("permission denied", self.hale("exec", "db", "/etc/passwd", code=126).stderr)
        self.assertEqual(self.hale("exec", "--interactive=false", "db", "cat").stdout, "")
        self.assertEqual(self.hale("exec", "db", "--", "echo", "-n", "--help").stdout, "--help")

    def test_exec_forwards_signals(self):
        for number, code in (signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGUSR1, 138):
            process = self.start("exec", "-T", "db", "sh", "-c", "echo ready; exec sleep 100")
            self.assertEqual(process.stdout.readline(), "ready\n")
            process.send_signal(number)
            self.assertEqual(process.wait(20), code)

    def test_a_second_sigterm_ends_what_ignores_the_first(self):
        process = self.start("exec", "-T", "db", "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done")
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.terminate()
        kit.stays(lambda: process.poll() is None, 0.3)
        process.terminate()
        self.assertEqual(process.wait(20), 137)

    def test_exec_on_a_terminal(self):
        terminal = self.terminal("exec", "db", "sh", rows=33, columns=101)
        terminal.type("stty size; tty; echo $TERM; echo \"HOST=$HALE_HOST.\"\n")
        terminal.expect(r"33 101\r\n")
        terminal.expect(r"/dev/pts/\d+\r\n")
        terminal.expect(r"vt100\r\n")
        terminal.expect(rf"HOST={self.running.instance('db')['address']}\.")
        terminal.resize(40, 120)
        kit.kill(terminal.process.pid, signal.SIGWINCH)
        terminal.type("until stty size | grep '40 120'; do sleep 0.05; done\n")
        terminal.expect(r"\r\n40 120\r\n")
        terminal.type("exit 5\n")
        self.assertEqual(terminal.end(), 5)

    def test_keys_reach_the_command_and_not_hale(self):
        terminal = self.terminal("exec", "db", "sh", "-c", "trap 'echo got int' INT; echo ready; read line; echo end $line")
        terminal.expect("ready")
        terminal.type("\x03")
        terminal.expect("got int")
        terminal.type("bye\n")
        self.assertIn(terminal.end(), (0, 1))

    def test_the_terminal_is_restored_whatever_ends_the_command(self):
        terminal = self.terminal("exec", "db", "sh", "-c", "stty raw -echo; echo ready; exec sleep 100")
        terminal.expect("ready")
        kit.eventually(lambda: termios.tcgetattr(terminal.slave) != terminal.before)
        kit.kill(terminal.process.pid, signal.SIGTERM)
        self.assertEqual(terminal.end(), 143)
        terminal = self.terminal("exec", "db", "sh", "-c", "stty raw; echo pid $$; exec sleep 100")
        kit.kill(int(terminal.expect(r"pid (\d+)").group(1)))
        self.assertEqual(terminal.end(), 137)

    def test_all_that_was_printed_on_a_terminal_arrives(self):
        terminal = self.terminal("exec", "db", "sh", "-c", "seq 20000; echo the end")
        terminal.expect(r"19999\r\n20000\r\nthe end\r\n")
        self.assertEqual(terminal.end(), 0)

    def test_exec_ends_with_its_instance(self):
        process = self.start("exec", "-T", "web", "sh", "-c", "echo ready; exec sleep 1000")
        self.assertEqual(process.stdout.readline(), "ready\n")
        before = self.running.pid("web")
        self.running.hale("restart", "web")
        self.assertEqual(process.wait(20), 137)
        kit.eventually(lambda: self.running.pid("web") != before)

    def test_exec_detached(self):
        mark = self.running.path("detached")
        self.hale("exec", "-d", "web", "sh", "-c", f"echo $$ > {mark}; exec sleep 1000")
        pid = int(kit.eventually(lambda: read(mark).strip()))
        self.assertTrue(kit.is_running(pid))
        self.running.hale("restart", "web")
        kit.eventually(lambda: not kit.is_running(pid), message="it outlived its instance")
        kit.eventually(lambda: not [name for name in self.tasks() if "exec" in name])
        self.hale("exec", "-d", "web", "no-such-program", code=127)

    def test_exec_refuses_what_does_not_run(self):
        self.assertIn("did you mean 'web'", self.hale("exec", "wbe", "true", code=1).stderr)
        self.assertIn("is not running (completed)", self.hale("exec", "good", "true", code=1).stderr)
        self.assertIn("no instance 9", self.hale("exec", "--index", "9", "web", "true", code=1).stderr)
        self.assertIn("--privileged is not taken", self.hale("exec", "--privileged", "web", "true", code=2).stderr)
        self.running.hale("pause", "user")
        self.assertIn("paused", self.hale("exec", "user", "true", code=1).stderr)
        self.running.hale("unpause", "user")

    # run

    def test_run_has_the_surroundings_of_the_service(self):
        before = self.running.pids()
        result = self.hale("run", "--rm", "-e", "X=1", "web", "sh", "-c",
                           "echo \"$A|$X|$HALE_SERVICE|$HALE_HOST|$HALE_DB_HOST\"; cat /proc/self/cgroup; exit 9", code=9)
        line, _, groups = result.stdout.partition("\n")
        value, extra, service, host, db = line.split("|")
        self.assertEqual((value, extra, service), ("b", "1", "web"))
        self.assertNotIn(host, [instance["address"] for name in before for instance in
                                self.running.service(name)["instances"]])
        self.assertTrue(host.startswith("127.") and db.startswith("127.") and host != db)
        if os.geteuid() == 0:
            group, = set(re.findall(r"/hale/\S+", groups))
            self.assertRegex(group, rf"/hale/{self.running.name}/web-run-[0-9a-f]{{12}}-1")
        self.assertEqual(self.running.pids(), before)
        self.assertEqual(self.tasks(), [])

    def test_run_ends_with_all_that_it_started(self):
        before = self.running.role("keeper"), self.running.pids()
        mark = self.running.path("left")
        self.hale("run", "web", "sh", "-c", f"setsid sleep 1000 & echo $! > {mark}; (sleep 1000 &); exit 0")
        pid = int(read(mark))
        self.assertFalse(kit.is_running(pid))
        self.assertEqual((self.running.role("keeper"), self.running.pids()), before)

    def test_run_on_a_terminal_and_ctrl_c(self):
        terminal = self.terminal("run", "web", "sh", "-c", "test -t 0 && echo on a tty; exec sleep 100")
        terminal.expect("on a tty")
        terminal.type("\x03")
        self.assertEqual(terminal.end(), 130)
        process = self.start("run", "-T", "web", "sh", "-c", "echo ready; exec sleep 100")
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), 130)

    def test_run_detached(self):
        name = self.hale("run", "-d", "--name", "import", "web", "sh", "-c", "echo in the log; sleep 1000").stdout.strip()
        self.assertEqual(name, "import")
        kit.eventually(lambda: "in the log" in self.hale("logs", "import").stdout)
        self.assertIn("choose another", self.hale("run", "--name", "import", "web", "true", code=1).stderr)
        self.assertIn("is a service", self.hale("run", "--name", "db", "web", "true", code=125).stderr)
        with open(os.path.join(self.running.environment["HALE_RUNTIME"], self.running.name, "tasks", "import", "lock"),
                  encoding="ascii") as file:
            keeper = int(file.read())
        kit.kill(keeper, signal.SIGTERM)
        kit.eventually(lambda: self.tasks() == [], message=lambda: f"still there: {self.tasks()}")
        self.hale("run", "-d", "web", "no-such-program", code=127)
        self.assertEqual(self.tasks(), [])

    def test_run_leaves_the_data_to_one_writer(self):
        refused = self.hale("run", "db", code=125).stderr
        self.assertIn("would ruin its data (data)", refused)
        shared = self.hale("run", "db", "sh", "-c", "echo $HALE_VOLUME_DATA").stdout.strip()
        self.assertEqual(shared, os.path.join(self.running.environment["HALE_STATE"], self.running.name, "volumes", "data"))

        self.running.hale("stop", "db")
        process = self.start("run", "-T", "db")
        self.assertIn("echo: pid", process.stdout.readline())
        self.assertIn("in use by a task", self.hale("run", "db", code=125).stderr)
        # The service itself does not start meanwhile.
        self.running.hale("start", "db", check=False)
        kit.eventually(lambda: "in use by a task" in (self.running.instance("db").get("last_error") or ""))
        self.assertIsNone(self.running.instance("db").get("pid"))
        process.terminate()
        process.wait(20)
        self.running.hale("up", "-d", "db")
        self.running.wait_until_healthy("db", "web")

    def test_run_refuses_what_means_nothing(self):
        for flag in ["-p", "80:80"], ["--service-ports"], ["-v", "/a:/b"], ["--build"]:
            self.assertIn("is not taken", self.hale("run", *flag, "web", "true", code=2).stderr)
        self.hale("run", "nope", "true", code=1)
        self.hale("run", "web", "no-such-program", code=127)
        self.hale("run", "web", "/etc/passwd", code=126)

    # wait, port, top, stats, kill

    def test_wait(self):
        result = self.hale("wait", "bad", code=3)
        self.assertEqual(result.stdout, "bad-1 exited with status code 3\n")
        self.assertEqual(self.hale("wait", "good").stdout, "good-1 exited with status code 0\n")
        process = self.start("wait", "good", "user")
        self.assertEqual(process.stdout.readline(), "good-1 exited with status code 0\n")
        self.assertIsNone(process.poll())
        self.running.hale("stop", "user")
        self.assertEqual(process.wait(20), 143)
        self.assertEqual(process.stdout.read(), "user-1 exited with status code 143\n")
        self.running.hale("start", "user")
        process = self.start("wait", "user")
        process.send_signal(signal.SIGINT)
        self.assertIn(process.wait(20), (130, -signal.SIGINT))
        self.hale("wait", "nope", code=1)

    def test_port(self):
        self.assertEqual(self.hale("port", "db", "7000").stdout, f"127.0.0.1:{self.port}\n")
        self.assertEqual(self.hale("port", "--index", "1", "--protocol", "tcp", "db", "7000").stdout,
                         f"127.0.0.1:{self.port}\n")
        self.assertIn("it publishes 7000/tcp", self.hale("port", "--protocol", "udp", "db", "7000", code=1).stderr)
        self.assertIn("publishes none", self.hale("port", "web", "80", code=1).stderr)
        self.hale("port", "--index", "2", "db", "7000", code=1)
        self.hale("port", "db", "seven", code=2)

    def test_top_lists_the_whole_tree(self):
        root = self.running.pid("db")
        rows = [json.loads(line) for line in self.hale("top", "--format", "json", "db").stdout.splitlines()]
        self.assertEqual({row["PID"] for row in rows}, {root, *kit.descendants_of(root)})
        self.assertEqual(len(rows), 2)
        for row in rows:
            self.assertEqual((row["Service"], row["Instance"]), ("db", "db-1"))
            self.assertGreater(row["Memory"], 1 << 20)
            self.assertIn("echo.py", row["Command"])
        table = self.hale("top").stdout
        self.assertRegex(table, r"INSTANCE +PID +PPID +USER +TIME +%CPU +MEMORY +COMMAND\n")
        self.assertIn("sleep 1000", table)

    def test_stats(self):
        rows = [json.loads(line) for line in self.hale("stats", "--no-stream", "--format", "json", "db").stdout.splitlines()]
        row, = rows
        self.assertEqual((row["Name"], row["Service"], row["PIDs"], row["PID"]),
                         (f"{self.running.name}-db-1", "db", "2", self.running.pid("db")))
        self.assertGreater(row["Memory"], 1 << 20)
        self.assertLess(row["CPU"], 50)
        self.assertRegex(row["MemUsage"], r"^[\d.]+ MiB / [\d.]+ [GMT]iB$")
        self.assertRegex(self.hale("stats", "--no-stream").stdout, r"NAME +CPU % +MEM USAGE / LIMIT +MEM % +BLOCK I/O +PIDS +CALLS +P50 +P95 +P99\n")

    def test_stats_sees_a_busy_instance(self):
        busy = self.start("exec", "-T", "web", "sh", "-c", "echo ready; while :; do :; done")
        busy.stdout.readline()
        try:
            if os.geteuid() == 0:  # without cgroups, what runs beside an instance is not of it
                kit.eventually(lambda: json.loads(self.hale("stats", "--no-stream", "--format", "json", "web").stdout)["CPU"] > 10)
        finally:
            busy.terminate()
            busy.wait(20)

    def test_stats_is_redrawn_in_place(self):
        terminal = self.terminal("stats")
        terminal.expect(r"NAME[^\n]*\n")
        terminal.expect(r"\x1b\[\d+A\rNAME")
        terminal.type("\x03")
        self.assertEqual(terminal.end(), 130)

    def test_kill(self):
        before = self.running.pid("user")
        self.assertEqual(self.hale("kill", "user").stdout, "sent SIGKILL to user\n")
        kit.eventually(lambda: self.running.pid("user") != before)
        self.assertIn("has no process", self.hale("kill", "good", code=1).stderr)
        self.hale("kill", "-s", "NOPE", "user", code=2)

    def test_scale_changes_nothing_else(self):
        before = self.running.pids()
        # A change in the file is not applied on the way.
        self.running.model["services"]["web"]["environment"] = {"A": "changed"}
        self.running.write()
        self.hale("scale", "user=3")
        self.assertEqual(len(self.running.service("user")["instances"]), 3)
        after = self.running.pids()
        self.assertEqual(after["user"][:1], before["user"])
        self.assertEqual({name: after[name] for name in after if name != "user"},
                         {name: before[name] for name in before if name != "user"})
        self.running.model["services"]["web"]["environment"] = {"A": "b"}
        self.running.write()
        self.running.hale("reload")
        kit.eventually(lambda: self.running.is_healthy("user"))
        self.assertEqual(self.running.pids(), after, "a reload forgot the scale")
        self.hale("scale", "user=1")
        kit.eventually(lambda: len(self.running.service("user")["instances"]) == 1)
        self.hale("scale", "nope=1", code=1)
        self.hale("scale", "user", code=2)

    # Completion

    def complete(self, line):
        script = (f'PATH={os.path.dirname(kit.HALE)}:$PATH; source <(hale completion bash); '
                  'COMP_LINE=$1; COMP_POINT=${#1}; COMP_WORDBREAKS=$\' \\t\\n"\\\'><=;|&(:\'; _hale hale; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        result = subprocess.run(["bash", "--norc", "-c", script, "bash", line], cwd=self.running.folder,
                                env=self.running.environment, capture_output=True, text=True, timeout=20)
        self.assertEqual(result.stderr, "")
        return result.stdout.split()

    def test_bash_completes(self):
        project = f"hale -p {self.running.name} "
        self.assertEqual(self.complete("hale sta"), ["status", "start", "stats"])
        self.assertEqual(self.complete("hale up --sc"), ["--scale"])
        self.assertEqual(self.complete(project + "exec "), ["bad", "db", "good", "user", "web"])
        self.assertEqual(self.complete(project + "logs db w"), ["web"])
        self.assertEqual(self.complete(project + "up --scale=us"), ["user="])
        self.assertEqual(self.complete("hale ps --format="), ["table", "json"])
        self.assertEqual(self.complete("hale -f comp"), ["compose.yaml"])
        self.assertEqual(self.complete("hale kill -s SIGK"), ["SIGKILL"])
        self.assertEqual(self.complete("hale nope "), [])

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_completes(self):
        def complete(line):
            script = f'set PATH {os.path.dirname(kit.HALE)} $PATH; hale completion fish | source; complete -C "{line}"'
            result = subprocess.run(["fish", "--no-config", "-c", script], cwd=self.running.folder, capture_output=True,
                                    env=self.running.environment, text=True, timeout=20)
            return [words.split("\t")[0] for words in result.stdout.splitlines()]
        self.assertEqual(complete("hale up --sc"), ["--scale"])
        self.assertEqual(complete(f"hale -p {self.running.name} exec "), ["bad", "db", "good", "user", "web"])
        self.assertEqual(complete("hale -f comp"), ["compose.yaml"])

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_completes(self):
        def complete(*words):
            script = (f'PATH={os.path.dirname(kit.HALE)}:$PATH; autoload -U compinit; compinit -D; '
                      'source <(hale completion zsh); _describe() { print -l -- ${(P)2} }; _files() { print files }; '
                      'words=("$@"); CURRENT=$#words; _hale')
            result = subprocess.run(["zsh", "-f", "-c", script, "zsh", *words], cwd=self.running.folder,
                                    env=self.running.environment, capture_output=True, text=True, timeout=20)
            self.assertEqual(result.stderr, "")
            return [line.split(":")[0] for line in result.stdout.splitlines()]
        self.assertEqual(complete("hale", "up", "--sc"), ["--scale"])
        self.assertEqual(complete("hale", "-p", self.running.name, "exec", ""), ["bad", "db", "good", "user", "web"])
        self.assertEqual(complete("hale", "-f", "comp"), ["files"])


class LifeTests(kit.TestCase):
    """What needs a stack of its own."""

    def test_run_starts_what_it_depends_on_and_waits(self):
        port = kit.free_port()
        db = kit.echo_service(port, "--bind-after", "1")
        stack = self.stack({
            "db": db, "other": sleeper(),
            "app": sleeper(depends_on={"db": {"condition": "service_healthy"}}) | {"profiles": ["tools"]}})
        ask = f"import socket; s = socket.create_connection(('127.0.0.1', {port})); s.sendall(b'x\\n'); print(s.recv(99))"
        result = stack.hale("run", "--rm", "app", kit.PYTHON, "-c", ask)
        self.assertIn("x\\n", result.stdout)
        self.assertRegex(result.stderr, r"db +healthy in")
        # Only what was needed was started, and the task is no instance.
        self.assertEqual(set(stack.status()["services"]), {"db"})
        before = stack.pid("db")
        stack.hale("up", "-d")
        self.assertEqual(set(stack.status()["services"]), {"db", "other"})
        self.assertEqual(stack.pid("db"), before)

    def test_run_without_dependencies_needs_no_hale(self):
        stack = self.stack({"app": sleeper(depends_on=["db"]), "db": sleeper()})
        self.assertEqual(stack.hale("run", "--no-deps", "app", "echo", "hi").stdout, "hi\n")
        self.assertEqual(stack.hale("status", check=False).returncode, 3)
        state = stack.environment["HALE_RUNTIME"]
        self.assertEqual([name for _, _, names in os.walk(state) for name in names], [])

    def test_run_is_not_begun_where_a_dependency_fails(self):
        stack = self.stack({"app": sleeper(depends_on={"job": {"condition": "service_completed_successfully"}}),
                            "job": JOB | {"x-hale": {"run": "false"}}})
        result = stack.hale("run", "app", "echo", "hi", check=False)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("job failed", result.stderr)

    def test_run_gives_secrets_and_takes_them_away(self):
        stack = self.stack({"app": sleeper(secrets=["key"])}, secrets={"key": {"file": "./key.txt"}})
        stack.write_file("key.txt", "top secret")
        script = "cat $HALE_SECRETS/key; echo; echo $HALE_SECRETS"
        text, folder = stack.hale("run", "app", "sh", "-c", script).stdout.split("\n")[:2]
        self.assertEqual(text, "top secret")
        self.assertFalse(os.path.exists(folder))

    def test_down_ends_tasks(self):
        stack = self.stack({"app": sleeper()})
        stack.up()
        stack.hale("run", "-d", "--rm", "--name", "one", "app", "sh", "-c", "echo one; sleep 1000")
        stack.hale("run", "-d", "--name", "two", "app", "sh", "-c", "echo two; trap '' TERM; while :; do sleep 1; done")
        attached = subprocess.Popen(stack.command("run", "-T", "app", "sleep", "1000"), cwd=stack.folder,
                                    env=stack.environment, stdin=subprocess.DEVNULL)
        tasks = os.path.join(stack.environment["HALE_RUNTIME"], stack.name, "tasks")
        kit.eventually(lambda: len([n for n in os.listdir(tasks) if os.listdir(os.path.join(tasks, n))]) == 3)
        kit.eventually(lambda: len([pid for pid in stack.orphans() if "sleep 1000" in kit.command_line(pid)]) >= 3)
        result = stack.down("-t", "1")
        self.assertIn("ended the task one", result.stderr)
        self.assertEqual(attached.wait(20), 143)
        self.assertEqual(stack.orphans(), [])
        logs = os.listdir(os.path.join(stack.environment["HALE_STATE"], stack.name, "logs"))
        self.assertNotIn("one-1.log", logs)
        self.assertIn("two-1.log", logs)

    def test_down_finds_what_a_killed_run_left(self):
        stack = self.stack({"app": sleeper()})
        stack.up()
        task = subprocess.Popen(stack.command("run", "-T", "app", "sh", "-c", "setsid sleep 1000 & echo $!; wait"),
                                cwd=stack.folder, env=stack.environment, stdout=subprocess.PIPE, text=True)
        self.addCleanup(task.stdout.close)
        left = int(task.stdout.readline())
        kit.kill(task.pid)
        task.wait()
        self.assertTrue(kit.is_running(left))
        stack.down()
        self.assertFalse(kit.is_running(left))
        self.assertEqual([path for path, _, _ in os.walk("/sys/fs/cgroup") if f"/hale/{stack.name}" in path], [])

    def test_the_keepers_death_does_not_reach_services_through_a_task(self):
        stack = self.stack({"app": sleeper(depends_on={"db": {"condition": "service_started"}}), "db": sleeper()})
        # This hale starts the keeper, and so is the parent of what the keeper leaves.
        task = subprocess.Popen(stack.command("run", "-T", "app", "sh", "-c", "echo ready; read line"), cwd=stack.folder,
                                env=stack.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.assertEqual(task.stdout.readline(), "ready\n")
        before = stack.pid("db")
        kit.kill(stack.role("keeper"))
        kit.eventually(lambda: stack.hale("status", check=False).returncode in (0, 1))
        task.communicate("\n", timeout=20)
        self.assertEqual(task.returncode, 0)
        self.assertTrue(kit.is_running(before))
        kit.eventually(lambda: stack.pid("db") == before)

    def test_wait_takes_down(self):
        stack = self.stack({"app": sleeper(), "tests": JOB | {"x-hale": {"run": "sh -c 'sleep 0.2; exit 4'"}}})
        stack.hale("up", "-d")
        result = stack.hale("wait", "--down-project", "tests", check=False)
        self.assertEqual(result.returncode, 4)
        self.assertIn("tests-1 exited with status code 4", result.stdout)
        self.assertEqual(stack.hale("status", check=False).returncode, 3)

    def test_scale_brings_in_what_does_not_run_yet(self):
        stack = self.stack({"a": sleeper(), "b": sleeper(depends_on=["c"]), "c": sleeper(), "d": sleeper()})
        stack.hale("up", "-d", "a")
        stack.hale("scale", "b=2")
        self.assertEqual({name: len(pids) for name, pids in stack.pids().items()}, {"a": 1, "b": 2, "c": 1})
        stack.hale("scale", "--no-deps", "d=1", "b=0")
        kit.eventually(lambda: {name: len(pids) for name, pids in stack.pids().items()}
                       == {"a": 1, "b": 0, "c": 1, "d": 1})

    @unittest.skipUnless(os.geteuid() == 0, "needs root to become another user")
    def test_without_root(self):
        stack = self.stack({"web": kit.echo_service(kit.free_port(), "--children", "2")}, user=kit.NOBODY)
        stack.up()
        self.assertEqual(stack.hale("exec", "web", "id", "-u").stdout, f"{kit.NOBODY}\n")
        result = stack.hale("exec", "-u", "root", "web", "id", check=False)
        self.assertEqual(result.returncode, 125)
        self.assertIn("only root", result.stderr)
        rows = [json.loads(line) for line in stack.hale("top", "--format", "json").stdout.splitlines()]
        self.assertEqual(len(rows), 3)
        row = json.loads(stack.hale("stats", "--no-stream", "--format", "json").stdout)
        self.assertEqual(row["PIDs"], "3")
        mark = stack.path("left")
        stack.hale("run", "web", "sh", "-c", f"setsid sleep 1000 & echo $! > {mark}")
        self.assertFalse(kit.is_running(int(read(mark))))
        process = subprocess.Popen(stack.command("exec", "-T", "web", "sleep", "1000"), cwd=stack.folder,
                                   env=stack.environment, stdin=subprocess.DEVNULL)
        kit.eventually(lambda: kit.descendants_of(process.pid))
        stack.hale("restart", "web")
        self.assertEqual(process.wait(20), 137)


class ExitCodeTests(kit.TestCase):
    """One for each line of the table in docs/cli.md."""

    def code(self, stack, *arguments, **options):
        return stack.hale(*arguments, check=False, **options).returncode

    def test_0_1_of_status(self):
        stack = self.stack({"a": sleeper(), "b": sleeper()})
        stack.up()
        self.assertEqual(self.code(stack, "status"), 0)
        stack.hale("stop", "b")
        self.assertEqual(self.code(stack, "status"), 1)
        stack.hale("stop", "a")
        self.assertEqual(self.code(stack, "status"), 1)

    def test_2_for_nonsense(self):
        stack = self.stack({"a": sleeper()})
        for words in ["nope"], ["up", "--nope"], ["scale", "a"], ["port", "a"], ["kill", "-s", "NOPE"], []:
            self.assertEqual(self.code(stack, *words), 2, words)

    def test_3_and_125_where_nothing_runs(self):
        stack = self.stack({"a": sleeper()})
        self.assertEqual(self.code(stack, "status"), 3)
        for words in (["exec", "a", "true"], ["port", "a", "1"], ["top"], ["stats", "--no-stream"], ["wait", "a"],
                      ["kill", "a"], ["stop"], ["restart"]):
            self.assertEqual(self.code(stack, *words), 125, words)

    def test_4_where_hale_does_not_answer(self):
        stack = self.stack({"a": sleeper()})
        stack.up()
        healer = stack.role("healer")
        os.kill(healer, signal.SIGSTOP)
        try:
            self.assertEqual(self.code(stack, "status"), 4)
            self.assertEqual(self.code(stack, "exec", "a", "true"), 125)
        finally:
            os.kill(healer, signal.SIGCONT)
        kit.eventually(lambda: self.code(stack, "status") == 0)

    def test_124_where_the_time_ran_out(self):
        stack = self.stack({"slow": kit.echo_service(kit.free_port(), "--bind-after", "60")})
        self.assertEqual(self.code(stack, "up", "-d", "--wait", "--wait-timeout", "1"), 124)

    def test_141_where_nobody_reads(self):
        stack = self.stack({"a": sleeper()})
        reader, writer = os.pipe()
        os.close(reader)
        try:
            process = subprocess.run(stack.command("config"), stdout=writer, env=stack.environment, cwd=stack.folder,
                                     stdin=subprocess.DEVNULL, timeout=20)
        finally:
            os.close(writer)
        self.assertEqual(process.returncode, 141)


class ManualPageTests(kit.TestCase):
    def setUp(self):
        self.page = os.path.join(kit.tempfile.mkdtemp(prefix="hale-acc-"), "hale.1")
        self.addCleanup(shutil.rmtree, os.path.dirname(self.page))
        with open(self.page, "wb") as file:
            subprocess.run([kit.HALE, "man"], stdout=file, check=True, timeout=20)

    @unittest.skipUnless(shutil.which("man"), "man is not installed")
    def test_man_shows_it_without_a_warning(self):
        result = subprocess.run(["man", "-l", "--warnings", "-E", "UTF-8", self.page], capture_output=True, text=True,
                                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MANWIDTH": "80"}, timeout=20)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"hale exec \[OPTIONS\] SERVICE COMMAND…")

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_mandoc_has_nothing_to_say(self):
        result = subprocess.run(["mandoc", "-Tlint", "-W", "warning", self.page], capture_output=True, text=True,
                                timeout=20)
        self.assertEqual(result.stdout, "")


if __name__ == "__main__":
    kit.main()
