"""Hale survives itself: whatever of it is killed or removed, services go on, nothing runs twice, and down leaves nothing."""
import glob
import json
import os
import shutil
import signal
import subprocess
import threading
import unittest

import kit

ROLES = "keeper", "healer", "gateway"


def shell_service(script, **more):
    return {"image": "example/shell:1", "x-hale": {"run": ["/bin/sh", "-c", script.replace("$", "$$")]}} | more


class Survivor(kit.TestCase):
    def runtime(self, stack):
        return os.path.join(stack.environment["HALE_RUNTIME"], stack.name)

    def state(self, stack, name):
        return os.path.join(stack.environment["HALE_STATE"], stack.name, name)

    def roles_of(self, stack):
        return [pid for pid in kit.all_pids()
                if any(f"hale {role} -p {stack.name}" in kit.command_line(pid) for role in ROLES)
                and kit.is_running(pid)]

    def kill_all_roles(self, stack):
        """At once, so that none starts another: all are stopped first."""
        pids = self.roles_of(stack)
        for number in signal.SIGSTOP, signal.SIGKILL:
            for pid in pids:
                kit.kill(pid, number)
        kit.eventually(lambda: not self.roles_of(stack), 10)

    def assert_nothing_left(self, stack):
        kit.eventually(lambda: not stack.orphans() and not self.roles_of(stack), 10,
                       message=lambda: f"left: {stack.orphans()} {self.roles_of(stack)}")
        self.assertFalse(os.path.exists(self.runtime(stack)), "the folder of sockets is still there")
        groups = [path for path in glob.glob(f"/sys/fs/cgroup/hale/{stack.name}")
                  + glob.glob(f"/sys/fs/cgroup/*/hale/{stack.name}")]
        self.assertEqual(groups, [])


