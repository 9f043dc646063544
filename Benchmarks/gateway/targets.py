"""What is measured between the load and the servers: nothing, Hale, HAProxy and nginx."""

import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import time

HTTP, TCP = "http", "tcp"
CPUS = sorted(os.sched_getaffinity(0))
LOAD_CPU, PROXY_CPU = CPUS[0], CPUS[-1]
SERVER_CPU = CPUS[1] if len(CPUS) > 2 else LOAD_CPU
DESCRIPTORS = resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def pinned(cpu, *words):
    return ["taskset", "-c", str(cpu), *map(str, words)]


def free_ports(count):
    """Ports that nobody uses, all different, below those that the kernel gives to clients."""
    found = []
    for port in range(20000 + os.getpid() % 4000, 32000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError("no free ports below 32000")


def until(question, patience, message):
    """Asks until the answer is true, and returns it; an answer that never comes is an error."""
    deadline = time.monotonic() + patience
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise RuntimeError(message)
        time.sleep(0.02)
    return answer


def accepts(port):
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


class Target:
    """Where the load goes: an address and a port for Redis, for HTTP, and for the HTTP server by plain TCP."""

    name = ""
    programs = ()
    package = ""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / self.name
        self.folder.mkdir()
        self.process = None

    @classmethod
    def missing(cls):
        """The first program it needs that is not installed."""
        return next((program for program in cls.programs if shutil.which(program) is None), None)

    def place(self, port):
        """The address and port for `redis`, `http` or `tcp`."""
        return "127.0.0.1", self.ports[port]

    def processes(self):
        """The processes that forward."""
        return []

    def restart(self):
        """Has it forward by new processes, which have kept nothing of what was asked of the ones before."""
        self.stop()
        self.start()

    def launch(self, *words):
        """Starts a process in a session of its own, as Hale's are: the kernel shares out processors by session."""
        with open(self.folder / "output", "ab") as output:
            self.process = subprocess.Popen(pinned(PROXY_CPU, *words), stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output, start_new_session=True)

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Hale(Target):
    """The gateway of a stack that runs the servers, too: redis-server, and the HTTP server at two ports."""

    name = "hale"
    binary = None

    def __init__(self, folder, server):
        super().__init__(folder)
        redis, http, tcp = free_ports(3)
        self.ports = {"redis": redis, HTTP: http, TCP: tcp}
        self.project = f"gateway-{os.getpid()}"
        self.environment = dict(os.environ, HALE_STATE=str(self.folder / "state"),
                                HALE_RUNTIME=str(self.folder / "runtime"))
        self.server = str(server)
        self.addresses = {}

    def model(self):
        def port(name, target):
            return {"target": target, "published": str(self.ports[name]), "host_ip": "127.0.0.1", "protocol": "tcp"}
        redis = {"image": "redis:7", "restart": "unless-stopped", "ports": [port("redis", 6379)],
                 "x-hale": {"run": pinned(SERVER_CPU, "redis-server", "--bind", "$$HALE_HOST", "--port", 6379, "--save",
                                          "", "--appendonly", "no", "--maxclients", 10000),
                            "check": {"tcp": 6379, "interval": "30s"}}}
        http = {"image": "example/server:1", "restart": "unless-stopped",
                "ports": [port(HTTP, 8080) | {"app_protocol": "http"}, port(TCP, 8081)],
                "x-hale": {"run": pinned(SERVER_CPU, self.server, "$$HALE_HOST", 8080, 8081),
                           "check": {"tcp": 8080, "interval": "30s"}}}
        # In the host's network, as the others have to reach the same servers.
        return {"x-hale": {"status": "off", "network": "host"}, "services": {"redis": redis, "http": http}}

    def hale(self, *arguments):
        command = [self.binary, "-f", str(self.folder / "compose.yaml"), "-p", self.project, *arguments]
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=self.environment, check=False, text=True)

    def start(self):
        (self.folder / "compose.yaml").write_text(json.dumps(self.model()), encoding="utf-8")
        result = self.hale("up", "-d", "--wait", "--wait-timeout", "60")
        if result.returncode != 0:
            raise RuntimeError(f"hale up failed: {result.stdout[-2000:]}")
        status = json.loads(self.hale("status", "--format", "json").stdout)
        for name, service in status["services"].items():
            self.addresses[name] = service["instances"][0]["address"]
        self.pin()

    def pin(self):
        for pid in self.roles("gateway", "healer", "keeper"):
            subprocess.run(["taskset", "-a", "-p", "-c", str(PROXY_CPU), str(pid)], check=True,
                           stdout=subprocess.DEVNULL)

    def restart(self):
        """The keeper starts another gateway, which the services do not notice."""
        before = set(self.processes())
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        until(lambda: set(self.processes()) - before, 10, "the gateway did not come back")
        until(lambda: all(map(accepts, self.ports.values())), 10, "the gateway does not accept")
        self.pin()

    def roles(self, *names):
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                words = pathlib.Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if any(words.startswith(f"hale {role} -p {self.project}") for role in names):
                found.append(int(name))
        return found

    def processes(self):
        return self.roles("gateway")

    def stop(self):
        self.hale("down", "-t", "5")


