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

import kit

BUSYBOX = "/bin/busybox"
# What a container runs: it is well until somebody makes it sick, and again after its next start unless it is hopeless.
WELL = "rm -f /sick; trap 'exit 0' TERM; while :; do sleep 0.1; done"
HOPELESS = "touch /sick; trap 'exit 0' TERM; while :; do sleep 0.1; done"
STUBBORN = "rm -f /sick; trap '' TERM; while :; do sleep 0.1; done"


class Engine:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="hale-eng-")
        self.socket = os.path.join(self.folder, "docker.sock")
        self.host = f"unix://{self.socket}"
        self.process = None
        self.start()
        self.make_image()

    def start(self):
        folder = self.folder
        with open(os.path.join(folder, "dockerd.log"), "ab") as log:
            self.process = subprocess.Popen(
                ["dockerd", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec", "-H", self.host,
                 "--pidfile", f"{folder}/pid", "--iptables=false", "--ip6tables=false", "--ip-forward=false",
                 "--bridge=none", "--storage-driver=vfs"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        kit.eventually(lambda: self.docker("version", check=False).returncode == 0, 60, message=self.log)

    def log(self):
        with open(os.path.join(self.folder, "dockerd.log"), encoding="utf-8", errors="replace") as file:
            return "dockerd:\n" + "".join(file.readlines()[-20:])

    def docker(self, *arguments, check=True, **options):
        result = subprocess.run(
            ["docker", *arguments], env=os.environ | {"DOCKER_HOST": self.host, "HOME": self.folder},
            stdin=options.pop("stdin", subprocess.DEVNULL), capture_output=True, timeout=120, **options)
        if check and result.returncode != 0:
            raise AssertionError(f"docker {arguments}: {result.stderr.decode(errors='replace')}\n{self.log()}")
        return result

    def make_image(self):
        """`box`: a static busybox and nothing else."""
        path = os.path.join(self.folder, "box.tar")
        with tarfile.open(path, "w") as archive:
            archive.add(BUSYBOX, "bin/busybox")
            for name in ("sh", "sleep", "rm", "touch", "test", "cat"):
                link = tarfile.TarInfo(f"bin/{name}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                archive.addfile(link, io.BytesIO())
        self.docker("import", path, "box:1")

    def run(self, name, *options, script=WELL, labels=()):
        """A container whose check asks five times a second whether it is sick."""
        words = ["run", "-d", "--name", name]
        if "--network" not in options:
            words += ["--network", "none"]
        if "--no-healthcheck" not in options:
            words += ["--health-cmd", "test ! -e /sick", "--health-interval", "200ms", "--health-timeout", "2s",
                      "--health-retries", "2"]
        for label in labels:
            words += ["--label", label]
        return self.docker(*words, *options, "box:1", "sh", "-c", script).stdout.decode().strip()

    def inspect(self, name):
        return json.loads(self.docker("inspect", name).stdout)[0]

    def health(self, name):
        return self.inspect(name)["State"].get("Health", {}).get("Status")

    def started(self, name):
        return self.inspect(name)["State"]["StartedAt"]

    def wait_for_health(self, name, health, timeout=30):
        kit.eventually(lambda: self.health(name) == health, timeout,
                       message=lambda: f"{name} is {self.health(name)} and not {health}")

    def make_sick(self, *names):
        for name in names:
            self.docker("exec", name, "touch", "/sick")

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

    def close(self):
        with contextlib.suppress(Exception):
            names = self.docker("ps", "-aq", check=False).stdout.decode().split()
            if names:
                self.docker("rm", "-f", *names, check=False)
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        for pid, _ in self.processes():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        for line in reversed(self.mounts()):
            subprocess.run(["umount", "-l", line], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def mounts(self):
        with open("/proc/self/mounts", encoding="utf-8") as file:
            return [line.split()[1] for line in file if line.split()[1].startswith(self.folder)]

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
