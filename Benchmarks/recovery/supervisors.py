"""The supervisors that are compared: how each is told to keep one server running."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess

ADDRESS = "127.0.0.1"


def free_port():
    """A free port below those that the kernel gives to clients, which a client could otherwise be given itself."""
    for port in range(21000, 32000):
        if port in free_port.taken:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                continue
        free_port.taken.add(port)
        return port
    raise SystemExit("recovery: no free port")


free_port.taken = set()


class Supervisor:
    """A supervisor with one server on one port."""

    name = ""
    programs = ()
    package = ""

    def __init__(self, folder, server):
        self.folder = pathlib.Path(folder) / self.name.replace(" ", "-")
        self.folder.mkdir()
        self.server = str(server)
        self.port = free_port()
        self.process = None

    @classmethod
    def missing(cls):
        """The first program it needs that is not installed."""
        return next((program for program in cls.programs if shutil.which(program) is None), None)

    def environment(self):
        return dict(os.environ, BENCH_ADDRESS=ADDRESS, BENCH_PORT=str(self.port))

    def launch(self, *arguments):
        with open(self.folder / "output", "ab") as output:
            self.process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self.environment(),
                start_new_session=True)

    def start(self):
        raise NotImplementedError

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Bare(Supervisor):
    """vfork and exec in a loop: the bound."""

    name = "bare vfork+exec"

    def start(self):
        self.launch(str(pathlib.Path(self.server).with_name("bare")), self.server)


class Supervisord(Supervisor):
    name = "supervisord"
    programs = ("supervisord",)
    package = "supervisor"

    def start(self):
        configuration = self.folder / "supervisord.conf"
        configuration.write_text(
            "[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\n"
            f"pidfile={self.folder}/supervisord.pid\nchildlogdir={self.folder}\n"
            f"[program:server]\ncommand={self.server}\nautorestart=true\nstartretries=1000000\n")
        self.launch("supervisord", "-c", str(configuration))


class Runit(Supervisor):
    name = "runit"
    programs = ("runsv",)
    package = "runit"

    def start(self):
        service = self.folder / "service"
        service.mkdir()
        # The server itself and not a script: no shell stands between runit and what is measured.
        (service / "run").symlink_to(self.server)
        self.launch("runsv", str(service))


class S6(Supervisor):
    name = "s6"
    programs = ("s6-svscan", "s6-supervise", "s6-svscanctl")
    package = "s6"

    def start(self):
        service = self.folder / "scan" / "server"
        service.mkdir(parents=True)
        (service / "run").symlink_to(self.server)
        self.launch("s6-svscan", str(self.folder / "scan"))

    def stop(self):
        subprocess.run(["s6-svscanctl", "-t", str(self.folder / "scan")], check=False, stderr=subprocess.DEVNULL)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            super().stop()


class Hale(Supervisor):
    """The process runtime, asked at the address of the instance itself."""

    name = "hale"
    binary = None

    def __init__(self, folder, server):
        super().__init__(folder, server)
        self.project = f"recovery-{os.getpid()}-{self.port}"

    def environment(self):
        runtime = self.folder / "runtime"
        return dict(super().environment(), HALE_STATE=str(self.folder / "state"), HALE_RUNTIME=str(runtime))

    def hale(self, *arguments):
        command = [self.binary, "-f", str(self.folder / "compose.yaml"), "-p", self.project, *arguments]
        with open(self.folder / "output", "ab") as output:
            return subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self.environment(), check=False)

    def start(self):
        (self.folder / "compose.yaml").write_text(
            "x-hale:\n"
            "  status: \"off\"\n"
            "services:\n"
            "  server:\n"
            "    image: scratch\n"
            f'    ports: ["{ADDRESS}:{self.port}:{self.port}"]\n'
            "    restart: always\n"
            "    x-hale:\n"
            f'      run: ["{self.server}", "$$HALE_HOST", "{self.port}"]\n'
            "      restart: {backoff: 0s, budget: 100000}\n")
        if self.hale("up", "-d", "--wait").returncode != 0:
            raise RuntimeError(f"hale up failed: {(self.folder / 'output').read_text()[-2000:]}")

    def stop(self):
        self.hale("down", "-t", "2")


class HaleGateway(Hale):
    """The same, asked at the published port, where the gateway holds the connection."""

    name = "hale gateway"


ALL = (Bare, Hale, HaleGateway, Supervisord, Runit, S6)


def kill_quietly(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
