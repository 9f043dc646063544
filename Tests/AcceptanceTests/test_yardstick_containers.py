"""The four servers that other software cannot do without, as people write them down for Docker alone, under `hale up`."""
import json
import os
import socket
import subprocess
import unittest
import urllib.request

import neo4j
import ollama
import psycopg
import redis

import images
import kit
from engine import ContainerStack, Engine

# Nothing in it is Hale's. The ports are those that the clients of such a stack have had for years.
COMPOSE = r"""
name: %(name)s

services:
  postgres:
    image: postgres:16-alpine
    container_name: critical-postgres
    restart: unless-stopped
    environment:
      POSTGRES_USER: critical
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}
      POSTGRES_DB: critical
    ports:
      - "10010:5432"
    volumes:
      - postgres_data:/var/lib/postgresql/data
      - ./init.sql:/docker-entrypoint-initdb.d/init.sql:ro
    networks:
      - critical
    ulimits:
      nofile:
        soft: 1000
        hard: 2000
    stop_grace_period: 30s
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U critical -d critical"]
      interval: 5s
      timeout: 5s
      retries: 5
      start_period: 30s

  redis:
    image: redis:7-alpine
    container_name: critical-redis
    restart: unless-stopped
    command: redis-server --requirepass "${REDIS_PASSWORD}" --appendonly yes --maxmemory 256mb --maxmemory-policy allkeys-lru
    environment:
      REDISCLI_AUTH: ${REDIS_PASSWORD}
    ports:
      - "10011:6379"
    volumes:
      - redis_data:/data
    networks:
      - critical
    sysctls:
      net.core.somaxconn: 1024
    healthcheck:
      test: ["CMD", "redis-cli", "ping"]
      interval: 5s
      timeout: 3s
      retries: 5

  neo4j:
    image: neo4j:5.13-community
    container_name: critical-neo4j
    restart: unless-stopped
    environment:
      - NEO4J_AUTH=neo4j/${POSTGRES_PASSWORD}
    ports:
      - "10002:7474"
      - "10003:7687"
    volumes:
      - neo4j_data:/data
    networks:
      - critical
    healthcheck:
      test: ["CMD-SHELL", "cypher-shell -u neo4j -p \"$${NEO4J_AUTH#*/}\" 'RETURN 1' || exit 1"]
      interval: 5s
      timeout: 10s
      retries: 10
      start_period: 60s

  ollama:
    image: ollama/ollama:latest
    container_name: critical-ollama
    restart: unless-stopped
    ports:
      - "10104:11434"
      - "11270:11434"
    volumes:
      - ollama_data:/root/.ollama
    networks:
      - critical
    depends_on:
      redis:
        condition: service_healthy
    healthcheck:
      test: ["CMD", "ollama", "list"]
      interval: 5s
      timeout: 10s
      retries: 3

networks:
  critical:
    external: true
    name: critical-net

volumes:
  postgres_data:
  redis_data:
  neo4j_data:
  ollama_data:
"""
INIT = "CREATE TABLE made_by_init AS SELECT 42 AS answer;\n"
SERVICES = ("postgres", "redis", "neo4j", "ollama")
PORTS = {"postgres": {5432: [10010]}, "redis": {6379: [10011]}, "neo4j": {7474: [10002], 7687: [10003]},
         "ollama": {11434: [10104, 11270]}}
# A space in it shows who splits what is one word.
PASSWORD = "criti cal-1"


