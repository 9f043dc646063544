"""What every acceptance test needs: a stack on the built binary, in folders and on ports of its own.

Nothing here waits for a time to pass: whatever takes time is asked for again and again until a deadline.
"""
import concurrent.futures
import contextlib
import ctypes
import datetime
import itertools
import json
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
HALE = os.path.abspath(os.environ.get("HALE_BINARY") or os.path.join(PROJECT, ".build", "release", "hale"))
EXAMPLES = os.path.join(PROJECT, "Examples")
SERVERS = os.path.join(HERE, "servers")
PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else sys.executable
NOBODY = 65534

_numbers = itertools.count(1)


# Of the tests that run at the same time each has ports of its own: "0/2" are the first of every two.
_lane, _lanes = map(int, os.environ.get("HALE_TEST_LANE", "0/1").split("/"))
_ports = set()


def free_port():
    """A TCP port that nobody uses, below the ports that the kernel hands out by itself. Never the same one twice."""
    for _ in range(1000):
        port = random.randrange(20000 + _lane, 32000, _lanes)
        if port in _ports:
            continue
        _ports.add(port)
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port below 32768")


def eventually(question, timeout=20, every=0.02, message="what was waited for never came"):
    """Asks until the answer is true, and returns it. An error counts as no; the last one is shown at the deadline."""
    deadline = time.monotonic() + timeout
    while True:
        error = None
        try:
            answer = question()
            if answer:
                return answer
        except (OSError, ValueError, KeyError, LookupError, AssertionError, subprocess.SubprocessError) as caught:
            error = caught
        if time.monotonic() > deadline:
            described = message() if callable(message) else message
            raise AssertionError(f"{described} (after {timeout} s{f'; {error!r}' if error else ''})")
        time.sleep(every)


def stays(question, seconds, message="what should have stayed did not"):
    """Asks for as long as `seconds` and fails at the first answer that is not true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert question(), message() if callable(message) else message
        time.sleep(0.02)


def process_state(pid):
    """The letter that the kernel gives for a process; None where there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_running(pid):
    return process_state(pid) not in (None, "Z", "X")


def all_pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def read_process_file(pid, name):
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            return file.read()
    except OSError:
        return b""


def command_line(pid):
    return read_process_file(pid, "cmdline").replace(b"\0", b" ").decode(errors="replace").strip()


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def descendants_of(pid):
    found = []
    for child in children_of(pid):
        found += [child] + descendants_of(child)
    return found


def kill(pid, number=signal.SIGKILL):
    assert pid and pid > 1, f"not a process of the test: {pid}"
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def unmount_below(folder):
    """Unmounts whatever is mounted in a folder of a test's own."""
    with open("/proc/self/mounts", encoding="utf-8") as file:
        places = [line.split()[1] for line in file]
    for place in reversed([place for place in places if place.startswith(folder + "/")]):
        subprocess.run(["umount", "-l", place], check=False, stderr=subprocess.DEVNULL)


def datetime_of(text):
    """The instant that an RFC 3339 time in UTC names; nanoseconds are more than Python takes."""
    return datetime.datetime.fromisoformat(text[:19] + "+00:00")


def connect(port, timeout=5, host="127.0.0.1", network=None):
    """A connection to there, as from within the network namespace of that name where there is one."""
    if network is None:
        return socket.create_connection((host, port), timeout=timeout)
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        client = thread.submit(socket_in, network).result()
    client.settimeout(timeout)
    try:
        client.connect((host, port))
    except OSError:
        client.close()
        raise
    return client


def socket_in(network):
    """To be called on a thread of its own, which stays in that network namespace."""
    with open(f"/run/netns/{network}", encoding="ascii") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), f"cannot enter the network namespace {network}")
    return socket.socket()


def ask(port, text="hello", timeout=5, host="127.0.0.1"):
    """What an echo server answers to one line."""
    with connect(port, timeout, host) as client:
        client.sendall(text.encode() + b"\n")
        return client.makefile("r", encoding="utf-8").readline().rstrip("\n")


def server(name, *arguments):
    """The words that run one of the servers in this folder."""
    return [PYTHON, os.path.join(SERVERS, name), *map(str, arguments)]


# Asked every second, and twice in quick succession before a verdict.
QUICK_CHECK = {"tcp": 7000, "interval": "1s", "timeout": "1s", "retries": 2, "start_period": "10s",
               "start_interval": "100ms"}


def echo_service(port, *arguments, check=QUICK_CHECK, **extension):
    """A service that echoes lines, reached on `port`; `extension` goes under x-hale."""
    hale = {"run": server("echo.py", *arguments), "confirm": "200ms"} | extension
    if check is not None:
        hale["check"] = check
    return {"image": "example/echo:1", "restart": "unless-stopped", "ports": [f"127.0.0.1:{port}:7000"],
            "stop_grace_period": "5s", "x-hale": hale}