class Direct(Target):
    name = "direct"

    def __init__(self, folder, servers):
        super().__init__(folder)
        self.servers = servers

    def place(self, port):
        service, number = {"redis": ("redis", 6379), HTTP: ("http", 8080), TCP: ("http", 8081)}[port]
        return self.servers[service], number

    def start(self):
        """The servers run already."""


class HAProxy(Target):
    name = "haproxy"
    programs = ("haproxy",)
    package = "haproxy"

    def __init__(self, folder, servers):
        super().__init__(folder)
        self.servers = servers
        self.ports = dict(zip(("redis", HTTP, TCP), free_ports(3)))

    def start(self):
        (self.folder / "haproxy.cfg").write_text(f"""
global
    nbthread 1
    maxconn {min(12000, (DESCRIPTORS - 200) // 2)}
defaults
    timeout connect 5s
    timeout client 10m
    timeout server 10m
    timeout http-keep-alive 10m
    timeout http-request 10s
    option redispatch
    retries 3
frontend redis
    mode tcp
    bind 127.0.0.1:{self.ports["redis"]}
    default_backend redis
backend redis
    mode tcp
    server one {self.servers["redis"]}:6379
frontend tcp
    mode tcp
    bind 127.0.0.1:{self.ports[TCP]}
    default_backend tcp
backend tcp
    mode tcp
    server one {self.servers["http"]}:8081
frontend http
    mode http
    bind 127.0.0.1:{self.ports[HTTP]}
    default_backend http
backend http
    mode http
    http-reuse safe
    server one {self.servers["http"]}:8080
""", encoding="utf-8")
        self.launch("haproxy", "-db", "-f", self.folder / "haproxy.cfg")
        until(lambda: accepts(self.ports["redis"]), 10, "haproxy does not accept")

    def processes(self):
        return [self.process.pid]


class Nginx(Target):
    name = "nginx"
    programs = ("nginx",)
    package = "nginx libnginx-mod-stream"

    def __init__(self, folder, servers):
        super().__init__(folder)
        self.servers = servers
        self.ports = dict(zip(("redis", HTTP, TCP), free_ports(3)))

    def start(self):
        places = (f"/usr/{folder}/nginx/modules/ngx_stream_module.so" for folder in ("lib", "share"))
        module = next(filter(os.path.exists, places), None)
        temporary = "\n".join(f"    {kind}_temp_path {self.folder}/{kind};"
                              for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(f"""
{f"load_module {module};" if module else ""}
daemon off;
worker_processes 1;
pid {self.folder}/nginx.pid;
error_log {self.folder}/error.log;
events {{ worker_connections {min(24000, DESCRIPTORS)}; }}
stream {{
    access_log off;
    proxy_timeout 10m;
    proxy_connect_timeout 5s;
    server {{ listen 127.0.0.1:{self.ports["redis"]}; tcp_nodelay on; proxy_pass {self.servers["redis"]}:6379; }}
    server {{ listen 127.0.0.1:{self.ports[TCP]}; tcp_nodelay on; proxy_pass {self.servers["http"]}:8081; }}
}}
http {{
    access_log off;
{temporary}
    keepalive_timeout 10m;
    keepalive_requests 100000000;
    upstream servers {{ server {self.servers["http"]}:8080; keepalive 128; keepalive_requests 100000000; }}
    server {{
        listen 127.0.0.1:{self.ports[HTTP]};
        location / {{
            proxy_pass http://servers;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffers 16 16k;
            proxy_buffer_size 16k;
            proxy_max_temp_file_size 0;
        }}
    }}
}}
""", encoding="utf-8")
        self.launch("nginx", "-e", self.folder / "error.log", "-c", self.folder / "nginx.conf")
        until(lambda: accepts(self.ports["redis"]), 10, f"nginx does not accept: {self.folder}/output")

    def processes(self):
        """The worker; the master only waits for it."""
        text = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [int(word) for word in text.split()]


PROXIES = (HAProxy, Nginx)


def processor_seconds(pids):
    """What those processes have used so far: in nanoseconds where the kernel counts so, otherwise in clock ticks."""
    total = 0.0
    for pid in pids:
        try:
            tasks = [int(path.read_text(encoding="ascii").split()[0])
                     for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")]
        except OSError:
            tasks = []
        if sum(tasks) > 0:
            total += sum(tasks) / 1e9
            continue
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def memory_kilobytes(pids):
    """Proportional set size: what is shared counts in part for each that shares it."""
    total = 0
    for pid in pids:
        lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total
