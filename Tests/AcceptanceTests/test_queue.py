"""Background work for a service that is away: it is accepted, outlives everything, and is done once the service is back."""
import contextlib
import hashlib
import http.client
import json
import os
import subprocess
import unittest

import kit
from test_bad_disk import MAY_MOUNT, fill, mount

TICKETS = "/.well-known/hale/tickets/"


class Client:
    """One that sends work to a port."""

    def __init__(self, port):
        self.port = port

    def ask(self, method, path, body=None, chunked=False, **fields):
        """Status, fields and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body, encode_chunked=chunked,
                               headers={name.replace("_", "-"): value for name, value in fields.items()})
            response = connection.getresponse()
            return response.status, response.headers, response.read()

    def post(self, body, path="/orders", **options):
        return self.ask("POST", path, body, **options)

    def ticket(self, url):
        status, _, body = self.ask("GET", url)
        assert status == 200, f"{status} {body}"
        return json.loads(body)

    def state(self, url):
        return self.ticket(url)["state"]


class QueueTestCase(kit.TestCase):
    def start(self, queue=True, before_up=None, user=None, **hale):
        """Starts a service `work` with that queue; `self.client` sends to it."""
        port = kit.free_port()
        stack = kit.Stack({"work": {
            "image": "example/work:1", "restart": "unless-stopped", "ports": [f"127.0.0.1:{port}:7000"],
            "x-hale": {"run": kit.server("working.py"), "protocol": "http", "hold": "0s", "confirm": "200ms",
                       "check": {"http": "/healthz", "interval": "1s", "timeout": "1s"},
                       "fallback": {"queue": queue}} | hale}}, user=user)
        self.addCleanup(stack.close)
        self.done = stack.path("done.jsonl")
        self.mood = stack.path("mood")
        stack.model["services"]["work"]["environment"] = {"DONE": self.done, "MOOD": self.mood}
        stack.write()
        if before_up:
            before_up(stack)
        stack.up()
        stack.wait_until_healthy("work")
        self.client = Client(port)
        return stack

    def set_mood(self, mood):
        with open(self.mood + ".new", "w", encoding="ascii") as file:
            file.write(mood)
        os.rename(self.mood + ".new", self.mood)

    def requests(self):
        """What the service was asked to do, in that order."""
        if not os.path.exists(self.done):
            return []
        with open(self.done, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]

    def enqueue(self, body, **options):
        """Has that done later; the path of the ticket."""
        status, fields, answer = self.client.post(body, **options)
        self.assertEqual((status, fields["Hale-Fallback"]), (202, "queue"), answer)
        answer = json.loads(answer)
        self.assertEqual((answer["url"], answer["state"]), (fields["Location"], "queued"))
        self.assertEqual(answer["url"], TICKETS + answer["ticket"])
        self.assertGreaterEqual(int(fields["Retry-After"]), 1)
        return answer["url"]

    def assert_delivered(self, urls):
        for url in urls:
            kit.eventually(lambda: self.client.state(url) == "delivered", 60, message=lambda: f"{self.client.ticket(url)}")

    def metric(self, stack, name, **labels):
        for line in stack.get("/metrics")[1].splitlines():
            if line.startswith(name + "{") and all(f'{key}="{value}"' in line for key, value in labels.items()):
                return float(line.rsplit(" ", 1)[1])
        return None


class DeliveryTests(QueueTestCase):
    def test_everything_is_done_as_it_was_sent_and_in_order(self):
        stack = self.start()
        self.assertEqual(self.client.post(b"now")[0], 200)
        stack.hale("stop", "work")
        bodies = [os.urandom(length) for length in (0, 1, 1_000, 60_000, 70_000, 1_000_000)] * 3
        urls = [self.enqueue(body, path=f"/orders/{place}?a=%20b", X_Place=str(place))
                for place, body in enumerate(bodies)]
        parts = [b"a" * 70_000, b"b", b"c" * 70_000]
        urls.append(self.enqueue(iter(parts), path=f"/orders/{len(bodies)}?a=%20b", chunked=True,
                                 Transfer_Encoding="chunked", X_Place=str(len(bodies))))
        bodies.append(b"".join(parts))
        self.assertEqual([self.client.state(url) for url in urls], ["queued"] * len(urls))
        kit.eventually(lambda: self.metric(stack, "hale_gateway_queue_requests", state="queued") == len(urls))
        self.assertGreater(self.metric(stack, "hale_gateway_queue_bytes"), sum(map(len, bodies)))

        stack.hale("start", "work")
        self.assert_delivered(urls)
        done = self.requests()[1:]
        self.assertEqual([request["path"] for request in done],
                         [f"/orders/{place}?a=%20b" for place in range(len(bodies))])
        self.assertEqual([request["digest"] for request in done],
                         [hashlib.sha256(body).hexdigest() for body in bodies])
        for place, (request, url) in enumerate(zip(done, urls)):
            fields = request["fields"]
            self.assertEqual((fields["X-Place"], fields["Host"]), (str(place), f"127.0.0.1:{self.client.port}"))
            self.assertEqual((fields["Idempotency-Key"], fields["Hale-Delivery-Attempt"]),
                             (url.removeprefix(TICKETS), "1"))
        ticket = self.client.ticket(urls[2])
        self.assertEqual((ticket["method"], ticket["target"], ticket["attempts"]), ("POST", "/orders/2?a=%20b", 1))
        self.assertEqual(ticket["response"]["status"], 200)
        status, fields, body = self.client.ask("GET", ticket["response"]["url"])
        self.assertEqual((status, fields["X-Worker"], fields["Hale-Fallback"]), (200, "work", "queue"))
        self.assertEqual(len(body), ticket["response"]["bytes"])
        self.assertIn("number", json.loads(body))
        kit.eventually(lambda: self.metric(stack, "hale_gateway_queue_delivered_total") == len(urls))
        kit.eventually(lambda: self.metric(stack, "hale_gateway_queued_total") == len(urls))

    def test_the_same_work_is_done_once_and_what_is_withdrawn_is_not(self):
        stack = self.start()
        stack.hale("stop", "work")
        first = self.enqueue(b"tea", Idempotency_Key="1")
        self.assertEqual(self.enqueue(b"tea", Idempotency_Key="1"), first)
        second = self.enqueue(b"coffee", Idempotency_Key="2")
        self.assertEqual(self.client.ask("DELETE", second)[0], 200)
        self.assertEqual(self.client.ask("GET", second)[0], 404)
        third = self.enqueue(b"milk")
        stack.hale("start", "work")
        self.assert_delivered([first, third])
        self.assertEqual([request["length"] for request in self.requests()], [3, 4])
        self.assertEqual(self.client.ask("DELETE", first)[0], 409)

    def test_what_fails_is_tried_again_and_given_up_in_the_end(self):
        stack = self.start({"attempts": 2}, breaker="off")
        stack.hale("stop", "work")
        urls = [self.enqueue(b"tea"), self.enqueue(b"coffee")]
        self.set_mood("500")
        stack.hale("start", "work")
        for url in urls:
            kit.eventually(lambda: self.client.state(url) == "failed", 30, message=lambda: f"{self.client.ticket(url)}")
        self.assertEqual(self.client.ticket(urls[0])["attempts"], 2)
        self.assertEqual(self.client.ask("GET", urls[0] + "/response")[0], 500)
        attempts = [(request["length"], request["fields"]["Hale-Delivery-Attempt"]) for request in self.requests()]
        self.assertEqual(sorted(attempts), [(3, "1"), (3, "2"), (6, "1"), (6, "2")])
        kit.eventually(lambda: self.metric(stack, "hale_gateway_queue_failed_total") == 2)

    def test_what_was_sent_and_must_not_be_repeated_is_not_queued(self):
        stack = self.start()
        self.set_mood("die")
        self.assertEqual(self.client.post(b"tea")[0], 502)
        os.remove(self.mood)
        # It is done before what comes after it, were it queued.
        kit.eventually(lambda: self.client.ask("GET", "/next")[0] == 200)
        stack.hale("stop", "work")
        last = self.enqueue(b"coffee")
        stack.hale("start", "work")
        self.assert_delivered([last])
        self.assertEqual([request["length"] for request in self.requests() if request["method"] == "POST"], [3, 6])

    def test_a_full_queue_takes_no_more(self):
        stack = self.start({"count": 3, "methods": ["POST"], "paths": ["/orders"], "body": "64KiB"})
        stack.hale("stop", "work")
        urls = [self.enqueue(body) for body in (b"1", b"22", b"333")]
        status, fields, _ = self.client.post(b"4444")
        self.assertEqual((status, fields["Hale-Fallback"]), (503, None))
        kit.eventually(lambda: self.metric(stack, "hale_gateway_queue_refused_total") == 1)
        self.assertEqual(self.client.ask("DELETE", urls[0])[0], 200)
        for method, path, body in [("GET", "/orders", None), ("PUT", "/orders", b"x"), ("POST", "/others", b"x"),
                                   ("POST", "/orders", b"x" * 70_000)]:
            self.assertEqual(self.client.ask(method, path, body)[0], 503, f"{method} {path}")
        urls[0] = self.enqueue(b"55555")
        stack.hale("start", "work")
        self.assert_delivered(urls)
        self.assertEqual([request["length"] for request in self.requests()], [2, 3, 5])

    def test_people_see_what_is_queued_and_decide(self):
        stack = self.start({"attempts": 1})
        self.assertIn("no requests are kept", stack.hale("queue").stderr)
        stack.hale("stop", "work")
        first, second = (self.enqueue(body, path=path) for body, path in ((b"tea", "/a"), (b"coffee", "/b")))
        self.assertRegex(stack.hale("queue").stdout, r"work +7000 +queued .* POST /a\b")
        listed = [json.loads(line) for line in stack.hale("queue", "list", "work", "--format", "json").stdout.splitlines()]
        self.assertEqual([(entry["service"], entry["url"], entry["state"]) for entry in listed],
                         [("work", first, "queued"), ("work", second, "queued")])
        self.assertEqual(stack.hale("queue", "list", "other", "--format", "json").stdout, "")
        stack.hale("queue", "remove", second.removeprefix(TICKETS))
        kit.eventually(lambda: self.client.ask("GET", second)[0] == 404)
        self.assertNotEqual(stack.hale("queue", "remove", second.removeprefix(TICKETS), check=False).returncode, 0)
        self.set_mood("500")
        stack.hale("start", "work")
        kit.eventually(lambda: self.client.state(first) == "failed", 30)
        self.assertRegex(stack.hale("queue").stdout, r"failed .* POST /a +answered with 500")
        os.remove(self.mood)
        stack.hale("queue", "retry", first.removeprefix(TICKETS))
        self.assert_delivered([first])
        result = stack.hale("queue", "retry", first.removeprefix(TICKETS), check=False)
        self.assertIn("was delivered", result.stderr)
        self.assertEqual([request["path"] for request in self.requests()], ["/a", "/a"])


class SurvivalTests(QueueTestCase):
    def test_the_death_of_any_of_hales_processes(self):
        stack = self.start()
        stack.hale("stop", "work")
        bodies = [b"x" * length for length in range(1, 61)]
        urls = [self.enqueue(body) for body in bodies[:20]]
        for role in "gateway", "healer", "keeper", "gateway":
            old = stack.role(role)
            kit.kill(old)
            kit.eventually(lambda: stack.role(role, timeout=0) not in (None, old), 30)
            kit.eventually(lambda: self.client.state(urls[0]) == "queued", 30,
                           message=lambda: f"after the death of the {role}: {self.client.ticket(urls[0])}")
            urls += [self.enqueue(body) for body in bodies[len(urls):len(urls) + 10]]
        self.set_mood("slow")
        stack.hale("start", "work")
        # In the middle of the deliveries, again.
        for role in "gateway", "keeper", "healer", "gateway":
            count = len(self.requests())
            kit.eventually(lambda: len(self.requests()) >= count + 3, 30)
            old = stack.role(role)
            kit.kill(old)
            kit.eventually(lambda: stack.role(role, timeout=0) not in (None, old), 30)
        self.assert_delivered(urls)
        self.assert_each_was_done_in_order(bodies, urls)

    def assert_each_was_done_in_order(self, bodies, urls):
        """At least once each, and more than once only where that is said."""
        done = self.requests()
        seen = []
        for request in done:
            place = request["length"] - 1
            self.assertEqual(request["digest"], hashlib.sha256(bodies[place]).hexdigest())
            self.assertEqual(request["fields"]["Idempotency-Key"], urls[place].removeprefix(TICKETS))
            attempt = request["fields"]["Hale-Delivery-Attempt"]
            self.assertNotIn((place, attempt), seen)
            seen.append((place, attempt))
        firsts = list(dict.fromkeys(place for place, _ in seen))
        self.assertEqual(firsts, list(range(len(bodies))))
        self.assertLess(len(done), len(bodies) + 10)

    def test_down_and_up(self):
        stack = self.start()
        stack.hale("stop", "work")
        urls = [self.enqueue(body) for body in (b"1", b"22", b"333")]
        stack.down()
        self.assertEqual(self.requests(), [])
        stack.up()
        # What people stopped stays so, as they said.
        stack.hale("start", "work")
        self.assert_delivered(urls)
        self.assertEqual([request["length"] for request in self.requests()], [1, 2, 3])
        stack.down()
        stack.up()
        self.assertEqual(self.client.ask("GET", urls[0] + "/response")[0], 200)
        self.assertEqual(len(self.requests()), 3)

    def test_all_at_once_as_in_a_power_cut(self):
        stack = self.start()
        stack.hale("stop", "work")
        urls = [self.enqueue(body) for body in (b"1", b"22", b"333")]
        pids = [stack.role(role) for role in ("keeper", "healer", "gateway")]
        for pid in pids:
            kit.kill(pid)
        kit.eventually(lambda: not any(map(kit.is_running, pids)))
        folder = os.path.join(stack.state, "queue", "work", "7000")
        first = sorted(name for name in os.listdir(folder) if name.endswith(".request"))[1]
        with open(os.path.join(folder, first), "r+b") as file:
            file.truncate(os.path.getsize(file.name) - 1)
        with open(os.path.join(folder, "rubbish"), "wb") as file:
            file.write(os.urandom(100))
        stack.up()
        stack.hale("start", "work")
        self.assert_delivered([urls[0], urls[2]])
        self.assertEqual(self.client.ask("GET", urls[1])[0], 404)
        self.assertEqual(sorted(os.listdir(os.path.join(folder, "aside"))), sorted([first, "rubbish"]))
        self.assertEqual([request["length"] for request in self.requests()], [1, 3])
        self.assertIn("set aside", stack.own_logs(200))

    @unittest.skipUnless(os.geteuid() == 0, "NOT SHOWN: another user; that needs root")
    def test_without_root(self):
        stack = self.start(user=kit.NOBODY)
        stack.hale("stop", "work")
        url = self.enqueue(b"secret")
        folder = os.path.join(stack.state, "queue", "work", "7000")
        self.assertEqual(os.stat(folder).st_mode & 0o777, 0o700)
        for name in os.listdir(folder):
            status = os.stat(os.path.join(folder, name))
            self.assertEqual((status.st_mode & 0o777, status.st_uid), (0o600, kit.NOBODY), name)
        stack.hale("start", "work")
        self.assert_delivered([url])


@unittest.skipUnless(MAY_MOUNT, "NOT SHOWN: a full disk; mounting needs root")
class DiskTests(QueueTestCase):
    def test_on_a_full_disk_nothing_is_accepted(self):
        def mount_state(stack):
            self.state = stack.environment["HALE_STATE"]
            os.makedirs(self.state)
            mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", self.state)
            self.addCleanup(subprocess.run, ["umount", "-l", self.state], check=False, capture_output=True)
            self.addCleanup(stack.hale, "down", "-t", "5", check=False)

        stack = self.start(before_up=mount_state)
        stack.hale("stop", "work")
        first = self.enqueue(b"1")
        filler = os.path.join(self.state, "filler")
        fill(filler)
        for body in (b"22" * 10_000, b"333" * 100_000):
            status, fields, _ = self.client.post(body)
            self.assertEqual((status, fields["Hale-Fallback"]), (503, None))
        self.assertEqual(self.client.state(first), "queued")
        kit.eventually(lambda: self.metric(stack, "hale_gateway_queued_total") == 1)
        os.remove(filler)
        last = self.enqueue(b"4444" * 1_000)
        stack.hale("start", "work")
        self.assert_delivered([first, last])
        self.assertEqual([request["length"] for request in self.requests()], [1, 4_000])
        self.assertIn("requests are not queued", stack.own_logs(200))


if __name__ == "__main__":
    kit.main()