def in_use(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return True
    return False


class YardstickTests(kit.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("dockerd needs root")
        used = [port for ports in PORTS.values() for each in ports.values() for port in each if in_use(port)]
        if used:
            raise AssertionError(f"something else on this machine listens on the yardstick's ports {used}; "
                                 "end it, as the test is about these ports")
        cls.engine = Engine()
        cls.addClassCleanup(cls.engine.close)
        images.make(cls.engine)
        cls.engine.docker("network", "create", "critical-net")
        cls.stack = ContainerStack(cls.engine)
        cls.addClassCleanup(cls.stack.close)
        cls.stack.environment |= {"POSTGRES_PASSWORD": PASSWORD, "REDIS_PASSWORD": PASSWORD}
        cls.stack.model["services"] = {name: {"container_name": f"critical-{name}"} for name in SERVICES}
        cls.stack.write_file("compose.yaml", COMPOSE % {"name": cls.stack.name})
        cls.stack.write_file("init.sql", INIT)
        cls.first_up = cls.stack.hale("up", "-d", "--wait", "--wait-timeout", "110")

    # Its clients

    def postgres(self, query):
        with psycopg.connect(host="127.0.0.1", port=10010, user="critical", password=PASSWORD, dbname="critical",
                             connect_timeout=20) as connection:
            cursor = connection.execute(query)
            return cursor.fetchone() if cursor.description else None

    def redis(self, password=PASSWORD):
        return redis.Redis(port=10011, password=password, decode_responses=True)

    def graph(self, query):
        with neo4j.GraphDatabase.driver("bolt://127.0.0.1:10003", auth=("neo4j", PASSWORD)) as driver:
            return driver.execute_query(query, database_="neo4j").records[0].value()

    def inside(self, service, *words):
        return self.stack.hale("exec", "-T", service, *words).stdout.strip()

    def containers(self):
        return {name: self.stack.container(name) for name in SERVICES}

    def states(self):
        """When each container was started, and what it is."""
        return {name: (found["Id"], found["State"]["StartedAt"]) for name, found in self.containers().items()}

    # What runs

    def test_all_are_healthy_to_hale_and_to_docker(self):
        status = self.stack.status()
        self.assertEqual(status["stack"], self.stack.name)
        self.assertEqual({name: service["health"] for name, service in status["services"].items()},
                         dict.fromkeys(SERVICES, "healthy"))
        for name in SERVICES:
            self.engine.wait_for_health(f"critical-{name}", "healthy", 60)

    def test_up_says_what_there_is(self):
        printed = self.first_up.stdout + self.first_up.stderr
        for expected in [*SERVICES, "healthy", "10010", "10011", "10002", "10003", "10104", "11270", self.engine.socket]:
            self.assertIn(expected, printed)
        self.assertNotIn(PASSWORD, printed)

    def test_postgres(self):
        self.assertEqual(self.postgres("SELECT 6 * 7"), (42,))
        self.assertEqual(self.postgres("SELECT answer FROM made_by_init"), (42,))
        with self.assertRaises(psycopg.OperationalError):
            psycopg.connect(host="127.0.0.1", port=10010, user="critical", password="wrong", dbname="critical")

    def test_redis(self):
        told = self.redis().config_get("*")
        self.assertEqual((told["appendonly"], told["maxmemory"], told["maxmemory-policy"]),
                         ("yes", str(256 << 20), "allkeys-lru"))
        with self.assertRaises(redis.AuthenticationError):
            self.redis("wrong").ping()

    def test_neo4j(self):
        self.assertEqual(self.graph("RETURN 42 AS answer"), 42)
        with urllib.request.urlopen("http://127.0.0.1:10002/api/v1/ready", timeout=10) as answer:
            self.assertEqual(answer.status, 204)

    def test_ollama(self):
        for port in (10104, 11270):
            with ollama.Client(host=f"http://127.0.0.1:{port}") as client:
                self.assertEqual([model.model for model in client.list().models], ["tinyllama:latest"])
                answer = client.chat("tinyllama", messages=[{"role": "user", "content": "hello"}])
                self.assertIn("hello", answer.message.content)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/version", timeout=10) as answer:
                self.assertIn("version", json.load(answer))

    # What Docker and Compose see

    def test_labels_are_compose_s(self):
        for name, found in self.containers().items():
            labels = found["Config"]["Labels"]
            said = {key.removeprefix("com.docker.compose."): value for key, value in labels.items()}
            expected = {
                "project": self.stack.name, "service": name, "container-number": "1", "oneoff": "False",
                "project.working_dir": self.stack.folder, "project.config_files": self.stack.path("compose.yaml"),
                "depends_on": "redis:service_healthy:false" if name == "ollama" else "", "image": found["Image"]}
            self.assertEqual({key: said.get(key) for key in expected}, expected)
            self.assertRegex(said["config-hash"], "^[0-9a-f]{64}$")
            self.assertTrue(said["version"])

    def test_the_engine_does_not_restart_by_itself(self):
        self.assertEqual({found["HostConfig"]["RestartPolicy"]["Name"] for found in self.containers().values()}, {"no"})

    def test_networks_and_volumes_have_compose_s_names(self):
        for name, found in self.containers().items():
            self.assertEqual(found["Name"], f"/critical-{name}")
            self.assertEqual(set(found["NetworkSettings"]["Networks"]), {"critical-net"})
            # The container's own name is found without an alias.
            self.assertIn(name, found["NetworkSettings"]["Networks"]["critical-net"]["Aliases"])
        label = f"label=com.docker.compose.project={self.stack.name}"
        self.assertEqual(sorted(self.engine.names("volume", "ls", "-q", "--filter", label)),
                         sorted(f"{self.stack.name}_{name}_data" for name in SERVICES))
        volume = json.loads(self.engine.docker("volume", "inspect", f"{self.stack.name}_redis_data").stdout)[0]
        self.assertEqual(volume["Labels"]["com.docker.compose.volume"], "redis_data")
        # All of it is in the external network.
        self.assertEqual(self.engine.names("network", "ls", "-q", "--filter", label), [])

    def test_what_the_file_says_is_in_force_inside(self):
        self.assertEqual(self.inside("redis", "cat", "/proc/sys/net/core/somaxconn"), "1024")
        self.assertEqual(self.inside("postgres", "sh", "-c", "ulimit -Sn; ulimit -Hn").split(), ["1000", "2000"])
        self.assertEqual(self.inside("postgres", "cat", "/docker-entrypoint-initdb.d/init.sql"), INIT.strip())
        written = self.stack.hale("exec", "-T", "postgres", "sh", "-c", "echo >/docker-entrypoint-initdb.d/init.sql",
                                  check=False)
        self.assertNotEqual(written.returncode, 0)
        self.assertIn("Read-only file system", written.stderr)

    def test_one_finds_the_other_by_name(self):
        for host in ("redis", "critical-redis"):
            self.assertEqual(self.inside("ollama", "sh", "-c", f"echo PING | nc {host} 6379"),
                             "-NOAUTH Authentication required.")

    def test_up_again_changes_nothing(self):
        before = self.states()
        self.stack.hale("up", "-d", "--wait", "--wait-timeout", "110")
        self.assertEqual(self.states(), before)

    # What Hale says of it

    def test_ps(self):
        listed = [json.loads(line) for line in self.stack.hale("ps", "--format", "json").stdout.splitlines()]
        self.assertEqual({entry["Service"] for entry in listed}, set(SERVICES))
        containers = self.containers()
        for entry in listed:
            found = containers[entry["Service"]]
            self.assertEqual((entry["Name"], entry["State"], entry["Health"], entry["Project"], entry["PID"]),
                             (found["Name"][1:], "running", "healthy", self.stack.name, found["State"]["Pid"]))
            published = {}
            for port in entry["Publishers"]:
                published.setdefault(port["TargetPort"], []).append(port["PublishedPort"])
            self.assertEqual(published, PORTS[entry["Service"]])
        self.assertEqual(set(self.stack.hale("ps", "-q").stdout.split()),
                         {str(found["State"]["Pid"]) for found in containers.values()})

    def test_status(self):
        said = self.stack.hale("status")
        for name in SERVICES:
            self.assertRegex(said.stdout, rf"{name}\s.*healthy")

    def test_exec(self):
        ended = self.stack.hale("exec", "-T", "redis", "sh", "-c", "echo out; echo err >&2; exit 7", check=False)
        self.assertEqual((ended.returncode, ended.stdout, ended.stderr), (7, "out\n", "err\n"))
        self.assertEqual(self.inside("redis", "hostname"), self.stack.container("redis")["Id"][:12])
        self.assertEqual(self.inside("redis", "redis-cli", "ping"), "PONG")
        gone = self.stack.hale("exec", "-T", "redis", "no-such-program", check=False)
        self.assertIn("no-such-program", gone.stdout + gone.stderr)
        self.assertEqual(gone.returncode, 127)

    # What happens to it; last by name, as it disturbs what the others look at.

    def remember(self):
        self.postgres("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer")
        self.redis().set("kept", "42")
        self.assertEqual(self.graph("MERGE (n:Kept {answer: 42}) RETURN n.answer"), 42)

    def assert_remembered(self):
        self.assertEqual(self.postgres("SELECT answer FROM kept"), (42,))
        self.assertEqual(kit.eventually(lambda: self.redis().get("kept")), "42")
        self.assertEqual(self.graph("MATCH (n:Kept) RETURN n.answer"), 42)

    def wait_until_all_are_healthy(self):
        self.stack.wait_until_healthy(*SERVICES, timeout=90)

    def test_zz1_what_is_killed_comes_back_with_its_data(self):
        self.remember()
        before = self.states()
        for name in SERVICES:
            self.engine.docker("kill", f"critical-{name}")
        for name in SERVICES:
            kit.eventually(lambda: self.states()[name] != before[name], 60, every=0.2,
                           message=lambda: f"{name} was not started again: {self.stack.describe(name)}")
        self.wait_until_all_are_healthy()
        # Started again, and not made anew.
        self.assertEqual({name: state[0] for name, state in self.states().items()},
                         {name: state[0] for name, state in before.items()})
        self.assert_remembered()

    def test_zz2_restart_keeps_the_data(self):
        self.remember()
        before = self.states()
        self.stack.hale("restart")
        self.wait_until_all_are_healthy()
        after = self.states()
        for name in SERVICES:
            self.assertEqual(after[name][0], before[name][0])
            self.assertNotEqual(after[name][1], before[name][1])
        self.assert_remembered()

    def test_zz3_down_and_up_keep_the_data(self):
        self.remember()
        before = self.states()
        self.stack.down()
        self.assertEqual(self.engine.names("ps", "-aq"), [])
        self.assertEqual(sorted(self.stack.left()), sorted(f"{self.stack.name}_{name}_data" for name in SERVICES))
        self.assertFalse(any(in_use(port) for ports in PORTS.values() for each in ports.values() for port in each))
        self.stack.hale("up", "-d", "--wait", "--wait-timeout", "110")
        self.assertFalse({state[0] for state in before.values()} & {state[0] for state in self.states().values()})
        self.assert_remembered()

    def test_zz4_down_v_leaves_the_external_network_alone(self):
        self.stack.down("-v")
        self.assertEqual(self.stack.left(), [])
        self.assertEqual(self.engine.names("ps", "-aq"), [])
        self.assertEqual(self.engine.names("volume", "ls", "-q"), [])
        self.assertEqual(self.engine.names("network", "ls", "--filter", "type=custom", "--format", "{{.Name}}"),
                         ["critical-net"])


if __name__ == "__main__":
    kit.main()
