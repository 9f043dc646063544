"""The gateway has a loop for each processor, and each service is in one of them."""
import http.client
import os
import threading

import kit
from test_fallback import Client, FallbackTestCase


class LoopTests(FallbackTestCase):
    @staticmethod
    def loops(stack):
        """The processor time of each loop, by its number."""
        times = {}
        folder = f"/proc/{stack.role('gateway')}/task"
        for thread in os.listdir(folder):
            with open(f"{folder}/{thread}/stat", encoding="ascii", errors="replace") as file:
                text = file.read()
            name = text[text.index("(") + 1:text.rindex(")")]
            if name.startswith("loop "):
                fields = text[text.rindex(")") + 2:].split()
                times[int(name.removeprefix("loop "))] = int(fields[11]) + int(fields[12])
        return times

    def connect(self, name):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[name], timeout=30)
        self.addCleanup(connection.close)
        return connection

    @staticmethod
    def ask(connection):
        connection.request("GET", "/")
        response = connection.getresponse()
        response.read()
        return response.status

    def busy_loops(self, stack, name):
        """The loops that work while one service is asked."""
        before = self.loops(stack)

        def ask_often():
            connection = self.connect(name)
            statuses.update(self.ask(connection) for _ in range(100))
        statuses = set()
        threads = [threading.Thread(target=ask_often) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(statuses, {200})
        after = self.loops(stack)
        # Processor time is counted in hundredths of a second.
        return {number for number, time in after.items() if time - before[number] >= 5}

    def test_each_service_has_a_loop_of_its_own_while_there_are_enough(self):
        count = min(len(os.sched_getaffinity(0)), 8)
        stack = self.start(one={}, two={})
        self.assertEqual(sorted(self.loops(stack)), list(range(count)))
        if count == 1:
            self.skipTest("this machine has one processor, so there is one loop")
        busy = [self.busy_loops(stack, name) for name in ("one", "two")]
        self.assertEqual(busy, [{0}, {1}])

    def test_a_new_fallback_brings_services_together_and_nobody_notices(self):
        stack = self.start(one={}, two={})
        connection = self.connect("two")
        self.assertEqual(self.ask(connection), 200)
        used = connection.sock.getsockname()
        stack.model["services"]["one"]["x-hale"]["fallback"] = {"service": "two"}
        stack.write()
        stack.hale("reload")
        stack.hale("stop", "one")
        self.assertEqual(Client(self.ports["one"]).who(), ("two", "service two"))
        # By the connection that there was, in the loop where it began.
        self.assertEqual(self.ask(connection), 200)
        self.assertEqual(connection.sock.getsockname(), used)
        stack.hale("start", "one")
        self.assertEqual(Client(self.ports["one"]).who(), ("one", None))
        kit.kill(stack.pid("two"))
        for client in connection, self.connect("two"):
            self.assertEqual(self.ask(client), 200)

        def requests():
            return [line.rsplit(" ", 1)[1] for line in stack.get("/metrics")[1].splitlines()
                    if line.startswith("hale_gateway_requests_total") and 'service="two"' in line]
        # Three by the old connection, one by a new one, and none was forgotten when the service moved.
        kit.eventually(lambda: requests() == ["4"], message=lambda: f"requests are {requests()}")


if __name__ == "__main__":
    kit.main()
