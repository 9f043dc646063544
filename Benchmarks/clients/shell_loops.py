"""The servers of Examples/critical-stack in shell loops, behind HAProxy."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import kit
import many_clients

EXAMPLE = pathlib.Path(kit.EXAMPLES) / "critical-stack"
LOOP = 'while true; do "$@"; done'
TARGETS = {"postgres": 5432, "redis": 6379, "graph": 7687, "ollama": 11434}


class ShellLoops:
    """Each server is started again as soon as it has ended, and HAProxy stands before them as it does by itself: a
    connection that is not accepted is tried three more times, a second apart."""

    name = "haproxy"
    retries = 3
    retried_answers = ""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clients-"))
        # The servers may run as users of their own, who have to find their folders.
        self.folder.chmod(0o755)
        self.ports = {service: kit.free_port() for service in TARGETS}
        self.host = f"127.{os.getpid() % 200 + 20}.{id(self) // 64 % 250 + 1}.9"
        self.loops, self.proxy = {}, None

    def words(self, service):
        folder = self.folder / service
        folder.mkdir()
        if service == "redis":
            return ["redis-server", "--bind", self.host, "--port", "6379", "--dir", folder,
                    "--requirepass", "critical-redis", "--appendonly", "yes", "--maxmemory", "256mb",
                    "--maxmemory-policy", "allkeys-lru"]
        return [EXAMPLE / f"run-{service}", folder]

    def launch(self, name, words, **options):
        with open(self.folder / f"{name}.log", "ab") as log:
            return subprocess.Popen(list(map(str, words)), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options)

    def start(self):
        environment = os.environ | {
            "HALE_HOST": self.host, "POSTGRES_USER": "critical", "POSTGRES_PASSWORD": "critical-postgres",
            "POSTGRES_DB": "critical", "NEO4J_AUTH": "neo4j/critical-graph"}
        for service in TARGETS:
            self.loops[service] = self.launch(service, ["sh", "-c", LOOP, "loop", *self.words(service)],
                                              env=environment, start_new_session=True)
        for service, port in TARGETS.items():
            kit.eventually(lambda: kit.connect(port, host=self.host).close() is None, timeout=90, every=0.1,
                           message=f"{service} does not accept: {self.folder}")
        (self.folder / "haproxy.cfg").write_text(self.configuration(), encoding="utf-8")
        self.proxy = self.launch("haproxy", ["haproxy", "-db", "-f", self.folder / "haproxy.cfg"])
        for port in self.ports.values():
            kit.eventually(lambda: kit.connect(port).close() is None, message=f"haproxy does not accept: {self.folder}")

    def configuration(self):
        text = f"""
global
    maxconn 2000
defaults
    mode tcp
    timeout connect 5s
    timeout client 10m
    timeout server 10m
    option redispatch
    retries {self.retries}
"""
        for service, port in TARGETS.items():
            http = f"    mode http\n    http-reuse safe\n{self.retried_answers}" if service == "ollama" else ""
            text += f"listen {service}\n    bind 127.0.0.1:{self.ports[service]}\n{http}"
            text += f"    server one {self.host}:{port}\n"
        return text

    def kill(self, service):
        children = kit.eventually(lambda: kit.children_of(self.loops[service].pid), message=f"{service} does not run")
        kit.kill(children[0])
        kit.eventually(lambda: many_clients.has_ended(children[0]), every=0.001)

    def wait_until_repaired(self, service):
        """Nobody here knows; that the clients are served again has to do."""

    def stop(self):
        if self.proxy is not None:
            self.proxy.kill()
            self.proxy.wait()
        for loop in self.loops.values():
            # Frozen first, or it would start what is killed again; once it is dead nobody knows its children.
            loop.send_signal(signal.SIGSTOP)
            started = kit.descendants_of(loop.pid)
            loop.kill()
            loop.wait()
            for pid in started:
                kit.kill(pid)
        # PostgreSQL's processes end by themselves when they miss the first one, and hold the folder until then.
        for _ in range(50):
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                return
            time.sleep(0.1)


class PatientShellLoops(ShellLoops):
    """The same, as patient as HAProxy can be told to be: a minute of tries, and of HTTP what may be sent again is."""

    name = "haproxy, patient"
    retries = 60
    retried_answers = ("    retry-on conn-failure empty-response junk-response response-timeout\n"
                       "    http-request disable-l7-retry if METH_POST\n")
