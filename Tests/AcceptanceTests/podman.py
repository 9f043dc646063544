"""A Podman of a test's own: its service on a private socket, with folders of its own.

Podman has health checks run by timers of systemd. Here they are run by this class, so that it does not matter whether the
machine has one.
"""
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import threading

import kit
from engine import WELL, make_box


class Podman:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="hale-pod-")
        self.socket = os.path.join(self.folder, "podman.sock")
        self.host = f"unix://{self.socket}"
        self.process = None
        self.start()
        self.podman("import", make_box(self.folder), "box:1")
        self.ends = threading.Event()
        self.checker = threading.Thread(target=self.run_checks)
        self.checker.start()

    def command(self, *arguments):
        return ["podman", "--root", f"{self.folder}/root", "--runroot", f"{self.folder}/run", "--tmpdir",
                f"{self.folder}/tmp", "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs",
                "--events-backend", "file", *arguments]

    def environment(self):
        return os.environ | {"HOME": self.folder, "CONTAINERS_CONF": "/dev/null", "DISABLE_HC_SYSTEMD": "true"}

    def start(self):
        with open(os.path.join(self.folder, "service.log"), "ab") as log:
            self.process = subprocess.Popen(
                self.command("system", "service", "--time=0", self.host), env=self.environment(),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        kit.eventually(lambda: os.path.exists(self.socket), 60, message=self.log)

    def log(self):
        with open(os.path.join(self.folder, "service.log"), encoding="utf-8", errors="replace") as file:
            return "podman:\n" + "".join(file.readlines()[-20:])

    def podman(self, *arguments, check=True):
        result = subprocess.run(self.command(*arguments), env=self.environment(), stdin=subprocess.DEVNULL,
                                capture_output=True, timeout=120)
        if check and result.returncode != 0:
            raise AssertionError(f"podman {arguments}: {result.stderr.decode(errors='replace')}\n{self.log()}")
        return result

    def run_checks(self):
        while not self.ends.wait(0.2):
            for name in self.podman("ps", "--format", "{{.Names}}", check=False).stdout.decode().split():
                # Those without a check say so.
                self.podman("healthcheck", "run", name, check=False)

    def run(self, name, *options, script=WELL, labels=()):
        """A container whose check asks whether it is sick."""
        # A container in a container may not have more than its host does.
        words = ["run", "-d", "--name", name, "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
        if "--network" not in options:
            words += ["--network", "none"]
        if "--no-healthcheck" not in options:
            words += ["--health-cmd", "test ! -e /sick || { echo cannot reach the database; exit 1; }",
                      "--health-interval", "1s", "--health-timeout", "2s", "--health-retries", "2"]
        for label in labels:
            words += ["--label", label]
        return self.podman(*words, *options, "box:1", "sh", "-c", script).stdout.decode().strip()

    def inspect(self, name):
        return json.loads(self.podman("inspect", name).stdout)[0]

    def health(self, name):
        state = self.inspect(name)["State"]
        return (state.get("Health") or state.get("Healthcheck") or {}).get("Status")

    def started(self, name):
        return self.inspect(name)["State"]["StartedAt"]

    def wait_for_health(self, name, health, timeout=30):
        kit.eventually(lambda: self.health(name) == health, timeout,
                       message=lambda: f"{name} is {self.health(name)} and not {health}")

    def make_sick(self, *names):
        for name in names:
            self.podman("exec", name, "touch", "/sick")

    def stop(self):
        """Ends the service; containers go on."""
        self.process.terminate()
        self.process.wait(20)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.socket)

    def close(self):
        self.ends.set()
        self.checker.join(60)
        with contextlib.suppress(Exception):
            self.podman("rm", "-f", "-a", "-t", "1", check=False)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.stop()
        kit.unmount_below(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)
