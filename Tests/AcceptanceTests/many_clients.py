"""Clients of PostgreSQL, Redis, a graph database and Ollama that never stop asking, and what became of their calls.

A client keeps its connection, or makes one for each call, and makes a new one when a call has gone wrong. What went
wrong is told apart by when it did:

broken   a connection in use, or one being made, when the server was killed: whoever forwards bytes cannot help that;
         of HTTP only the requests under way that may not be sent twice, which POST is
failed   everything else: a new connection, or a request that may be sent again or was sent later, without an answer
"""
import collections
import logging
import os
import threading
import time

import httpx
import neo4j
import ollama
import psycopg
import redis

import kit

PATIENCE = 120
"""Seconds for which a client waits for an answer."""
THINKING = 0.25
"""Seconds between two calls of one client."""
# Clients by service: those that keep their connection, and those that make one for each call.
CROWD = {"postgres": (40, 20), "redis": (40, 20), "graph": (14, 6), "ollama": (17, 17)}


class Tally:
    """What became of the calls to one service; every client has its own."""

    def __init__(self):
        self.calls = 0
        self.longest_wait = 0.0
        # When the last call that was answered began.
        self.answered_since = 0.0
        # When each call that went wrong began and ended, whether that broke a session, and what was said.
        self.errors = []


class Client(threading.Thread):
    """Asks again and again until it is told to stop."""

    errors = (OSError,)
    # Whether a connection in use is more than the call under way in it, and so breaks with the server.
    has_session = True
    # Whether a call that was under way when the server was killed may be sent again by whoever forwards it.
    is_repeatable = False

    def __init__(self, address, keeps, stop):
        super().__init__(daemon=True)
        self.address, self.keeps, self.stop = address, keeps, stop
        self.tally = Tally()
        self.connection = None

    def open(self):
        raise NotImplementedError

    def ask(self):
        raise NotImplementedError

    def close(self):
        if self.connection is not None:
            try:
                self.connection.close()
            except self.errors:
                # It is given up either way.
                pass
            self.connection = None

    def call(self):
        """One call, in a connection that is there or a new one."""
        began, was_in_use = time.monotonic(), self.connection is not None
        try:
            if self.connection is None:
                self.connection = self.open()
            self.ask()
        except self.errors as error:
            self.tally.errors.append((began, time.monotonic(), was_in_use and self.has_session, repr(error)))
            self.close()
            return
        self.tally.calls += 1
        self.tally.longest_wait = max(self.tally.longest_wait, time.monotonic() - began)
        self.tally.answered_since = began
        if not self.keeps:
            self.close()

    def run(self):
        while not self.stop.wait(THINKING):
            self.call()
        self.close()


class PostgresClient(Client):
    errors = (psycopg.Error, OSError)

    def open(self):
        return psycopg.connect(host="127.0.0.1", port=self.address, user="critical", password="critical-postgres",
                               dbname="critical", connect_timeout=PATIENCE, autocommit=True)

    def ask(self):
        if self.connection.execute("SELECT 6 * 7").fetchone() != (42,):
            raise psycopg.Error("the answer is not 42")


class RedisClient(Client):
    errors = (redis.RedisError, OSError)

    def open(self):
        # It would try again by itself, and nobody would know.
        return redis.Redis(port=self.address, password="critical-redis", socket_timeout=PATIENCE, retry=None,
                           socket_connect_timeout=PATIENCE, single_connection_client=True)

    def ask(self):
        if self.connection.incr("calls") < 1:
            raise redis.RedisError("the answer is not a count")


class Bolt:
    """One driver with one session, that closes as one."""

    def __init__(self, port):
        self.driver = neo4j.GraphDatabase.driver(
            f"bolt://127.0.0.1:{port}", auth=("neo4j", "critical-graph"), max_connection_pool_size=1,
            connection_timeout=PATIENCE, connection_acquisition_timeout=PATIENCE, notifications_min_severity="OFF")
        self.session = self.driver.session(database="neo4j")

    def close(self):
        try:
            self.session.close()
        finally:
            self.driver.close()


class GraphClient(Client):
    errors = (neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError, OSError)

    def open(self):
        return Bolt(self.address)

    def ask(self):
        # A query outside a transaction function: the driver does not try again by itself.
        if self.connection.session.run("RETURN 42 AS answer").single().value() != 42:
            raise neo4j.exceptions.DriverError("the answer is not 42")


class OllamaClient(Client):
    """Half of them ask by GET, which may be sent again, and half by POST, which may not."""

    errors = (ollama.ResponseError, httpx.HTTPError, OSError)
    has_session = False

    def open(self):
        return Ollama(self.address)