class RoleTests(Survivor):
    def test_all_three_at_once_again_and_again(self):
        port = kit.free_port()
        stack = self.stack({"echo": kit.echo_service(port), "other": kit.echo_service(kit.free_port())})
        stack.up()
        before = stack.pids()
        for _ in range(5):
            self.kill_all_roles(stack)
            stack.up()
            self.assertEqual(stack.pids(), before)
            self.assertTrue(kit.ask(port, timeout=15).endswith("hello"))
            self.assertEqual([stack.service(name)["restarts"] for name in before], [0, 0])

    def test_up_while_old_roles_are_half_dead(self):
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        stack.up()
        before = stack.pids()
        for victims in [("keeper",), ("keeper", "gateway"), ("keeper", "healer"), ("healer", "gateway")]:
            for pid in [stack.role(role) for role in victims]:
                kit.kill(pid)
            stack.up()
            self.assertEqual(stack.pids(), before, victims)

    def test_gateway_revives_where_healer_and_keeper_died(self):
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        stack.up()
        before = stack.pids()
        victims = [stack.role("keeper"), stack.role("healer")]
        for number in signal.SIGSTOP, signal.SIGKILL:
            for pid in victims:
                kit.kill(pid, number)
        kit.eventually(lambda: stack.role("keeper", timeout=0) not in victims, 20)
        kit.eventually(lambda: stack.status()["status"] == "healthy", 20)
        self.assertEqual(stack.pids(), before)

    def text(self, path):
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def test_up_in_the_foreground_revives_all(self):
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        said = open(stack.path("said"), "wb")
        self.addCleanup(said.close)
        up = subprocess.Popen(stack.command("up"), env=stack.environment, cwd=stack.folder, stdin=subprocess.DEVNULL,
                              stdout=said, stderr=said, start_new_session=True)
        self.addCleanup(up.wait)
        self.addCleanup(up.kill)
        stack.wait_until_healthy("echo")
        # Once all was started it looks after Hale; before that it only waits.
        kit.eventually(lambda: "Status API" in self.text(stack.path("said")), message="up never said that it is up")
        before, roles = stack.pids(), self.roles_of(stack)
        for number in signal.SIGSTOP, signal.SIGKILL:
            for pid in roles:
                kit.kill(pid, number)
        kit.eventually(lambda: stack.status()["processes"]["healer"] not in (None, *roles), 30)
        kit.eventually(lambda: stack.status()["status"] == "healthy", 20)
        self.assertEqual(stack.pids(), before)
        # Taken down by another command it ends, and brings nothing up again.
        stack.down()
        self.assertEqual(up.wait(timeout=30), 0)
        self.assert_nothing_left(stack)

    def test_binary_is_replaced_under_hale(self):
        """An upgrade puts another file in its place; whoever is started next is the new one, whoever starts it."""
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        binary = stack.path("hale")
        shutil.copy(kit.HALE, binary)
        words = [binary, "-f", stack.path("compose.yaml"), "-p", stack.name, "up", "-d", "--wait"]
        subprocess.run(words, check=True, env=stack.environment, cwd=stack.folder, capture_output=True, timeout=60)
        before = stack.pids()
        os.unlink(binary)
        shutil.copy(kit.HALE, binary)
        for role in "keeper", "healer", "gateway", "keeper":
            old = stack.role(role)
            kit.kill(old)
            kit.eventually(lambda: stack.role(role, timeout=0) != old, 15)
            kit.eventually(lambda: stack.status()["processes"]["healer"] and stack.role("gateway", timeout=0), 15)
            kit.eventually(lambda: stack.status()["status"] == "healthy", 20)
            self.assertEqual(stack.pids(), before)

    def test_exits_are_told_in_order_to_the_next_healer(self):
        names = ["c", "a", "d", "b"]
        stack = self.stack({name: shell_service("exec sleep 1000", restart="no") for name in names})
        stack.up()
        healer, log = stack.role("healer"), self.state(stack, "hale/healer.log")
        kit.kill(healer, signal.SIGSTOP)
        for name in names:
            pid = stack.orphans() and self.pids_of(stack, name)[0]
            kit.kill(pid)
            kit.eventually(lambda: not kit.is_running(pid))
        kit.kill(healer)
        for name in names:
            self.assertEqual(stack.wait_for_state(name, "failed")["instances"][0]["exit_code"], 137)
        with open(log, encoding="utf-8") as file:
            exits = [line.split(" exited ")[1][0] for line in file if " exited " in line]
        self.assertEqual(exits, names)

    def pids_of(self, stack, name):
        mark = f"HALE_SERVICE={name}\0".encode()
        return [pid for pid in stack.orphans() if mark in kit.read_process_file(pid, "environ")]

    def test_hung_healer_is_replaced_by_up(self):
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        stack.up()
        before, healer = stack.pids(), stack.role("healer")
        kit.kill(healer, signal.SIGSTOP)
        stack.up()
        self.assertNotEqual(stack.role("healer"), healer)
        self.assertEqual(stack.pids(), before)

    def test_concurrent_ups_make_one_keeper(self):
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        self.addCleanup(stack.down, check=False)
        for _ in range(3):
            results = []

            def up():
                results.append(stack.hale("up", "-d", "--wait", "--wait-timeout", "60", check=False))

            threads = [threading.Thread(target=up) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual([result.returncode for result in results], [0] * 4,
                             "\n".join(result.stderr for result in results))
            # One that came too late to be the keeper may be about to end.
            kit.eventually(lambda: len(self.keepers_of(stack)) == 1)
            self.assertEqual(len(stack.orphans()), 1)
            stack.down()

    def keepers_of(self, stack):
        return [pid for pid in self.roles_of(stack) if " keeper " in kit.command_line(pid)]

    def test_new_keeper_says_that_exit_codes_are_lost(self):
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        stack.up()
        before, keeper = stack.pids(), stack.role("keeper")
        kit.kill(keeper)
        notice = kit.eventually(
            lambda: [text for text in stack.status()["notices"] if "exit codes" in text], 15)
        self.assertIn("echo-1", notice[0])
        self.assertEqual(stack.pids(), before)
        kit.kill(before["echo"][0])
        kit.eventually(lambda: stack.pid("echo") != before["echo"][0])
        self.assertIn("exited echo-1: ended, and how is not known", stack.own_logs(500))

    def test_recycled_pid_is_not_touched(self):
        """A record that names another process's pid leads nowhere, be it by start time or by start of the host."""
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        stack.up()
        old = stack.pid("echo")
        self.kill_all_roles(stack)
        kit.kill(old)
        stranger = subprocess.Popen(["sleep", "1000"], start_new_session=True)
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        record, = glob.glob(os.path.join(self.runtime(stack), "children", "*"))
        with open(record, "rb") as file:
            head, _, rest = file.read().partition(b"\n")
        boot, _, start = head.split(b" ")
        with open(record, "wb") as file:
            file.write(b" ".join([boot, str(stranger.pid).encode(), start]) + b"\n" + rest)
        stack.up()
        self.assertNotIn(stack.pid("echo"), (old, stranger.pid))
        stack.hale("restart", "echo")
        self.assertIsNone(stranger.poll(), "a process that is not Hale's was ended")

    def test_crash_loop_is_not_prolonged_by_killing_the_healer(self):
        runs = os.path.join(kit.tempfile.mkdtemp(prefix="hale-runs-"), "runs")
        self.addCleanup(shutil.rmtree, os.path.dirname(runs), True)
        stack = self.stack({"loop": shell_service(f"echo x >>{runs}; exit 1", restart="always") | {
            "x-hale": {"run": ["/bin/sh", "-c", f"echo x >>{runs}; exit 1"],
                       "restart": {"backoff": "100ms", "cap": "200ms", "budget": 5, "window": "5m"}}}})
        stack.hale("up", "-d", check=False)

        def count():
            with open(runs, encoding="ascii") as file:
                return len(file.readlines())

        for wanted in 2, 4:
            kit.eventually(lambda: count() >= wanted, 20)
            kit.kill(stack.role("healer"))
        stack.wait_for_state("loop", "quarantined")
        self.assertEqual(count(), 6, "the budget of 5 restarts was not kept across healers")
        kit.kill(stack.role("healer"))
        kit.eventually(lambda: stack.service("loop")["state"] == "quarantined", 15)
        self.assertEqual(count(), 6)

    def test_new_healer_touches_nothing(self):
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        stack.up()
        before, healer = stack.pids(), stack.role("healer")
        log = self.state(stack, "hale/healer.log")
        seen = os.path.getsize(log)
        kit.kill(healer)
        kit.eventually(lambda: stack.status()["processes"]["healer"] not in (None, healer), 15)
        stack.wait_until_healthy("echo")
        self.assertEqual(stack.pids(), before)
        with open(log, encoding="utf-8") as file:
            file.seek(seen)
            said = file.read()
        self.assertIn("adopted echo-1", said)
        for deed in "starting ", "restarting ", "stopping ", "killed ":
            self.assertNotIn(f" {deed}echo-1", said)

    def test_state_files_are_whole_after_many_deaths(self):
        stack = self.stack({"echo": kit.echo_service(kit.free_port()), "other": kit.echo_service(kit.free_port())})
        stack.up()
        for round_ in range(6):
            stack.hale("stop" if round_ % 2 == 0 else "start", "echo", check=False)
            kit.kill(stack.role("healer"))
            kit.eventually(lambda: stack.status()["services"], 15)
            for name in "stack.json", "will.json", "memory.json":
                if os.path.exists(self.state(stack, name)):
                    with open(self.state(stack, name), encoding="utf-8") as file:
                        json.load(file)
        self.assertNotIn("ignoring", stack.own_logs(1000))


class SoakTests(Survivor):
    """HALE_ROUNDS sets how often each role is killed."""

    ROUNDS = int(os.environ.get("HALE_ROUNDS") or 4)

    def test_clients_and_services_notice_nothing(self):
        port = kit.free_port()
        stack = self.stack({"echo": kit.echo_service(port), "other": kit.echo_service(kit.free_port())})
        stack.up()
        before = stack.pids()
        failures, answered, over = [], [0], threading.Event()

        def ask():
            while not over.is_set():
                try:
                    kit.ask(port, timeout=20)
                    answered[0] += 1
                except OSError as error:
                    failures.append(error)

        clients = [threading.Thread(target=ask) for _ in range(3)]
        for client in clients:
            client.start()
        try:
            with kit.connect(port) as session:
                lines = session.makefile("rw")
                for round_ in range(self.ROUNDS):
                    self.replace(stack, "healer")
                    lines.write(f"{round_}\n")
                    lines.flush()
                    self.assertTrue(lines.readline().rstrip().endswith(f" {round_}"))
            for round_ in range(self.ROUNDS):
                for role in "gateway", "healer":
                    self.replace(stack, role)
            refused = [error for error in failures if isinstance(error, ConnectionRefusedError)]
            self.assertEqual(refused, [], "a client was refused though only healer or gateway was killed")
            for round_ in range(self.ROUNDS):
                self.replace(stack, "keeper")
                self.assertEqual(stack.pids(), before, f"after keeper {round_}")
            for round_ in range(self.ROUNDS):
                self.kill_all_roles(stack)
                stack.up()
                self.assertEqual(stack.pids(), before, f"after all in round {round_}")
        finally:
            over.set()
            for client in clients:
                client.join()
        self.assertGreater(answered[0], self.ROUNDS)
        self.assertEqual(stack.pids(), before)
        self.assertEqual([stack.service(name)["restarts"] for name in before], [0, 0])
        log = stack.own_logs(100_000)
        self.assertNotIn(" exited echo-1", log, "an exit was invented")

    def replace(self, stack, role):
        old = stack.role(role)
        kit.kill(old)
        kit.eventually(lambda: stack.role(role, timeout=0) not in (None, old), 20)
        kit.eventually(lambda: stack.status()["status"] == "healthy", 20)


class RebootTests(Survivor):
    def services(self, log):
        return {
            "db": kit.echo_service(kit.free_port()),
            "app": kit.echo_service(kit.free_port()) | {"depends_on": {
                "db": {"condition": "service_healthy"}, "job": {"condition": "service_completed_successfully"}}},
            "job": shell_service(f"echo ran >>{log}", restart="no"),
            "by-hand": kit.echo_service(kit.free_port()),
        }

    def test_last_wanted_state_comes_back_in_order(self):
        folder = kit.tempfile.mkdtemp(prefix="hale-job-")
        self.addCleanup(shutil.rmtree, folder, True)
        log = os.path.join(folder, "log")
        stack = self.stack(self.services(log))
        stack.up()
        stack.hale("stop", "by-hand")
        addresses = {name: stack.instance(name)["address"] for name in ("db", "app")}
        self.kill_all_roles(stack)
        for pid in stack.orphans():
            kit.kill(pid)
        kit.eventually(lambda: not stack.orphans())
        shutil.rmtree(self.runtime(stack))
        plan = json.loads(stack.hale("up", "--dry-run", "--format", "json").stdout)
        self.assertEqual([change["service"] for change in plan if change["action"] == "start"], ["app", "db", "job"])
        self.assertNotIn("by-hand", [change["service"] for change in plan])
        # From anywhere, with the name alone.
        result = subprocess.run([kit.HALE, "-p", stack.name, "up", "-d", "--wait", "--wait-timeout", "60"], cwd="/",
                                env=stack.environment, capture_output=True, text=True, timeout=100)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("by-hand", result.stderr)
        self.assertEqual(stack.service("by-hand")["state"], "stopped")
        self.assertEqual(stack.service("job")["state"], "completed")
        with open(log, encoding="ascii") as file:
            self.assertEqual(file.read(), "ran\n", "the one-shot was run again")
        self.assertLess(stack.instance("db")["started_at"], stack.instance("app")["started_at"])
        self.assertEqual({name: stack.instance(name)["address"] for name in addresses}, addresses)
        stack.hale("up", "-d")
        stack.wait_until_healthy("by-hand")

    def test_records_of_an_earlier_start_of_the_host_lead_nowhere(self):
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        stack.up()
        old = stack.pid("echo")
        self.kill_all_roles(stack)
        kit.kill(old)
        record, = glob.glob(os.path.join(self.runtime(stack), "children", "*"))
        with open(record, "rb") as file:
            content = file.read()
        stranger = subprocess.Popen(["sleep", "1000"], start_new_session=True)
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        with open(f"/proc/{stranger.pid}/stat", encoding="ascii") as file:
            start = file.read().rpartition(")")[2].split()[19]
        with open(record, "wb") as file:
            file.write(f"another-boot {stranger.pid} {start}\n".encode() + content.partition(b"\n")[2])
        stack.up()
        self.assertNotEqual(stack.pid("echo"), stranger.pid)
        stack.down()
        self.assertIsNone(stranger.poll(), "a process that is not Hale's was ended")


class RemovedFolderTests(Survivor):
    def test_folder_is_made_again(self):
        port = kit.free_port()
        stack = self.stack({"echo": kit.echo_service(port, notify=False)})
        stack.up()
        before = stack.pids()
        shutil.rmtree(self.runtime(stack))
        stack.up()
        self.assertEqual(stack.pids(), before)
        for role in "keeper", "healer":
            old = stack.role(role)
            kit.kill(old)
            kit.eventually(lambda: stack.role(role, timeout=0) != old, 15)
            kit.eventually(lambda: stack.status()["status"] == "healthy", 20)
            self.assertEqual(stack.pids(), before)
        kit.kill(before["echo"][0])
        kit.eventually(lambda: stack.pid("echo") != before["echo"][0])
        self.assertTrue(kit.ask(port, timeout=15).endswith("hello"))
        stack.down()
        self.assert_nothing_left(stack)

    def test_parts_are_made_again(self):
        """Where only some files went, the others go on: no line of a log is lost or read twice."""
        script = "i=0; while :; do echo line $i; i=$((i+1)); sleep 0.01; done"
        stack = self.stack({"talker": shell_service(script)})
        stack.up()
        for name in "keeper.sock", "api.sock", "keeper.pid":
            os.unlink(os.path.join(self.runtime(stack), name))
            kit.eventually(lambda: os.path.exists(os.path.join(self.runtime(stack), name)), 15)
            kit.eventually(lambda: stack.hale("status", check=False).returncode == 0, 15)
        shutil.rmtree(os.path.join(self.runtime(stack), "children"))
        kit.eventually(lambda: os.listdir(os.path.join(self.runtime(stack), "children")), 15)
        seen = len(stack.log("talker").splitlines())
        kit.eventually(lambda: len(stack.log("talker").splitlines()) > seen + 20)
        numbers = [int(line.rsplit(" ", 1)[1]) for line in stack.log("talker").splitlines() if "line" in line]
        self.assertEqual(numbers, list(range(len(numbers))))

    def test_nothing_runs_twice_after_it_was_removed_and_hale_killed(self):
        stack = self.stack({"echo": kit.echo_service(kit.free_port())})
        stack.up()
        self.kill_all_roles(stack)
        shutil.rmtree(self.runtime(stack))
        stack.up()
        self.assertEqual(stack.orphans(), [stack.pid("echo")])


class DownTests(Survivor):
    DAEMON = ("import os, sys, time\n"
              "if os.fork() == 0:\n"
              "    os.setsid()\n"
              "    if os.fork(): os._exit(0)\n"
              "    time.sleep(1000)\n"
              "time.sleep(1000)\n")

    def started(self):
        stack = self.stack({
            "echo": kit.echo_service(kit.free_port(), "--children", "2"),
            "daemon": {"image": "example/daemon:1", "stop_grace_period": "1s",
                       "x-hale": {"run": [kit.PYTHON, "-c", self.DAEMON]}}})
        stack.up()
        kit.eventually(lambda: len(stack.orphans()) == 5, message=lambda: f"{stack.orphans()}")
        return stack

    def test_after_each_role_was_killed(self):
        stack = self.started()
        for role in ROLES:
            old = stack.role(role)
            kit.kill(old)
            stack.down()
            self.assert_nothing_left(stack)
            stack.up()
        stack.down()
        self.assert_nothing_left(stack)

    def test_after_all_roles_were_killed(self):
        stack = self.started()
        self.kill_all_roles(stack)
        stack.down()
        self.assert_nothing_left(stack)

    def test_after_the_folder_was_removed(self):
        stack = self.started()
        shutil.rmtree(self.runtime(stack))
        stack.down()
        self.assert_nothing_left(stack)

    def test_after_the_folder_was_removed_and_all_were_killed(self):
        stack = self.started()
        self.kill_all_roles(stack)
        shutil.rmtree(self.runtime(stack))
        result = stack.down()
        self.assertIn("daemon-1", result.stderr)
        self.assert_nothing_left(stack)

    def test_with_frozen_services(self):
        stack = self.started()
        stack.hale("pause", "echo")
        kit.kill(stack.pid("daemon"), signal.SIGSTOP)
        self.kill_all_roles(stack)
        stack.down("-t", "1")
        self.assert_nothing_left(stack)
        stack.up()
        stack.hale("pause")
        stack.down("-t", "1")
        self.assert_nothing_left(stack)

    def test_with_a_keeper_that_was_stopped(self):
        stack = self.started()
        kit.kill(stack.role("keeper"), signal.SIGSTOP)
        stack.down("-t", "1")
        self.assert_nothing_left(stack)

    def test_while_up_is_under_way(self):
        stack = self.stack({"slow": kit.echo_service(kit.free_port(), "--ready-after", "30", check=None, notify=True)})
        up = subprocess.Popen(stack.command("up", "-d", "--wait"), env=stack.environment, cwd=stack.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(up.stdout.close)
        kit.eventually(lambda: stack.service("slow")["state"] == "starting" and stack.pid("slow"))
        stack.down("-t", "1")
        self.assertNotEqual(up.wait(timeout=30), 0)
        self.assert_nothing_left(stack)


if __name__ == "__main__":
    kit.main()