class Stack:
    """A Compose project of its own, run by the built binary."""

    def __init__(self, services=None, files=None, user=None, **top):
        self.user = user
        self.name = f"acc{os.getpid()}n{next(_numbers)}"
        self.folder = tempfile.mkdtemp(prefix="hale-acc-")
        # The servers may run as users of their own, who have to find their folders.
        os.chmod(self.folder, 0o755)
        self.status_port = free_port()
        self.files = files or [os.path.join(self.folder, "compose.yaml")]
        self.environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.folder, "LANG": "C.UTF-8",
            "HALE_STATE": os.path.join(self.folder, "state"), "HALE_RUNTIME": os.path.join(self.folder, "run"),
            "HALE_STATUS_ADDRESS": f"127.0.0.1:{self.status_port}",
        }
        self.model = {"services": services or {}} | top
        if files is None:
            self.write()
        if user is not None:
            os.chown(self.folder, user, user)

    # Files

    def write(self):
        """Writes the model as the Compose file; JSON is YAML."""
        self.write_file("compose.yaml", json.dumps(self.model, indent=2))

    def write_file(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path + ".new", mode)
        os.rename(path + ".new", path)
        return path

    def path(self, name):
        return os.path.join(self.folder, name)

    # The command

    def command(self, *arguments):
        words = [HALE]
        for file in self.files:
            words += ["-f", file]
        words += ["-p", self.name, *arguments]
        if self.user is not None:
            words = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups", *words]
        return words

    def hale(self, *arguments, check=True, timeout=120, environment=None):
        result = subprocess.run(
            self.command(*arguments), cwd=self.folder, env=self.environment | (environment or {}),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, errors="replace")
        if check and result.returncode != 0:
            raise AssertionError(
                f"hale {' '.join(arguments)} ended with {result.returncode}\n{result.stdout}{result.stderr}\n"
                f"{self.own_logs()}")
        return result

    def up(self, *arguments, timeout=120):
        return self.hale("up", "-d", "--wait", "--wait-timeout", str(timeout - 10), *arguments, timeout=timeout)

    def down(self, *arguments, **options):
        return self.hale("down", *arguments, **options)

    # What it says of itself

    def get(self, path, timeout=5, headers=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.status_port}{path}", headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def status(self):
        return json.loads(self.get("/status")[1])

    def service(self, name):
        return self.status()["services"][name]

    def instance(self, name, number=1):
        return self.service(name)["instances"][number - 1]

    def connect(self, name, port, number=1, timeout=5):
        """A connection to an instance itself, past the gateway."""
        instance = self.instance(name, number)
        return connect(port, timeout, instance["address"], instance.get("network"))

    def pid(self, name, number=1):
        """The process of an instance, waited for."""
        return eventually(lambda: self.instance(name, number).get("pid"), message=f"{name} has no process")

    def pids(self):
        return {name: [instance.get("pid") for instance in service["instances"]]
                for name, service in self.status()["services"].items()}

    def is_healthy(self, name):
        service = self.service(name)
        return service["state"] == "running" and service["health"] in ("healthy", "none")

    def wait_until_healthy(self, *names, timeout=30):
        for name in names or list(self.status()["services"]):
            eventually(lambda: self.is_healthy(name), timeout,
                       message=lambda: f"{name} did not become healthy: {self.describe(name)}")

    def wait_for_state(self, name, *states, timeout=30):
        return eventually(lambda: self.service(name)["state"] in states and self.service(name), timeout,
                          message=lambda: f"{name} did not become {' or '.join(states)}: {self.describe(name)}")

    def describe(self, name):
        with contextlib.suppress(Exception):
            return json.dumps(self.service(name), indent=1)
        return "the status API does not answer\n" + self.own_logs()

    # Hale's own processes

    def role(self, role, timeout=10):
        """The pid of the keeper, the healer or the gateway, as its command line names it."""
        def find():
            for pid in all_pids():
                if f"hale {role} -p {self.name}" in command_line(pid) and is_running(pid):
                    return pid
            return None
        return eventually(find, timeout, message=f"there is no {role} of {self.name}")

    def orphans(self):
        """Every process that an instance of this stack started and that still runs."""
        mark = f"HALE_PROJECT={self.name}\0".encode()
        return [pid for pid in all_pids() if mark in read_process_file(pid, "environ") and is_running(pid)]

    @property
    def state(self):
        """Where what lasts is kept: where the environment says, or where Hale keeps it by itself without root."""
        base = self.environment.get("HALE_STATE") or os.path.join(self.environment["HOME"], ".local", "state", "hale")
        return os.path.join(base, self.name)

    def own_logs(self, lines=40):
        folder = os.path.join(self.state, "hale")
        text = ""
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                text += f"--- {name}\n" + "".join(file.readlines()[-lines:])
        return text

    def log(self, name, number=1):
        path = os.path.join(self.state, "logs", f"{name}-{number}.log")
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def close(self):
        """Ends everything of this stack, by asking and, where that fails, by pid."""
        problem = None
        try:
            result = self.hale("down", "-v", "-t", "5", check=False, timeout=90)
            if result.returncode != 0:
                problem = f"hale down ended with {result.returncode}: {result.stderr}"
        except subprocess.TimeoutExpired:
            problem = "hale down did not end"
        leftovers = self.orphans()
        roles = [pid for pid in all_pids() if f" -p {self.name}" in command_line(pid)]
        with contextlib.suppress(AssertionError):
            eventually(lambda: not any(map(is_running, roles)), timeout=5)
        roles = [pid for pid in roles if is_running(pid)]
        if problem or leftovers or roles:
            sys.stderr.write(self.own_logs())
        for pid in roles + leftovers:
            kill(pid)
        shutil.rmtree(self.folder, ignore_errors=True)
        if leftovers:
            problem = f"{problem or ''} processes were left behind: {leftovers}"
        if roles:
            problem = f"{problem or ''} roles of Hale were left behind: {roles}"
        if problem:
            raise AssertionError(problem)


class TestCase(unittest.TestCase):
    """A test that closes the stacks it starts, and shows what they said when it fails."""

    maxDiff = None

    def stack(self, *arguments, **options):
        stack = Stack(*arguments, **options)
        self.addCleanup(stack.close)
        return stack

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result else 0
        started = time.monotonic()
        outcome = super().run(result)
        after = len(result.failures) + len(result.errors) if result else 0
        sys.stderr.write(f"  {self.id().split('.', 1)[-1]}: {time.monotonic() - started:.1f} s"
                         f"{' FAILED' if after > before else ''}\n")
        return outcome


def main():
    unittest.main(verbosity=1)
