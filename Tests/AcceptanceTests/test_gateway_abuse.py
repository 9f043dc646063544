"""Clients and servers that behave badly cost the gateway little, leave nothing behind, and harm nobody else."""
import hashlib
import multiprocessing
import os
import resource
import select
import socket
import statistics
import struct
import sys
import threading
import time
import urllib.request

import kit

sys.path.append(kit.SERVERS)
import abused

MIB = 1 << 20
HEAD = b"GET / HTTP/1.1\r\nHost: example\r\nX-Padding: " + b"x" * 400 + b"\r\n\r\n"


def memory(pid):
    """Resident bytes."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def expected(size):
    """The SHA-256 of what `source` sends."""
    seen = hashlib.sha256()
    for number in range(-(-size // abused.BLOCK)):
        seen.update(abused.block(number)[:size - number * abused.BLOCK])
    return seen.hexdigest()


def hold_open(port, count, network, pipe):
    """Opens that many connections from addresses of 127.0.`network`.0/24, without waiting for any, and keeps them until
    the pipe says so. Answers how many were made by then. Run as a process of its own, as descriptors are limited by
    process."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sockets = []
    for number in range(count):
        client = socket.socket()
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
        client.bind((f"127.0.{network}.{number % 200 + 1}", 0))
        client.connect_ex(("127.0.0.1", port))
        sockets.append(client)
    pipe.send(None)
    pipe.recv()
    made = 0
    for client in sockets:
        try:
            client.getpeername()
            made += 1
        except OSError:
            # Not yet, or not any more.
            continue
    pipe.send(made)


