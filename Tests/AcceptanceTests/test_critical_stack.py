"""The example stack on real servers, asked by real clients; then each of its servers is killed and comes back."""
import json
import os
import subprocess
import unittest

import neo4j
import ollama
import openai
import psycopg
import redis

import kit

PORTS = {
    "postgres": [("postgres", 5432)],
    "redis": [("redis", 6379)],
    "graph": [("http", 7474), ("bolt", 7687)],
    "ollama": [("ollama", 11434), ("old-ollama", 11434)],
}


def override(ports):
    """A Compose file that gives the example other ports: its own may be in use on this machine."""
    lines = ["services:"]
    for service, targets in PORTS.items():
        published = ", ".join(f'"127.0.0.1:{ports[name]}:{target}"' for name, target in targets)
        lines += [f"  {service}:", f"    ports: !override [{published}]"]
    return "\n".join(lines) + "\n"


class CriticalStackTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ports = {name: kit.free_port() for targets in PORTS.values() for name, _ in targets}
        compose = os.path.join(kit.EXAMPLES, "critical-stack", "compose.yaml")
        cls.stack = kit.Stack(files=[compose])
        cls.addClassCleanup(cls.stack.close)
        cls.stack.files.append(cls.stack.write_file("ports.yaml", override(cls.ports)))
        cls.first_up = cls.stack.up(timeout=180)

    def run_client(self, *words, **environment):
        result = subprocess.run(words, env=os.environ | environment, capture_output=True, text=True, timeout=30)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.strip()

    def test_psql(self):
        answer = self.run_client("psql", "-h", "127.0.0.1", "-p", str(self.ports["postgres"]), "-U", "critical",
                                 "-d", "critical", "-Atc", "SELECT 6 * 7", PGPASSWORD="critical-postgres")
        self.assertEqual(answer, "42")

    def test_redis_cli(self):
        answer = self.run_client("redis-cli", "-p", str(self.ports["redis"]), "-a", "critical-redis", "--no-auth-warning",
                                 "CONFIG", "GET", "appendonly")
        self.assertEqual(answer.split(), ["appendonly", "yes"])
        client = redis.Redis(port=self.ports["redis"], password="critical-redis", decode_responses=True)
        self.assertEqual(client.config_get("maxmemory*")["maxmemory-policy"], "allkeys-lru")
        with self.assertRaises(redis.AuthenticationError):
            redis.Redis(port=self.ports["redis"], password="wrong").ping()

    def graph(self, query):
        with neo4j.GraphDatabase.driver(
                f"bolt://127.0.0.1:{self.ports['bolt']}", auth=("neo4j", "critical-graph")) as driver:
            return driver.execute_query(query, database_="neo4j").records[0].value()

    def test_neo4j_client(self):
        self.assertEqual(kit.eventually(lambda: self.graph("RETURN 42 AS answer")), 42)

    def test_ollama_clients(self):
        for name in "ollama", "old-ollama":
            client = ollama.Client(host=f"http://127.0.0.1:{self.ports[name]}")
            if not client.list().models:
                self.skipTest("the real Ollama runs here, and has no model yet")
            parts = client.chat("tinyllama", messages=[{"role": "user", "content": "hello"}], stream=True)
            self.assertIn("hello", "".join(part.message.content for part in parts))
            with self.assertRaises(ollama.ResponseError) as caught:
                client.generate("no-such-model", "hello")
            self.assertEqual(caught.exception.status_code, 404)
        answers = openai.OpenAI(base_url=f"http://127.0.0.1:{self.ports['ollama']}/v1", api_key="none")
        answer = answers.chat.completions.create(model="tinyllama", messages=[{"role": "user", "content": "hello"}])
        self.assertIn("hello", answer.choices[0].message.content)

    def test_curl_on_the_status_api(self):
        answer = self.run_client("curl", "-sS", f"http://127.0.0.1:{self.stack.status_port}/status")
        status = json.loads(answer)
        self.assertEqual(status["stack"], self.stack.name)
        self.assertEqual(set(status["services"]), set(PORTS))
        for service in status["services"].values():
            for key in "state", "health", "since", "restarts", "instances":
                self.assertIn(key, service)

    def test_up_again_changes_nothing(self):
        before = self.stack.pids()
        self.stack.up()
        self.assertEqual(self.stack.pids(), before)

    def test_up_prints_a_table_with_ports_and_the_status_address(self):
        printed = self.first_up.stdout + self.first_up.stderr
        for expected in [*PORTS, str(self.ports["postgres"]), "healthy", f"127.0.0.1:{self.stack.status_port}"]:
            self.assertIn(expected, printed)
        self.assertNotIn("critical-postgres", printed)

    def test_zz_every_server_comes_back_after_kill_9_with_its_data(self):
        """Last by name, as it disturbs what the others look at."""
        address = dict(host="127.0.0.1", port=self.ports["postgres"], user="critical", password="critical-postgres",
                       dbname="critical", connect_timeout=20)
        with psycopg.connect(**address) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        redis.Redis(port=self.ports["redis"], password="critical-redis").set("kept", "42")
        kit.eventually(lambda: self.graph("CREATE (n:Kept {answer: 42}) RETURN n.answer"))

        for name in PORTS:
            with self.subTest(service=name):
                before = self.stack.pids()
                kit.kill(before[name][0])
                kit.eventually(lambda: self.stack.instance(name).get("pid") not in (None, before[name][0]), 30,
                               message=lambda: f"{name} was not started again: {self.stack.describe(name)}")
                self.stack.wait_until_healthy(name, timeout=60)
                others = {other: pids for other, pids in self.stack.pids().items() if other != name}
                self.assertEqual(others, {other: pids for other, pids in before.items() if other != name})

        with psycopg.connect(**address) as connection:
            self.assertEqual(connection.execute("SELECT answer FROM kept").fetchone(), (42,))
        client = redis.Redis(port=self.ports["redis"], password="critical-redis", decode_responses=True)
        self.assertEqual(client.get("kept"), "42")
        self.assertEqual(kit.eventually(lambda: self.graph("MATCH (n:Kept) RETURN n.answer")), 42)


if __name__ == "__main__":
    kit.main()
