"""A Docker Engine of a test's own: Debian's dockerd on a private socket and folder, with images that are made here.

It has no networks and no rules of a firewall, so it leaves the host's alone.
"""
import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
import unittest
import urllib.request

import kit

BUSYBOX = "/bin/busybox"
# What a container runs: it is well until somebody makes it sick, and again after its next start unless it is hopeless.
WELL = "rm -f /sick; trap 'exit 0' TERM; while :; do sleep 0.1; done"
HOPELESS = "touch /sick; trap 'exit 0' TERM; while :; do sleep 0.1; done"
STUBBORN = "rm -f /sick; trap '' TERM; while :; do sleep 0.1; done"
# A server that says "well", and ends when it is asked to.
SERVE = "rm -f /sick; echo well >/index.html; trap 'exit 0' TERM; httpd -f -p 80 -h / & wait"
# The same as the first process of its container: where that is frozen, nothing answers. The kernel keeps SIGTERM from it.
SERVE_ALONE = "rm -f /sick; echo well >/index.html; exec httpd -f -p 80 -h /"
ASK = ["CMD-SHELL", "test ! -e /sick && wget -qO- http://127.0.0.1/"]


def service(script=SERVE, check=ASK, **more):
    """A service of a Compose file that runs a script in a container, and whose check, if any, is asked every second."""
    entry = {"image": "box:1", "command": ["sh", "-c", script.replace("$", "$$")], "restart": "unless-stopped",
             "stop_grace_period": "1s"}
    if check:
        entry["healthcheck"] = {"test": check, "interval": "1s", "timeout": "2s", "retries": 2}
    return entry | more


def make_box(folder):
    """The tar of an image in that folder: a static busybox and nothing else."""
    path = os.path.join(folder, "box.tar")
    with tarfile.open(path, "w") as archive:
        archive.add(BUSYBOX, "bin/busybox")
        for name in ("sh", "sleep", "rm", "touch", "test", "cat", "httpd", "wget", "tail", "hostname", "nc", "true"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link, io.BytesIO())
    return path


