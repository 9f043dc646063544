"""What clients did is what is counted and logged: access logs, the metrics of calls, and how long calls took."""
import collections
import http.client
import json
import os
import re
import socket
import struct
import subprocess

import redis

import kit

SAMPLE = re.compile(r"^(\w+?)(_bucket|_sum|_count|_total)?\{(.*)\} (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
PAIR = re.compile(r'([a-z_]+)=("(?:[^"\\]|\\["\\])*"|[^ "=\\]+)(?: |$)')
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def logfmt(line):
    """The pairs of a line, none of which may be left over."""
    pairs, end = {}, 0
    for match in PAIR.finditer(line):
        assert match.start() == end, line
        end = match.end()
        value = match[2]
        pairs[match[1]] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
    assert end == len(line), line
    return pairs


class AccessLogTestCase(kit.TestCase):
    def make(self, web=None, cache=None, **top):
        self.port, self.cache_port = kit.free_port(), kit.free_port()
        self.running = self.stack({
            "web": {"image": "example/web:1", "restart": "unless-stopped", "ports": [f"127.0.0.1:{self.port}:7000"],
                    "x-hale": {"run": kit.server("teller.py"), "check": {"http": "/healthz", "interval": "1s"}}
                    | (web or {})},
            "cache": {"image": "redis:7", "restart": "unless-stopped", "ports": [f"127.0.0.1:{self.cache_port}:6379"],
                      "x-hale": {"run": "redis-server --bind $$HALE_HOST --save '' --appendonly no", "check": "redis"}
                      | (cache or {})},
        }, **({"x-hale": top} if top else {}))
        self.running.up()
        return self.running

    def ask(self, path, method="GET", body=None, headers=None):
        """Status and answer of one request over a connection of its own; None where the answer breaks off."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (http.client.IncompleteRead, ConnectionError):
            return None
        finally:
            connection.close()

    def log_path(self, service, ending=""):
        return os.path.join(self.running.state, "access", f"{service}.log{ending}")

    def log(self, service, ending=""):
        try:
            with open(self.log_path(service, ending), encoding="ascii") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def lines(self, service, count):
        """The lines of a service, of which there must be so many before long and no more."""
        kit.eventually(lambda: len(self.log(service)) >= count,
                       message=lambda: f"there are {len(self.log(service))} lines and not {count}")
        lines = self.log(service)
        self.assertEqual(len(lines), count, lines)
        return lines

    def metrics(self):
        """Samples by name and suffix: labels and value."""
        text = self.running.get("/metrics")[1]
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""), checked.stdout)
        samples = collections.defaultdict(list)
        for line in text.splitlines():
            if match := SAMPLE.match(line):
                name, suffix, labels, value = match.groups()
                samples[name + (suffix or "")].append((dict(LABEL.findall(labels)), float(value)))
        return samples

    def connections(self, service):
        """Requests or connections of a service that are under way."""
        return sum(value for labels, value in self.metrics()["hale_gateway_connections"]
                   if labels["service"] == service)

    def calls(self, service):
        """The calls to a service by instance and outcome, without those that there were none of."""
        return {(labels["instance"], labels["outcome"]): value
                for labels, value in self.metrics()["hale_gateway_calls_total"]
                if labels["service"] == service and value > 0}


class CountingTests(AccessLogTestCase):
    def test_what_clients_did_is_what_is_counted(self):
        self.make(web={"breaker": "metrics-only"})
        asked = collections.Counter()
        for path, outcome, times in (("/", "success", 7), ("/status/404", "success", 2), ("/status/503", "failure", 3),
                                     ("/slow", "success", 2), ("/break", "truncated", 2)):
            for _ in range(times):
                answer = self.ask(path)
                self.assertEqual(answer is None, outcome == "truncated")
                asked["web-1", outcome] += 1
        # Whoever leaves before the answer.
        with kit.connect(self.port) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(b"GET /late HTTP/1.1\r\nHost: web\r\n\r\n")
            kit.eventually(lambda: self.connections("web") == 1)
        asked["web-1", "cancelled"] += 1
        clients = [redis.Redis(port=self.cache_port) for _ in range(4)]
        for client in clients:
            self.assertTrue(client.set("key", "value"))
            self.assertEqual(client.get("key"), b"value")
        kit.eventually(lambda: self.calls("web") == dict(asked),
                       message=lambda: f"{self.calls('web')} and not {asked}")
        kit.eventually(lambda: self.calls("cache") == {("cache-1", "success"): 4})
        for client in clients:
            client.close()
        self.check_histograms(asked)
        self.check_percentiles(sum(asked.values()))

    def check_histograms(self, asked):
        samples = self.metrics()
        name = "hale_gateway_call_duration_seconds"
        buckets = collections.defaultdict(list)
        for labels, value in samples[f"{name}_bucket"]:
            buckets[labels["instance"], labels["port"], labels["outcome"]].append((float(labels["le"]), value))
        self.assertEqual({key[2] for key in buckets if key[0] == "web-1"}, {outcome for _, outcome in asked})
        for key, bounds in buckets.items():
            values = [value for _, value in bounds]
            self.assertEqual(bounds, sorted(bounds), key)
            self.assertEqual(values, sorted(values), key)
            self.assertEqual(bounds[-1][0], float("inf"))
            of = [{(labels["instance"], labels["port"], labels["outcome"]): value for labels, value in samples[each]}
                  for each in (f"{name}_count", "hale_gateway_calls_total", f"{name}_sum")]
            self.assertEqual(values[-1], of[0][key])
            self.assertEqual(values[-1], of[1][key])
            lower = sum((value - before) * bound for (bound, _), value, before
                        in zip([(0, 0)] + bounds, values, [0] + values))
            self.assertGreaterEqual(of[2][key] + 1e-5, lower, key)
        slow = dict(buckets["web-1", "7000", "success"])
        # Both slow ones took more than a quarter of a second, and all others could have been fast.
        self.assertLessEqual(slow[0.25], slow[float("inf")] - 2)

    def check_percentiles(self, calls):
        traffic = json.loads(self.running.get("/v1/services/web")[1])["traffic"]
        self.assertEqual(traffic["calls"], calls)
        self.assertEqual(traffic["failed"], 5)
        self.assertLessEqual(traffic["p50_seconds"], traffic["p95_seconds"])
        self.assertLessEqual(traffic["p95_seconds"], traffic["p99_seconds"])
        self.assertGreater(traffic["p99_seconds"], 0.25)
        row = json.loads(self.running.hale("stats", "--no-stream", "--format", "json", "web").stdout)
        self.assertEqual((row["Calls"], row["FailedCalls"]), (calls, 5))
        self.assertEqual(row["P99"], traffic["p99_seconds"])
        table = self.running.hale("stats", "--no-stream", "web").stdout
        self.assertIn("P99", table.splitlines()[0])

    def test_counts_never_go_back_while_the_gateway_lives(self):
        self.make()
        self.ask("/")
        kit.eventually(lambda: self.calls("web") == {("web-1", "success"): 1})
        killed = self.running.pid("web")
        kit.kill(killed)
        kit.eventually(lambda: not kit.is_running(killed), every=0.001)
        self.assertEqual(self.ask("/")[0], 200)
        kit.eventually(lambda: self.calls("web").get(("web-1", "success")) == 2)
        # Another healer is told all of it again.
        kit.kill(self.running.role("healer"))
        kit.eventually(lambda: self.calls("web").get(("web-1", "success")) == 2)
        # Another gateway counts from nothing, as a counter may.
        kit.kill(self.running.role("gateway"))
        self.assertEqual(self.ask("/")[0], 200)
        kit.eventually(lambda: self.calls("web") == {("web-1", "success"): 1})


class LineTests(AccessLogTestCase):
    def test_json_lines_say_who_asked_for_what_and_what_came_of_it(self):
        self.make(access_log="json")
        told = json.loads(self.ask("/a?b=c", "POST", b"abc", {"traceparent": TRACE, "X-Request-Id": "mine"})[1])
        self.assertEqual((told["traceparent"], told["x-request-id"]), (TRACE, "mine"))
        given = json.loads(self.ask("/")[1])["x-request-id"]
        self.assertRegex(given, "^[0-9a-f]{32}$")
        self.assertNotEqual(json.loads(self.ask("/")[1])["x-request-id"], given)
        self.assertEqual(self.ask("/status/500")[0], 500)
        lines = [json.loads(line) for line in self.lines("web", 4)]
        first = lines[0]
        self.assertRegex(first["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(
            {key: first[key] for key in ("service", "port", "protocol", "client", "instance", "method", "path",
                                         "status", "attempts", "held_seconds", "outcome", "request_id")},
            {"service": "web", "port": 7000, "protocol": "http", "client": "127.0.0.1", "instance": "web-1",
             "method": "POST", "path": "/a?b=c", "status": 200, "attempts": 1, "held_seconds": 0, "outcome": "success",
             "request_id": "mine"})
        self.assertGreater(first["request_bytes"], 3)
        self.assertGreater(first["response_bytes"], 0)
        self.assertEqual(lines[1]["request_id"], given)
        self.assertEqual((lines[3]["outcome"], lines[3]["status"]), ("failure", 500))
        self.assertIn("5xx", lines[3]["reason"])
        # A connection is a line once it has ended.
        client = redis.Redis(port=self.cache_port, single_connection_client=True)
        self.assertTrue(client.ping())
        self.assertEqual(self.log("cache"), [])
        client.close()
        line = json.loads(self.lines("cache", 1)[0])
        self.assertEqual((line["protocol"], line["instance"], line["outcome"]), ("redis", "cache-1", "success"))
        self.assertNotIn("path", line)
        self.assertEqual(os.stat(self.log_path("web")).st_mode & 0o007, 0)
        self.check_the_command(lines)

    def check_the_command(self, lines):
        printed = self.running.hale("logs", "--access", "--tail", "2", "web").stdout.splitlines()
        self.assertEqual([json.loads(line) for line in printed], lines[-2:])
        everything = self.running.hale("logs", "--access").stdout.splitlines()
        self.assertEqual(len(everything), 5)
        self.assertEqual(everything, sorted(everything, key=lambda line: json.loads(line)["time"]))

    def test_time_in_line_is_told(self):
        self.make(web={"access_log": "json", "hold": "30s"})
        killed = self.running.pid("web")
        kit.kill(killed)
        kit.eventually(lambda: not kit.is_running(killed), every=0.001)
        self.assertEqual(self.ask("/")[0], 200)
        line = json.loads(self.lines("web", 1)[0])
        self.assertGreater(line["held_seconds"], 0)
        self.assertGreaterEqual(line["duration_seconds"], line["held_seconds"])
        self.assertEqual(line["outcome"], "success")
        self.running.hale("stop", "web")
        self.assertEqual(self.ask("/")[0], 503)
        line = json.loads(self.lines("web", 2)[1])
        self.assertEqual((line["status"], line["outcome"]), (503, "refused"))

    def test_no_path_breaks_a_line(self):
        """Neither format, whatever bytes a client sends; what is no HTTP is refused and logged as that."""
        self.make(web={"access_log": "logfmt"})
        paths = [b'/"', b"/\\", b"/a=b&c=d", b"/%00%0a", "/ü".encode(), b"/\xff\xfe", b'/" status=200 x="', b"/\x01",
                 b"/a b", b"/" + b"x" * 3000, b"/{}'`|^"]
        answers = []
        for path in paths:
            with kit.connect(self.port) as client:
                client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
                answers.append(client.makefile("rb").readline().split()[1].decode())
            # Lines of connections that overlap in their ends stand in either order.
            lines = [logfmt(line) for line in self.lines("web", len(answers))]
        self.assertEqual([line["status"] for line in lines], answers)
        self.assertIn("200", answers)
        for path, line, answer in zip(paths, lines, answers):
            if answer == "400":
                self.assertEqual(line["outcome"], "rejected")
                continue
            told = path.decode("latin-1")
            expected = "".join(c if " " <= c <= "~" else f"%{ord(c):02X}" for c in told)
            self.assertEqual(line["path"], expected if len(path) <= 1024 else expected[:1024] + "...")

    def test_files_are_put_aside(self):
        self.make(web={"access_log": "json"})
        service = self.running.model["services"]["web"]
        service["logging"] = {"options": {"max-size": "2k", "max-file": "3"}}
        self.running.write()
        self.running.hale("reload")
        asked = 0
        while not os.path.exists(self.log_path("web", ".2")) or asked < 30:
            self.assertEqual(self.ask(f"/{asked}")[0], 200)
            asked += 1
            self.assertLess(asked, 500)
        # The last ones may be in memory still.
        kit.eventually(lambda: any(json.loads(line)["path"] == f"/{asked - 1}" for line in self.log("web")))
        self.assertFalse(os.path.exists(self.log_path("web", ".3")))
        numbers = []
        for ending in (".2", ".1", ""):
            self.assertLessEqual(os.stat(self.log_path("web", ending)).st_size, 2048)
            numbers += [int(json.loads(line)["path"][1:]) for line in self.log("web", ending)]
        self.assertEqual(numbers, list(range(numbers[0], asked)))

    def test_it_is_off_by_default_and_turned_on_and_off_without_a_restart(self):
        self.make()
        pid = self.running.pid("web")
        self.ask("/1")
        for format, path in (("json", "/2"), ("off", "/3"), ("json", "/4")):
            self.running.model["services"]["web"]["x-hale"]["access_log"] = format
            self.running.write()
            self.running.hale("reload")
            kit.eventually(lambda: (b"json" in self.gateway_configuration()) == (format == "json"))
            self.ask(path)
        self.assertEqual([json.loads(line)["path"] for line in self.lines("web", 2)], ["/2", "/4"])
        self.assertFalse(os.path.exists(self.log_path("cache")))
        self.assertEqual(self.running.pid("web"), pid)

    def test_a_disk_that_fails_costs_lines_and_nothing_else(self):
        self.make(web={"access_log": "json"})
        folder = os.path.dirname(self.log_path("web"))
        # Where the folder is to be there is a file.
        open(folder, "w", encoding="ascii").close()
        self.assertEqual(self.ask("/1")[0], 200)
        self.assertEqual(self.ask("/2")[0], 200)
        kit.eventually(lambda: "lines of access logs were lost: cannot write" in self.running.own_logs())
        os.remove(folder)
        kit.eventually(lambda: self.ask("/3")[0] == 200 and self.log("web"))
        self.assertEqual({json.loads(line)["path"] for line in self.log("web")}, {"/3"})

    def gateway_configuration(self):
        """What the gateway goes by."""
        folder = os.path.join(self.running.environment["HALE_RUNTIME"], self.running.name)
        with open(os.path.join(folder, "gateway.conf"), "rb") as file:
            return file.read()

    def test_a_connection_that_a_stop_ends_is_written_down(self):
        self.make(cache={"access_log": "logfmt"})
        with socket.create_connection(("127.0.0.1", self.cache_port)) as client:
            client.sendall(b"PING\r\n")
            self.assertTrue(client.recv(100))
            self.running.hale("stop", "cache")
        line = logfmt(self.lines("cache", 1)[0])
        self.assertEqual((line["service"], line["outcome"]), ("cache", "success"))


class WrongFileTests(kit.TestCase):
    def test_a_wrong_word_is_refused_with_its_place(self):
        stack = self.stack({"web": {"image": "x", "ports": ["80"], "x-hale": {"access_log": "jsn"}}})
        result = stack.hale("config", "-q", check=False)
        refused = stack.hale("up", "-d", check=False)
        self.assertNotEqual(refused.returncode, 0, result.stderr)
        self.assertRegex(refused.stderr, r"compose\.yaml:\d+:\d+: services\.web\.x-hale\.access_log: expected one of "
                                         r"json, logfmt, off, found 'jsn'")
        self.assertIn("did you mean 'json'?", refused.stderr)


if __name__ == "__main__":
    kit.main()