class GatewayAbuseTests(kit.TestCase):
    """Each begins with a gateway at rest and a neighbour that is never abused, and ends with both as they were."""

    def setUp(self):
        self.port, self.neighbour = kit.free_port(), kit.free_port()
        victim = kit.echo_service(self.port, check=None)
        victim["x-hale"]["run"] = kit.server("abused.py")
        victim["x-hale"]["check"] = kit.QUICK_CHECK
        self.running = self.stack({"victim": victim, "neighbour": kit.echo_service(self.neighbour)})
        self.running.up()
        self.pids = self.running.pids()
        self.gateway = self.running.role("gateway")
        self.latency()
        self.before = descriptors(self.gateway)
        self.memory = memory(self.gateway)

    def command(self, text, timeout=60):
        client = kit.connect(self.port, timeout)
        client.sendall(text.encode() + b"\n")
        return client

    def answer(self, text):
        with self.command(text) as client:
            return client.makefile("rb").read()

    def latency(self, count=30):
        """The median time that the neighbour takes to answer on a new connection, in seconds."""
        times = []
        for _ in range(count):
            began = time.monotonic()
            self.assertTrue(kit.ask(self.neighbour, timeout=20).endswith("hello"))
            times.append(time.monotonic() - began)
        return statistics.median(times)

    def assert_neighbour_is_unharmed(self, usual):
        """Far from what it would be if somebody were waited for, and near enough for a busy machine."""
        self.assertLess(self.latency(), max(20 * usual, 0.2))

    def assert_grew_by_less_than(self, most):
        self.assertLess(memory(self.gateway) - self.memory, most, "the gateway took more memory than it may")

    def assert_nothing_is_left(self, but=0):
        # Connections to servers that were told to end close one after the other. Those that a full backlog has swallowed
        # end when the kernel has asked five times, which takes a minute.
        kit.eventually(lambda: descriptors(self.gateway) <= self.before + but, timeout=150, every=0.1,
                       message=lambda: f"{descriptors(self.gateway)} descriptors, {self.before} before")
        self.assertEqual(self.running.role("gateway"), self.gateway, "the gateway is another one")
        self.assertEqual(self.running.pids(), self.pids)

    def test_slow_heads(self):
        """Hundreds of clients send a request a byte at a time."""
        usual = self.latency()
        clients = [self.command("sink") for _ in range(500)]
        for byte in HEAD[:5]:
            for client in clients:
                client.sendall(bytes([byte]))
            self.assert_neighbour_is_unharmed(usual)
            time.sleep(1)
        self.assert_grew_by_less_than(8 * MIB)
        for client in clients:
            client.sendall(HEAD[5:])
            client.shutdown(socket.SHUT_WR)
        for client in clients:
            with client:
                self.assertEqual(client.makefile("rb").read().decode(),
                                 f"{len(HEAD)} {hashlib.sha256(HEAD).hexdigest()}")
        self.assert_nothing_is_left()

    def test_readers_that_do_not_read(self):
        """What a server sends to a client that does not take it stays with the server."""
        usual = self.latency()
        clients = [self.command(f"source {64 * MIB}") for _ in range(100)]
        for client in clients:
            self.assertEqual(len(client.recv(1)), 1)
        self.assert_neighbour_is_unharmed(usual)
        # 64 KiB for each client.
        self.assert_grew_by_less_than(100 * 65536 + 8 * MIB)
        with clients.pop() as client:
            count = 1
            while data := client.recv(MIB):
                count += len(data)
        self.assertEqual(count, 64 * MIB)
        for client in clients:
            client.close()
        self.assert_nothing_is_left()

    def open_crowd(self, total, processes=4):
        """That many connections at once, by processes of their own; returns what ends them and counts those made."""
        context = multiprocessing.get_context("spawn")
        crowd = []
        for number in range(processes):
            ours, theirs = context.Pipe()
            process = context.Process(target=hold_open, args=(self.port, total // processes, 10 + number, theirs))
            process.start()
            crowd.append((process, ours))
        for _, pipe in crowd:
            pipe.recv()

        def end():
            made = 0
            for process, pipe in crowd:
                if process.is_alive():
                    pipe.send(None)
                    made += pipe.recv()
                process.join()
            crowd.clear()
            return made
        self.addCleanup(end)
        return end

    def test_more_connections_than_there_is_room_for(self):
        """Of 20,000 connections as many are forwarded as the gateway has descriptors for; who was there before them is
        served as before, and so is everybody once they have gone."""
        usual = self.latency()
        with kit.connect(self.neighbour, timeout=20) as old:
            end = self.open_crowd(20_000)
            # A connection has a descriptor on either side.
            soft = resource.prlimit(self.gateway, resource.RLIMIT_NOFILE)[0]
            room = min(20_000, soft // 3)
            kit.eventually(lambda: descriptors(self.gateway) - self.before >= room, timeout=60, every=0.1,
                           message=lambda: f"{descriptors(self.gateway)} of {soft} descriptors")
            self.assertLess(descriptors(self.gateway), soft)
            lines = old.makefile("r", encoding="utf-8")
            for _ in range(30):
                began = time.monotonic()
                old.sendall(b"still there\n")
                self.assertTrue(lines.readline().endswith("still there\n"))
                self.assertLess(time.monotonic() - began, 2)
            self.assert_grew_by_less_than(16 * MIB)
            self.assertGreaterEqual(end(), room // 2)
        kit.eventually(lambda: self.answer("source 3"), timeout=60)
        # Of thousands a connection or two may be known to one side alone, for as long as the kernel repeats their end.
        self.assert_nothing_is_left(but=4)
        self.assert_neighbour_is_unharmed(usual)
        self.assert_grew_by_less_than(16 * MIB)

    def test_one_service_does_not_take_the_room_of_all(self):
        """New clients of another service get through while one of them has more connections than there is room for."""
        usual = self.latency()
        end = self.open_crowd(20_000)
        soft = resource.prlimit(self.gateway, resource.RLIMIT_NOFILE)[0]
        kit.eventually(lambda: descriptors(self.gateway) - self.before >= min(20_000, soft // 3), timeout=60, every=0.1)
        try:
            self.assert_neighbour_is_unharmed(usual)
        finally:
            end()
        self.assert_nothing_is_left()

    def test_half_closed_by_the_client(self):
        for _ in range(50):
            with self.command("sink") as client:
                client.sendall(b"x" * 100_000)
                client.shutdown(socket.SHUT_WR)
                self.assertEqual(client.makefile("rb").read().decode(),
                                 f"100000 {hashlib.sha256(b'x' * 100_000).hexdigest()}")
        # Those that have ended their direction and then wait for long are not forgotten, nor closed.
        waiting = [self.command(f"source {8 * MIB}") for _ in range(20)]
        for client in waiting:
            client.shutdown(socket.SHUT_WR)
        for client in waiting:
            with client:
                self.assertEqual(hashlib.sha256(client.makefile("rb").read()).hexdigest(), expected(8 * MIB))
        self.assert_nothing_is_left()

    def test_half_closed_by_the_server(self):
        for size in 1, 100_000, 3 * MIB:
            with self.command("finish-first") as client:
                self.assertEqual(client.makefile("rb").read(), b"bye")
                client.sendall(b"y" * size)
            told = f"{size} {hashlib.sha256(b'y' * size).hexdigest()}"
            kit.eventually(lambda: self.answer("last").decode() == told)
        self.assert_nothing_is_left()

    def read_until_reset(self, size):
        """How many bytes came before the connection was reset; -1 where it ended as if all were there."""
        with self.command(f"reset {size}") as client:
            count = 0
            try:
                while data := client.recv(MIB):
                    count += len(data)
                return -1
            except ConnectionResetError:
                return count

    def test_servers_that_break_off(self):
        """A client of a server that resets in the middle must not take what came for the whole."""
        counts = []

        def client():
            counts.append(self.read_until_reset(3 * MIB))
        threads = [threading.Thread(target=client) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(counts), 100)
        self.assertNotIn(-1, counts)
        self.assert_nothing_is_left()

    def test_clients_that_break_off(self):
        usual = self.latency()
        for _ in range(5):
            clients = [self.command(f"source {64 * MIB}") for _ in range(50)]
            for client in clients:
                client.recv(1)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
        self.assert_nothing_is_left()
        self.assert_grew_by_less_than(16 * MIB)
        self.assert_neighbour_is_unharmed(usual)

    def test_a_gibibyte_each_way(self):
        size = 1 << 30
        received = hashlib.sha256()
        with self.command(f"source {size}") as client:
            while data := client.recv(MIB):
                received.update(data)
        whole = expected(size)
        self.assertEqual(received.hexdigest(), whole)
        self.assert_grew_by_less_than(8 * MIB)
        with self.command("sink") as client:
            for number in range(size // abused.BLOCK):
                client.sendall(abused.block(number))
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(client.makefile("rb").read().decode(), f"{size} {whole}")
        self.assert_grew_by_less_than(8 * MIB)
        self.assert_nothing_is_left()


class SlowRequestTests(kit.TestCase):
    """Clients of HTTP that never end their requests, so that all places are taken (slow loris)."""

    def test_heads_without_end(self):
        port = kit.free_port()
        running = self.stack({"web": {
            "image": "example/web:1", "ports": [f"127.0.0.1:{port}:7000"], "x-hale": {
                "run": kit.server("pages.py"), "protocol": "http", "timeout": {"head": "2s"},
                "check": {"http": "/healthz", "interval": "1s", "start_interval": "100ms", "start_period": "10s"}}}})
        running.up()
        gateway = running.role("gateway")

        def get():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as response:
                return response.status
        self.assertEqual(get(), 200)
        before, used = descriptors(gateway), memory(gateway)
        clients = [kit.connect(port, 60) for _ in range(500)]
        for client in clients:
            client.sendall(b"GET / HTTP/1.1\r\nHost: web\r\n")
        # Whoever goes on and on gets no more time than who says nothing.
        waiting = set(clients)
        while waiting:
            self.assertEqual(get(), 200)
            readable = set(select.select(waiting, [], [], 0.2)[0])
            for client in waiting - readable:
                client.sendall(b"X: y\r\n")
            waiting -= readable
            self.assertLess(memory(gateway) - used, 500 * 65536 + 8 * MIB)
        for client in clients:
            with client:
                self.assertTrue(client.recv(MIB).startswith(b"HTTP/1.1 408 "))
        kit.eventually(lambda: descriptors(gateway) <= before + 2, timeout=60)
        self.assertEqual(running.role("gateway"), gateway)


if __name__ == "__main__":
    kit.main()