class Engine:
    # What `hale up --runtime` calls it, and where tools look for its socket.
    runtime = "docker"
    variable = "DOCKER_HOST"
    # How a container's check asks whether that is sick.
    check = ("--health-cmd", "test ! -e /sick", "--health-interval", "200ms", "--health-timeout", "2s",
             "--health-retries", "2")

    def __init__(self, *options):
        self.options = options
        self.folder = tempfile.mkdtemp(prefix="hale-eng-")
        self.socket = os.path.join(self.folder, "engine.sock")
        self.host = f"unix://{self.socket}"
        self.process = None
        self.start()
        self.docker("import", make_box(self.folder), "box:1")

    # What differs from one engine to another

    def server(self):
        """The words of the command that serves the socket."""
        folder = self.folder
        return ["dockerd", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec", "-H", self.host,
                "--pidfile", f"{folder}/pid", "--iptables=false", "--ip6tables=false", "--ip-forward=false",
                "--bridge=none", "--storage-driver=vfs", *self.options]

    def tool(self):
        """The words that a command of the engine's own tool begins with."""
        return ["docker"]

    def environment(self):
        return os.environ | {self.variable: self.host, "HOME": self.folder}

    def answers(self):
        return self.docker("version", check=False).returncode == 0

    # What does not

    def start(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(self.server(), env=self.environment(), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self.folder, start_new_session=True)
        kit.eventually(self.answers, 60, message=self.log)

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
            return f"{self.runtime}:\n" + "".join(file.readlines()[-20:])

    def docker(self, *arguments, check=True, **options):
        """What the engine's own tool does; Podman's takes Docker's words."""
        result = subprocess.run([*self.tool(), *arguments], env=self.environment(),
                                stdin=options.pop("stdin", subprocess.DEVNULL), capture_output=True, timeout=120, **options)
        if check and result.returncode != 0:
            raise AssertionError(f"{self.runtime} {arguments}: {result.stderr.decode(errors='replace')}\n{self.log()}")
        return result

    def run(self, name, *options, script=WELL, labels=()):
        """A container with a check."""
        words = ["run", "-d", "--name", name]
        if "--network" not in options:
            words += ["--network", "none"]
        if "--no-healthcheck" not in options:
            words += self.check
        for label in labels:
            words += ["--label", label]
        return self.docker(*words, *options, "box:1", "sh", "-c", script).stdout.decode().strip()

    def inspect(self, name):
        return json.loads(self.docker("inspect", name).stdout)[0]

    def health(self, name):
        return (self.inspect(name)["State"].get("Health") or {}).get("Status")

    def started(self, name):
        return self.inspect(name)["State"]["StartedAt"]

    def wait_for_health(self, name, health, timeout=30):
        kit.eventually(lambda: self.health(name) == health, timeout,
                       message=lambda: f"{name} is {self.health(name)} and not {health}")

    def make_sick(self, *names):
        for name in names:
            self.docker("exec", name, "touch", "/sick")

    def end(self):
        """Ends the engine as a machine that goes down does: it stops its containers and says goodbye."""
        self.process.terminate()
        self.process.wait(60)

    def kill(self):
        """Ends the engine at once, and leaves its containers' processes."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        # Debian's dockerd does not find its way back to a containerd of its own.
        for pid, words in self.processes():
            if os.path.basename(words[0]) == "containerd":
                os.kill(pid, signal.SIGKILL)
        kit.eventually(lambda: not any(os.path.basename(words[0]) == "containerd" for _, words in self.processes()))
        for name in os.listdir(f"{self.folder}/exec/containerd"):
            if name.startswith("containerd.") and not name.endswith(".toml"):
                os.unlink(f"{self.folder}/exec/containerd/{name}")

    def pid(self, name):
        """The first process of a container that runs."""
        pid = self.inspect(name)["State"]["Pid"]
        assert pid > 1, f"{name} does not run"
        return pid

    def names(self, *words):
        """What a command that lists prints: `ps -aq`, say."""
        return self.docker(*words, check=False).stdout.decode().split()

    def remove_all(self):
        if names := self.names("ps", "-aq"):
            self.docker("rm", "-f", *names, check=False)
        # The kernel keeps the bridges of an engine that is gone.
        if names := self.names("network", "ls", "-q", "--filter", "type=custom"):
            self.docker("network", "rm", *names, check=False)

    def close(self):
        with contextlib.suppress(Exception):
            self.remove_all()
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        for pid, _ in self.processes():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        kit.unmount_below(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def processes(self):
        """The pids and words of all that belongs to this engine, dockerd itself included."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().decode(errors="replace").split("\0")
                if any(self.folder in word for word in words):
                    found.append((int(pid), words))
        return found


class ContainerStack(kit.Stack):
    """A Compose project of its own that runs as containers of the engine."""

    def __init__(self, engine, services=None, **options):
        super().__init__(services, **options)
        self.engine = engine
        self.environment[engine.variable] = engine.host

    def up(self, *arguments, **options):
        return super().up("--runtime", self.engine.runtime, *arguments, **options)

    def remembered(self, *services):
        """The container of each service and when that was started."""
        return {name: (found["Id"], found["State"]["StartedAt"]) for name, found in
                ((name, self.container(name)) for name in services or self.model["services"])}

    def wait_for_restart(self, service, before, timeout=60):
        """Until it was started again since `before` was remembered, and is healthy."""
        kit.eventually(lambda: self.remembered(service)[service][1] != before[service][1], timeout, every=0.1,
                       message=lambda: f"{service} was not started again: {self.describe(service)}")
        self.wait_until_healthy(service, timeout=timeout)

    def container(self, service, number=1):
        """What the engine says of an instance's container."""
        return self.engine.inspect(self.container_name(service, number))

    def container_name(self, service, number=1):
        return self.model["services"].get(service, {}).get("container_name") or f"{self.name}-{service}-{number}"

    def left(self):
        """All that the engine has of the project."""
        label = f"label=com.docker.compose.project={self.name}"
        return (self.engine.names("ps", "-a", "--filter", label, "--format", "{{.Names}}")
                + self.engine.names("network", "ls", "--filter", label, "--format", "{{.Name}}")
                + self.engine.names("volume", "ls", "--filter", label, "--format", "{{.Name}}"))


class EngineTestCase(kit.TestCase):
    """Tests of stacks in containers, which share an engine."""

    engine_type = Engine

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("NOT SHOWN: containers; an engine needs root")
        cls.engine = cls.engine_type()
        cls.addClassCleanup(cls.engine.close)

    def stack(self, services, **options):
        stack = ContainerStack(self.engine, services, **options)
        self.addCleanup(stack.close)
        return stack

    def up(self, services, *arguments, **options):
        stack = self.stack(services, **options)
        stack.up(*arguments)
        return stack

    def pid(self, stack, name):
        return self.engine.pid(stack.container_name(name))

    def ask(self, port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            return answer.read().decode()
