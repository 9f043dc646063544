"""PostgreSQL is killed again and again while clients write: what was acknowledged is there, and never two write."""
import os
import re
import subprocess
import threading

import psycopg

import kit

KILLS = int(os.environ.get("HALE_POSTGRES_KILLS", "50"))
RUN_POSTGRES = os.path.join(kit.EXAMPLES, "critical-stack", "run-postgres")


def postgres_service(port):
    return {
        "image": "postgres:15", "restart": "unless-stopped", "ports": [f"127.0.0.1:{port}:5432"],
        "environment": {"POSTGRES_USER": "critical", "POSTGRES_PASSWORD": "secret", "POSTGRES_DB": "critical"},
        "volumes": ["pgdata:/var/lib/postgresql/data"], "stop_signal": "SIGINT", "stop_grace_period": "30s",
        "healthcheck": {"test": ["CMD", "pg_isready"], "interval": "1s", "timeout": "2s", "retries": 5,
                        "start_period": "30s", "start_interval": "100ms"},
        "x-hale": {
            "run": [RUN_POSTGRES, "$$HALE_VOLUME_PGDATA"],
            "check": {"postgres": {"user": "critical", "password": "secret", "database": "critical"}},
            "restart": {"backoff": "50ms", "cap": "200ms", "budget": 1000, "window": "1m"},
        },
    }


class Writer(threading.Thread):
    """Inserts one row after the other and remembers those whose commit was acknowledged."""

    def __init__(self, number, address, stop):
        super().__init__(daemon=True)
        self.number, self.address, self.stop = number, address, stop
        self.acknowledged = []

    def run(self):
        value = 0
        while not self.stop.is_set():
            try:
                with psycopg.connect(**self.address, autocommit=True) as connection:
                    while not self.stop.is_set():
                        value += 1
                        connection.execute("INSERT INTO written VALUES (%s, %s)", (self.number, value))
                        self.acknowledged.append(value)
            except psycopg.Error:
                # Whether that row was written is unknown; the next one is another.
                continue


class Postmasters(threading.Thread):
    """Looks, without a pause, at who is or was named in postmaster.pid, and counts those that live in the data folder.

    By name they cannot be told apart: what a postmaster forks is called like it for a moment.
    """

    def __init__(self, folder, stop):
        super().__init__(daemon=True)
        self.folder, self.stop = os.path.realpath(folder), stop
        self.known = set()
        self.most, self.looks = 0, 0

    def run(self):
        while not self.stop.wait(0.002):
            try:
                with open(os.path.join(self.folder, "postmaster.pid"), encoding="ascii") as file:
                    self.known.add(int(file.readline()))
            except (OSError, ValueError):
                # Between two runs, or in the middle of being written.
                pass
            self.looks += 1
            self.most = max(self.most, sum(map(self.is_at_work, self.known)))

    def is_at_work(self, pid):
        try:
            return os.readlink(f"/proc/{pid}/cwd") == self.folder and kit.is_running(pid)
        except OSError:
            return False


class Pgbench(threading.Thread):
    """Runs pgbench over and over and sums up the transactions it saw acknowledged."""

    def __init__(self, port, stop):
        super().__init__(daemon=True)
        self.port, self.stop = port, stop
        self.acknowledged = 0

    def command(self, *words):
        return ["pgbench", "-h", "127.0.0.1", "-p", str(self.port), "-U", "critical", *words, "critical"]

    def run(self):
        while not self.stop.is_set():
            result = subprocess.run(self.command("-n", "-c", "2", "-T", "2"), env=os.environ | {"PGPASSWORD": "secret"},
                                    capture_output=True, text=True)
            match = re.search(r"number of transactions actually processed: (\d+)", result.stdout)
            if match:
                self.acknowledged += int(match.group(1))


class PostgresCrashTests(kit.TestCase):
    def test_nothing_acknowledged_is_lost(self):
        port = kit.free_port()
        stack = self.stack({"postgres": postgres_service(port)}, volumes={"pgdata": None})
        stack.up()
        address = dict(host="127.0.0.1", port=port, user="critical", password="secret", dbname="critical",
                       connect_timeout=10)
        with psycopg.connect(**address) as connection:
            connection.execute("CREATE TABLE written (writer int, value int, PRIMARY KEY (writer, value))")
        stop = threading.Event()
        pgbench = Pgbench(port, stop)
        subprocess.run(pgbench.command("-i", "-q", "-s", "1"), env=os.environ | {"PGPASSWORD": "secret"}, check=True,
                       capture_output=True)
        folder = os.path.join(stack.environment["HALE_STATE"], stack.name, "volumes", "pgdata", "data")
        postmasters = Postmasters(folder, stop)
        writers = [Writer(number, address, stop) for number in range(3)]
        for thread in [pgbench, postmasters, *writers]:
            thread.start()

        last = None
        for _ in range(KILLS):
            pid = kit.eventually(lambda: self.fresh(stack, last), 30, message=lambda: stack.describe("postgres"))
            # Killed in the middle of work, not of its start: the writers' and pgbench's.
            written, paid = sum(len(writer.acknowledged) for writer in writers), self.payments(address)
            kit.eventually(lambda: sum(len(writer.acknowledged) for writer in writers) > written + 5, 30,
                           message=lambda: "nobody can write; " + stack.describe("postgres"))
            kit.eventually(lambda: self.payments(address) > paid, 30,
                           message=lambda: "pgbench commits nothing; " + stack.describe("postgres"))
            kit.kill(pid)
            last = pid

        stack.wait_until_healthy("postgres")
        stop.set()
        for thread in [*writers, postmasters, pgbench]:
            thread.join(60)
        with psycopg.connect(**address) as connection:
            there = set(connection.execute("SELECT writer, value FROM written").fetchall())
            sums = connection.execute(
                "SELECT (SELECT sum(abalance) FROM pgbench_accounts), (SELECT sum(tbalance) FROM pgbench_tellers),"
                " (SELECT sum(bbalance) FROM pgbench_branches), (SELECT sum(delta) FROM pgbench_history)").fetchone()
        acknowledged = {(writer.number, value) for writer in writers for value in writer.acknowledged}
        self.assertEqual(acknowledged - there, set(), "acknowledged rows are lost")
        self.assertGreaterEqual(self.payments(address), max(pgbench.acknowledged, KILLS))
        self.assertEqual(len(set(sums)), 1, sums)
        self.assertEqual(postmasters.most, 1, "several postmasters on one data folder")
        self.assertGreater(postmasters.looks, 100)
        self.assertGreater(len(postmasters.known), KILLS // 2)
        self.assertGreaterEqual(stack.service("postgres")["restarts"], KILLS)

    def payments(self, address):
        """How many of pgbench's transactions are committed; each adds one row to its history."""
        with psycopg.connect(**address) as connection:
            return connection.execute("SELECT count(*) FROM pgbench_history").fetchone()[0]

    def fresh(self, stack, last):
        instance = stack.instance("postgres")
        return instance.get("pid") if instance.get("pid") != last and instance["health"] == "healthy" else None


if __name__ == "__main__":
    kit.main()
