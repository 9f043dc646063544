"""Hale's own processes are killed over and over, one by one and all at once, while clients connect without a pause:
services keep their pids, every end of a service is dealt with exactly once, and nobody is refused.

HALE_ROUNDS says how many rounds; 100 take about five minutes.
"""
import collections
import os
import re
import signal
import threading

import psycopg
import redis

import kit
from test_postgres_crashes import postgres_service

ROUNDS = int(os.environ.get("HALE_ROUNDS", "12"))
ROLES = ("healer", "gateway", "keeper")
PATIENT_RESTART = {"backoff": "50ms", "cap": "200ms", "budget": 100_000, "window": "1m"}


class Clients(threading.Thread):
    """Connects to one port without a pause, asks and hangs up, and counts how that went."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.ending = threading.Event()
        self.answered, self.broken = 0, 0
        self.refused = []
        # What the test does now, for the record of a refusal.
        self.doing = "starting"

    def run(self):
        while not self.ending.is_set():
            try:
                client = kit.connect(self.port, timeout=30)
            except OSError as error:
                self.refused.append((self.doing, repr(error)))
                # Not a hundred thousand records of one and the same outage.
                self.ending.wait(0.01)
                continue
            with client:
                try:
                    client.sendall(b"hello\n")
                    answer = client.makefile("r", encoding="utf-8").readline()
                except OSError:
                    answer = ""
            if answer.endswith(" hello\n"):
                self.answered += 1
            else:
                self.broken += 1


class EnduranceTests(kit.TestCase):
    def start(self, **more):
        """Several kinds of services, of which only `victim` is ever killed."""
        self.ports = {name: kit.free_port() for name in ("front", "plain", "victim", "redis")}
        front = kit.echo_service(self.ports["front"])
        front["depends_on"] = {"redis": {"condition": "service_healthy"},
                               "job": {"condition": "service_completed_successfully"}}
        services = {
            "front": front,
            "plain": kit.echo_service(self.ports["plain"], check=None),
            "victim": kit.echo_service(self.ports["victim"], restart=PATIENT_RESTART),
            "asked": kit.echo_service(kit.free_port(), check=None) | {
                "healthcheck": {"test": ["CMD", "true"], "interval": "1s", "start_interval": "100ms"}},
            "job": {"image": "example/job:1", "restart": "no",
                    "x-hale": {"run": ["/bin/sh", "-c", "echo the job is done"]}},
            "redis": {"image": "redis:7", "restart": "unless-stopped", "ports": [f"127.0.0.1:{self.ports['redis']}:6379"],
                      "x-hale": {"run": "redis-server --bind $$HALE_HOST --port 6379 --save '' --appendonly no",
                                 "check": {"redis": {}}}},
        } | more
        self.running = self.stack(services, volumes={"pgdata": None})
        self.running.up()
        self.before = self.running.pids()
        self.deaths = []

    # What is done to it

    def kill_victim(self):
        """Kills the one service that is ever killed; returns the pid."""
        pid = self.victim_pid
        self.deaths.append(pid)
        kit.kill(pid)
        return pid

    @property
    def victim_pid(self):
        """The last process that began, by its own account: nobody else needs to be there to be asked."""
        return int(re.findall(r"echo: pid (\d+) starts", self.running.log("victim"))[-1])

    def kill_roles(self, roles, victim_too):
        """Kills roles, and with `victim_too` a service while they are away."""
        pids = [self.running.role(role) for role in roles]
        if victim_too:
            # A healer that has stopped hears of nothing any more, and is killed before it can.
            for pid in pids:
                kit.kill(pid, signal.SIGSTOP)
            self.kill_victim()
        for pid in pids:
            kit.kill(pid)
        if set(roles) == set(ROLES):
            # Nobody is left to start them again, but a person.
            self.running.hale("up", "-d")
        for role, pid in zip(roles, pids):
            kit.eventually(lambda: self.running.role(role, timeout=0) != pid, 30, message=f"there is no new {role}")

    # What must be true afterwards

    def assert_settled(self, what):
        """Everything is well, everybody but the victim is who they were, and the victim has just one successor."""
        kit.eventually(self.is_settled, 60, message=lambda: f"after {what}: {self.running.get('/status')}")
        self.assertEqual(self.others(self.running.pids()), self.others(self.before), what)
        for name in self.before:
            if name != "victim":
                self.assertEqual(self.running.service(name)["restarts"], 0, f"{name} after {what}")

    def is_settled(self):
        status = self.running.status()
        victim = status["services"]["victim"]["instances"][0]
        # Its pid alone says little: in a long run the kernel gives one out again.
        return status["status"] == "healthy" and victim.get("pid") and victim["restarts"] == len(self.deaths)

    def others(self, pids):
        return {name: pid for name, pid in pids.items() if name != "victim"}

    def healer_log(self):
        folder = os.path.join(self.running.environment["HALE_STATE"], self.running.name, "hale")
        text = ""
        for name in sorted(os.listdir(folder)):
            if name.startswith("healer.log"):
                with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                    text += file.read()
        return text

    def assert_every_end_once(self):
        """By what the services say of their starts and what the healer says of their ends."""
        starts = [int(pid) for pid in re.findall(r"echo: pid (\d+) starts", self.running.log("victim"))]
        self.assertEqual(starts[:-1], self.deaths, "started once for every end, and never else")
        for name in "front", "plain", "asked":
            self.assertEqual(len(re.findall(r"echo: pid \d+ starts", self.running.log(name))), 1, name)
        self.assertEqual(self.running.log("job").count("the job is done"), 1)
        ends = collections.Counter(re.findall(r" exited (\S+): ", self.healer_log()))
        self.assertEqual(ends, collections.Counter({"victim-1": len(self.deaths), "job-1": 1}))

    # The tests

    def test_killed_over_and_over(self):
        self.start()
        clients = [Clients(self.ports["front"]), Clients(self.ports["plain"])]
        for thread in clients:
            thread.start()
        self.addCleanup(lambda: [thread.ending.set() for thread in clients])
        values = redis.Redis(port=self.ports["redis"], socket_timeout=30)
        series = [(role,) for role in ROLES] + [ROLES]
        for number in range(ROUNDS):
            roles = series[number % len(series)]
            victim_too = number // len(series) % 2 == 1
            what = f"round {number}: {' and '.join(roles)} killed{' with a service' if victim_too else ''}"
            for thread in clients:
                thread.doing = what
            broken = [thread.broken for thread in clients]
            answered = [thread.answered for thread in clients]
            self.kill_roles(roles, victim_too)
            self.assert_settled(what)
            kit.eventually(lambda: all(now.answered > before for now, before in zip(clients, answered)), 30,
                           message=f"clients are not served after {what}")
            if roles == ("healer",):
                self.assertEqual([thread.broken for thread in clients], broken, f"connections broken in {what}")
            if not victim_too:
                # And one end that is seen as it happens, by whoever is new.
                self.kill_victim()
                self.assert_settled(f"{what}, then a service")
            self.assertTrue(kit.eventually(lambda: values.set("round", number), 30))

        for thread in clients:
            thread.ending.set()
            thread.join(60)
        refused = [record for thread in clients for record in thread.refused]
        self.assertEqual([record for record in refused if " and " not in record[0]], [])
        self.assert_every_end_once()

    def test_an_open_transaction_outlives_the_healer(self):
        port = kit.free_port()
        self.start(postgres=postgres_service(port))
        address = dict(host="127.0.0.1", port=port, user="critical", password="secret", dbname="critical")
        with psycopg.connect(**address) as connection:
            connection.execute("CREATE TABLE kept (round int)")
        for number in range(3):
            with psycopg.connect(**address) as connection:
                connection.execute("INSERT INTO kept VALUES (%s)", (number,))
                self.kill_roles(("healer",), victim_too=False)
                connection.execute("INSERT INTO kept VALUES (%s)", (number,))
                self.assert_settled("the healer's end in a transaction")
        with psycopg.connect(**address) as connection:
            rows = connection.execute("SELECT round, count(*) FROM kept GROUP BY round ORDER BY round").fetchall()
        self.assertEqual(rows, [(0, 2), (1, 2), (2, 2)])
        self.assertEqual(self.running.pids()["postgres"], self.before["postgres"])


if __name__ == "__main__":
    kit.main()
