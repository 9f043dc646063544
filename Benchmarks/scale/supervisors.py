"""The supervisors that are compared: how each is told to keep many servers running."""

import concurrent.futures
import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

PORT = 7000
# setns(2)
CLONE_NEWNET = 0x40000000


def children_of(pid):
    """Every process that `pid` has started, and that those have."""
    found = []
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return found
    for child in map(int, children):
        found += [child] + children_of(child)
    return found


class Supervisor:
    """A supervisor with `count` servers, each at an address of its own."""

    name = ""
    programs = ()
    package = ""

    def __init__(self, folder, server, count):
        self.folder = pathlib.Path(folder) / self.name
        self.folder.mkdir()
        self.server = str(server)
        self.count = count
        self.process = None

    @classmethod
    def missing(cls):
        """The first program it needs that is not installed."""
        return next((program for program in cls.programs if shutil.which(program) is None), None)

    def addresses(self):
        """Where the servers listen, in order."""
        return [f"127.77.{number >> 8}.{number & 255}" for number in range(1, self.count + 1)]

    def inside(self, ask):
        """What `ask` returns where the servers are found."""
        return ask()

    def launch(self, *arguments):
        with open(self.folder / "output", "ab") as output:
            self.process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)

    def prepare(self):
        """Writes its configuration; not part of the time to up."""
        raise NotImplementedError

    def start(self):
        raise NotImplementedError

    def own_processes(self):
        """The pids of the supervisor itself."""
        return [pid for pid in [self.process.pid, *children_of(self.process.pid)] if not self.is_server(pid)]

    def is_server(self, pid):
        try:
            return os.path.samefile(f"/proc/{pid}/exe", self.server)
        except OSError:
            return True

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Supervisord(Supervisor):
    name = "supervisord"
    programs = ("supervisord",)
    package = "supervisor"

    def prepare(self):
        # Its own logs are off, those of the programs are as it comes: a file for each stream.
        text = ("[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\nminfds=20000\n"
                f"pidfile={self.folder}/supervisord.pid\nchildlogdir={self.folder}\n")
        for number, address in enumerate(self.addresses()):
            text += f"[program:server{number}]\ncommand={self.server} {address} {PORT}\nautorestart=true\n"
        (self.folder / "supervisord.conf").write_text(text, encoding="utf-8")

    def start(self):
        self.launch("supervisord", "-c", str(self.folder / "supervisord.conf"))


class S6(Supervisor):
    name = "s6"
    programs = ("s6-svscan", "s6-supervise", "s6-svscanctl")
    package = "s6"

    def prepare(self):
        for number, address in enumerate(self.addresses()):
            service = self.folder / "scan" / f"server{number}"
            service.mkdir(parents=True)
            run = service / "run"
            run.write_text(f"#!/bin/sh\nexec {self.server} {address} {PORT}\n", encoding="utf-8")
            run.chmod(0o755)

    def start(self):
        self.launch("s6-svscan", "-c", str(self.count + 10), str(self.folder / "scan"))

    def stop(self):
        subprocess.run(["s6-svscanctl", "-t", str(self.folder / "scan")], check=False, stderr=subprocess.DEVNULL)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            super().stop()


class Hale(Supervisor):
    """Each server is a service with a TCP check every ten seconds; no other one here checks anything."""

    name = "hale"
    binary = None

    def __init__(self, folder, server, count):
        super().__init__(folder, server, count)
        self.project = f"scale-{os.getpid()}"
        self.network = None
        self.environment = dict(os.environ, HALE_STATE=str(self.folder / "state"),
                                HALE_RUNTIME=str(self.folder / "runtime"))

    def prepare(self):
        service = {"image": "example/server:1", "restart": "unless-stopped",
                   "x-hale": {"run": [self.server, "$$HALE_HOST", str(PORT)],
                              "check": {"tcp": PORT, "interval": "10s"}}}
        model = {"x-hale": {"status": "off"}, "services": {f"server{n}": service for n in range(self.count)}}
        (self.folder / "compose.yaml").write_text(json.dumps(model), encoding="utf-8")

    def hale(self, *arguments):
        command = [self.binary, "-f", str(self.folder / "compose.yaml"), "-p", self.project, *arguments]
        with open(self.folder / "output", "ab") as output:
            return subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self.environment, check=False)

    def start(self):
        if self.hale("up", "-d", "--wait").returncode != 0:
            raise RuntimeError(f"hale up failed: {(self.folder / 'output').read_text()[-2000:]}")

    def addresses(self):
        """As Hale gave them, once it runs."""
        result = subprocess.run(
            [self.binary, "-p", self.project, "status", "--format", "json"], env=self.environment, cwd=self.folder,
            stdout=subprocess.PIPE, check=False)
        services = json.loads(result.stdout)["services"].values()
        self.network = next(iter(services))["instances"][0].get("network")
        return [instance["address"] for service in services for instance in service["instances"]]

    def inside(self, ask):
        """On a thread in the network of the services, where they have one of their own."""
        def enter():
            if self.network is not None:
                with open(f"/run/netns/{self.network}", encoding="ascii") as file:
                    if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
                        raise OSError(ctypes.get_errno(), f"cannot enter the network namespace {self.network}")
            return ask()
        with concurrent.futures.ThreadPoolExecutor(1) as thread:
            return thread.submit(enter).result()

    def own_processes(self):
        mark = f" -p {self.project}"
        found = []
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                words = pathlib.Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if mark in words and words.startswith("hale "):
                found.append(int(name))
        return found

    def stop(self):
        self.hale("down", "-t", "5")


ALL = (Hale, Supervisord, S6)


def kill_quietly(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def processor_seconds(pids):
    """What those processes have used so far."""
    ticks = 0
    for pid in pids:
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_kilobytes(pids):
    """Proportional set size: what is shared counts in part for each that shares it."""
    total = 0
    for pid in pids:
        try:
            lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def until(question, patience, message):
    """Asks until the answer is true; an answer that never comes is an error."""
    deadline = time.monotonic() + patience
    while not question():
        if time.monotonic() > deadline:
            raise RuntimeError(message)
        time.sleep(0.02)