class OllamaReader(OllamaClient):
    is_repeatable = True

    def ask(self):
        if not self.connection.list().models:
            raise OSError("no model is listed")


class OllamaWriter(OllamaClient):
    def ask(self):
        if not self.connection.generate("tinyllama", "hello", options={"num_predict": 4}).response:
            raise OSError("nothing was generated")


class Ollama(ollama.Client):
    def __init__(self, port):
        # One context for all: making it takes longer than the call.
        super().__init__(host=f"http://127.0.0.1:{port}", timeout=PATIENCE, verify=TLS)

    def close(self):
        self._client.close()


# Its driver writes a line for each connection that breaks.
logging.getLogger("neo4j").setLevel(logging.CRITICAL)
TLS = httpx.create_ssl_context()
KINDS = {"postgres": (PostgresClient,), "redis": (RedisClient,), "graph": (GraphClient,),
         "ollama": (OllamaReader, OllamaWriter)}


class Crowd:
    """All clients of all services. `ports` says where each of `CROWD` is reached."""

    def __init__(self, ports):
        self.stop = threading.Event()
        self.clients = {service: self.made(service, ports[service]) for service in CROWD}
        self.kills = collections.defaultdict(list)

    def made(self, service, port):
        keeping, reconnecting = CROWD[service]
        kinds = KINDS[service]
        return [kinds[number % len(kinds)](port, number < keeping, self.stop)
                for number in range(keeping + reconnecting)]

    def __len__(self):
        return sum(map(len, self.clients.values()))

    def start(self):
        for clients in self.clients.values():
            for client in clients:
                client.start()
        for service in self.clients:
            self.wait_until_served(service, 0.0)

    def wait_until_served(self, service, since):
        """Waits until a call of each client that began after `since` was answered."""
        deadline = time.monotonic() + PATIENCE
        while waiting := [client for client in self.clients[service] if client.tally.answered_since <= since]:
            if time.monotonic() > deadline:
                said = [client.tally.errors[-1][3] for client in waiting if client.tally.errors]
                raise AssertionError(f"{len(waiting)} clients of {service} are not served again: {said[:3]}")
            time.sleep(0.02)

    def kill(self, service, kill):
        """Has the server killed by `kill`, which returns when it is gone, and waits until each client is served."""
        began = time.monotonic()
        kill(service)
        gone = time.monotonic()
        self.kills[service].append((began, gone))
        self.wait_until_served(service, gone)
        return time.monotonic() - began

    def end(self):
        """Has all clients stop; one that waits for an answer for ever does not hold up the others."""
        self.stop.set()
        deadline = time.monotonic() + 10
        for clients in self.clients.values():
            for client in clients:
                client.join(max(0.0, deadline - time.monotonic()))

    def report(self):
        """By service: clients, calls, failed and broken ones, the longest wait in seconds, and what was said."""
        return {service: self.summary(service) for service in self.clients}

    def summary(self, service):
        clients = self.clients[service]
        broken, failed, said = 0, 0, collections.Counter()
        for client in clients:
            for began, ended, was_in_session, error in client.tally.errors:
                if was_in_session or (not client.is_repeatable and self.was_under_way(service, began, ended)):
                    broken += 1
                else:
                    failed += 1
                    said[f"{type(client).__name__}: {error}"] += 1
        return {"clients": len(clients), "kills": len(self.kills[service]),
                "calls": sum(client.tally.calls for client in clients), "failed": failed, "broken": broken,
                "longest_wait": max(client.tally.longest_wait for client in clients), "said": dict(said.most_common(5))}

    def was_under_way(self, service, began, ended):
        return any(began <= gone and ended >= killed for killed, gone in self.kills[service])


def has_ended(pid):
    """Whether a process is gone with all its threads. The first may have ended before the others, and only with the last
    are its sockets closed: until then it takes connections, to break them a moment later."""
    try:
        return not kit.is_running(pid) and len(os.listdir(f"/proc/{pid}/task")) < 2
    except FileNotFoundError:
        return True


def table(report):
    yield f"{'':10}{'clients':>9}{'kills':>7}{'calls':>9}{'failed':>8}{'broken':>8}{'longest wait, s':>17}"
    for service, row in report.items():
        yield (f"{service:10}{row['clients']:>9}{row['kills']:>7}{row['calls']:>9}{row['failed']:>8}{row['broken']:>8}"
               f"{row['longest_wait']:>17.2f}")
