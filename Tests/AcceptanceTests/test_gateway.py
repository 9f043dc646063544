"""Clients wait while a service is repaired, and are refused cleanly when that takes too long."""
import threading
import time

import kit


class GatewayTests(kit.TestCase):
    def test_clients_wait_for_a_restart(self):
        port = kit.free_port()
        stack = self.stack({"slow": kit.echo_service(port, "--bind-after", "1.5", hold="10s")})
        stack.up()
        before = stack.pid("slow")
        answers = []

        def client():
            try:
                answers.append(kit.ask(port, timeout=15))
            except OSError as error:
                answers.append(repr(error))

        kit.kill(before)
        # Until its sockets are closed it still takes connections, to break them a moment later.
        kit.eventually(lambda: not kit.is_running(before), every=0.001)
        clients = [threading.Thread(target=client) for _ in range(20)]
        for thread in clients:
            thread.start()
        for thread in clients:
            thread.join()
        new = stack.pid("slow")
        self.assertEqual(answers, [f"{new} hello"] * 20)

    def test_clients_are_refused_when_it_takes_too_long(self):
        port = kit.free_port()
        stack = self.stack({"slow": kit.echo_service(port, "--bind-after", "4", hold="1s")})
        stack.up()
        killed = stack.pid("slow")
        kit.kill(killed)
        kit.eventually(lambda: stack.instance("slow").get("pid") != killed)
        started = time.monotonic()
        with self.assertRaises((ConnectionError, AssertionError)):
            self.assertNotEqual(kit.ask(port, timeout=15), "")
        self.assertLess(time.monotonic() - started, 3)
        stack.wait_until_healthy("slow")
        self.assertTrue(kit.ask(port).endswith("hello"))

    def test_clients_of_a_service_stopped_by_hand_are_refused_at_once(self):
        port = kit.free_port()
        stack = self.stack({"echo": kit.echo_service(port, hold="10s")})
        stack.up()
        stack.hale("stop", "echo")
        started = time.monotonic()
        with self.assertRaises((ConnectionError, AssertionError)):
            self.assertNotEqual(kit.ask(port, timeout=15), "")
        self.assertLess(time.monotonic() - started, 3)

    def test_several_ports_and_several_instances(self):
        first, second = kit.free_port(), kit.free_port()
        service = kit.echo_service(first)
        service["ports"].append(f"127.0.0.1:{second}:7000")
        service["deploy"] = {"replicas": 3}
        stack = self.stack({"echo": service})
        stack.up()
        pids = {str(instance["pid"]) for instance in stack.service("echo")["instances"]}
        self.assertEqual(len(pids), 3)
        for port in first, second:
            seen = set()
            kit.eventually(lambda: seen.add(kit.ask(port).split()[0]) or len(seen) == len(pids))
            self.assertEqual(seen, pids)
        killed = stack.pid("echo", 2)
        kit.kill(killed)
        kit.eventually(lambda: not kit.is_running(killed), every=0.001)
        for _ in range(20):
            self.assertTrue(kit.ask(first).endswith("hello"))

    def test_half_closed_and_large_transfers(self):
        port = kit.free_port()
        stack = self.stack({"echo": kit.echo_service(port)})
        stack.up()
        lines = [f"line {number} {'x' * 1000}" for number in range(5000)]
        with kit.connect(port, timeout=30) as client:
            def send():
                client.sendall("".join(line + "\n" for line in lines).encode())
                client.shutdown(1)
            sender = threading.Thread(target=send)
            sender.start()
            answers = [line.rstrip("\n").split(" ", 1)[1] for line in client.makefile("r")]
            sender.join()
        self.assertEqual(answers, lines)

    def test_port_in_use_is_said(self):
        with kit.socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            stack = self.stack({"echo": kit.echo_service(port)})
            result = stack.hale("up", "-d", check=False)
            self.assertIn(str(port), result.stdout + result.stderr)


if __name__ == "__main__":
    kit.main()
