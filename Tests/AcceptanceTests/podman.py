"""A Podman of a test's own: its service on a private socket, with folders of its own.

Podman has health checks run by timers of systemd. Here they are run by this class, so that it does not matter whether the
machine has one.
"""
import contextlib
import os
import signal
import threading

from engine import Engine


class Podman(Engine):
    runtime = "podman"
    variable = "CONTAINER_HOST"
    check = ("--health-cmd", "test ! -e /sick || { echo cannot reach the database; exit 1; }", "--health-interval", "1s",
             "--health-timeout", "2s", "--health-retries", "2")

    def server(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.socket)
        return [*self.tool(), "system", "service", "--time=0", self.host]

    def tool(self):
        return ["podman", "--root", f"{self.folder}/root", "--runroot", f"{self.folder}/run", "--tmpdir",
                f"{self.folder}/tmp", "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs",
                "--events-backend", "file"]

    def environment(self):
        # A container in a container may not have more than its host does.
        settings = os.path.join(self.folder, "containers.conf")
        if not os.path.exists(settings):
            with open(settings, "w", encoding="ascii") as file:
                file.write('[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n')
        return os.environ | {"HOME": self.folder, "CONTAINERS_CONF": settings, "DISABLE_HC_SYSTEMD": "true"}

    def answers(self):
        return os.path.exists(self.socket)

    def docker(self, *arguments, check=True, **options):
        result = super().docker(*arguments, check=False, **options)
        # It now and then loses the exit code of a command that ends at once, which has run all the same.
        is_lost = arguments[0] == "exec" and b"retrieving exec session" in result.stderr
        if check and result.returncode != 0 and not is_lost:
            raise AssertionError(f"podman {arguments}: {result.stderr.decode(errors='replace')}\n{self.log()}")
        return result

    def health(self, name):
        # One that is looked at is asked, as no timer does that.
        self.docker("healthcheck", "run", name, check=False)
        return super().health(name)

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def remove_all(self):
        self.docker("rm", "-f", "-a", "-t", "1", check=False)
        if names := [name for name in self.names("network", "ls", "--format", "{{.Name}}") if name != "podman"]:
            self.docker("network", "rm", "-f", *names, check=False)


class CheckedPodman(Podman):
    """One whose containers are all asked five times a second how they are."""

    def __init__(self):
        self.ends = threading.Event()
        self.checker = threading.Thread(target=self.run_checks)
        super().__init__()
        self.checker.start()

    def run_checks(self):
        while not self.ends.wait(0.2):
            for name in self.names("ps", "--format", "{{.Names}}"):
                # Those without a check say so.
                self.docker("healthcheck", "run", name, check=False)

    def health(self, name):
        return (self.inspect(name)["State"].get("Health") or {}).get("Status")

    def close(self):
        self.ends.set()
        self.checker.join(60)
        super().close()
