"""The whole HTTP API: services, actions, tokens, events and incidents, as its OpenAPI document describes them."""
import contextlib
import http.client
import json
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import kit

SCHEMATHESIS = os.path.join(kit.PROJECT, ".venv", "bin", "schemathesis")
# Small, so that there are several pages.
PAGE = 3


class APITestCase(kit.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.running = kit.Stack({
            "echo": kit.echo_service(kit.free_port()), "other": kit.echo_service(kit.free_port()),
            "job": {"image": "example/job:1", "restart": "no", "x-hale": {"run": "sh -c 'exit 0'"}}},
            **{"x-hale": {"flags": {
                "lights": {"default": True, "rules": [{"when": "echo is down", "value": False}]}}}})
        cls.addClassCleanup(cls.running.close)
        cls.running.up()
        cls.token = cls.running.hale("token", "create", "test").stdout.strip()

    def ask(self, method, path, body=None, headers=None, token=True):
        """The answer over TCP: status, headers and JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.running.status_port, timeout=30)
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        is_json = "json" in response.headers["Content-Type"]
        return response.status, response.headers, json.loads(text) if is_json else text

    def act(self, name, verb, body=None, query="", **options):
        return self.ask("POST", f"/v1/services/{name}/{verb}{query}", body, **options)


class SchemathesisTests(APITestCase):
    """Drives every operation by the document that Hale gives of itself."""

    def run_schemathesis(self, *arguments, config=""):
        folder = tempfile.mkdtemp(prefix="hale-schemathesis-")
        self.addCleanup(shutil.rmtree, folder)
        with open(os.path.join(folder, "schemathesis.toml"), "w", encoding="utf-8") as file:
            file.write(config)
        shutil.copy(os.path.join(kit.HERE, "schemathesis_hooks.py"), folder)
        result = subprocess.run(
            [SCHEMATHESIS, "run", f"http://127.0.0.1:{self.running.status_port}/openapi.json",
             "-H", f"Authorization: Bearer {self.token}", "--checks", "all", "--seed", "20260131",
             "--request-timeout", "20", "--no-color", *arguments],
            cwd=folder, env=os.environ | {"SCHEMATHESIS_HOOKS": os.path.join(folder, "schemathesis_hooks.py")},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        self.assertEqual(result.returncode, 0, result.stdout[-8000:] + result.stderr[-2000:])
        self.assertRegex(result.stdout, r"Selected: [2-9]\d")

    def test_any_values(self):
        self.run_schemathesis("--max-examples", "30")

    def test_services_that_there_are(self):
        names = "[parameters]\n" + "".join(
            f'"path.{name}" = {value}\n' for name, value in
            (("service", '"echo"'), ("instance", '"echo-1"'), ("incident", "1"), ("breaker", '"echo"'),
             ("flag", '"lights"'), ("key", '"lights"')))
        # That a stack whose services are being stopped is not ready is no error of the server's.
        self.run_schemathesis(
            "--max-examples", "20", "--phases", "fuzzing", "--exclude-path", "/readyz", config=names)
        for verb, body in ("unpause", None), ("maintenance", {"for_seconds": 0}), ("start", None):
            self.act("echo", verb, body)
        self.ask("POST", "/v1/breakers/echo/reset")
        self.running.wait_until_healthy("echo")


class ActionTests(APITestCase):
    def tearDown(self):
        self.running.hale("start", "echo", "other")
        self.running.wait_until_healthy("echo", "other")

    def test_services(self):
        status, _, answer = self.ask("GET", "/v1/services", token=False)
        self.assertEqual((status, [service["name"] for service in answer["services"]]), (200, ["echo", "job", "other"]))
        status, _, echo = self.ask("GET", "/v1/services/echo", token=False)
        self.assertEqual((status, echo["name"], echo["state"]), (200, "echo", "running"))
        status, headers, problem = self.ask("GET", "/v1/services/ecco", token=False)
        self.assertEqual((status, headers["Content-Type"]), (404, "application/problem+json"))
        self.assertIn("did you mean 'echo'?", problem["detail"])

    def test_stop_and_start_are_idempotent(self):
        pid = self.running.pid("echo")
        self.assertEqual(self.act("echo", "start")[0], 200)
        self.assertEqual(self.act("echo", "start")[2]["result"], "unchanged")
        self.assertEqual(self.running.pid("echo"), pid)
        status, _, answer = self.act("echo", "stop", {"grace_seconds": 5})
        self.assertEqual((status, answer["result"], answer["service"]["operator"]), (202, "accepted", "stopped"))
        self.running.wait_for_state("echo", "stopped")
        status, _, answer = self.act("echo", "stop")
        self.assertEqual((status, answer["result"], answer["service"]["state"]), (200, "unchanged", "stopped"))
        self.assertEqual(self.act("echo", "start")[0], 202)
        self.running.wait_until_healthy("echo")

    def test_a_dry_run_changes_nothing(self):
        before = self.running.status()["services"]
        for verb, body in ("stop", None), ("restart", None), ("kill", None), ("pause", None), (
                "maintenance", {"for_seconds": 60}):
            status, _, answer = self.act("echo", verb, body, "?dry_run")
            self.assertEqual((status, answer["result"]), (200, "planned"), verb)
            self.assertTrue(answer["message"].startswith("would "), answer["message"])
        self.assertEqual(self.running.status()["services"], before)

    def test_pause_and_maintenance(self):
        self.assertEqual(self.act("other", "pause")[0], 202)
        self.running.wait_for_state("other", "paused")
        self.assertEqual(self.act("other", "pause")[2]["result"], "unchanged")
        self.assertEqual(self.act("other", "unpause")[0], 202)
        self.running.wait_for_state("other", "running")
        status, _, answer = self.act("other", "maintenance", {"for_seconds": 1800})
        self.assertEqual(status, 202)
        self.assertIn("maintenance", answer["service"]["operator"])
        self.assertEqual(self.act("other", "maintenance", {"for_seconds": 0})[0], 202)
        self.assertNotIn("operator", self.running.service("other"))

    def test_breakers(self):
        status, headers, problem = self.ask("GET", "/v1/breakers/ecco", token=False)
        self.assertEqual((status, headers["Content-Type"]), (404, "application/problem+json"))
        self.assertIn("did you mean 'echo", problem["detail"])
        self.assertEqual(self.ask("POST", "/v1/breakers/echo/open", token=False)[0], 401)
        self.assertEqual(self.ask("POST", "/v1/breakers/ecco/open")[0], 404)
        self.assertEqual(self.ask("GET", "/v1/breakers", token=False)[0], 200)
        before = self.ask("GET", "/v1/breakers/echo", token=False)[2]["breakers"]
        status, _, answer = self.ask("POST", "/v1/breakers/echo/open?dry_run")
        self.assertEqual((status, answer["breakers"]), (200, before))
        self.assertIn(self.ask("POST", "/v1/breakers/echo-1/reset")[0], (200, 202))
        kit.eventually(lambda: "token test" in {
            event.get("actor") for event in self.ask("GET", "/v1/events?service=echo&order=desc")[2]["events"]
            if "reset the breaker of echo-1" in event["text"]})
        self.assertEqual(self.running.hale("breaker", "reset", "ecco", check=False).returncode, 1)
        self.running.hale("breaker", "reset", "echo", "echo-1")
        self.running.hale("breakers", "echo")

    def test_restart_gives_another_process(self):
        pid = self.running.pid("other")
        self.assertEqual(self.act("other", "restart")[0], 202)
        kit.eventually(lambda: self.running.pid("other") != pid)

    def test_wrong_requests_are_told_why(self):
        for method, path, body, headers, status, words in (
                ("POST", "/v1/services/echo/stop?dryrun", None, {}, 400, "did you mean 'dry_run'?"),
                ("POST", "/v1/services/echo/stop", {"grace": 1}, {}, 400, "there is no field 'grace'"),
                ("POST", "/v1/services/echo/maintenance", {}, {}, 400, "'for_seconds' is missing"),
                ("POST", "/v1/services/nope/stop", None, {}, 404, "no service 'nope'"),
                ("GET", "/v1/services/echo/stop", None, {}, 405, "use POST"),
                ("GET", "/v1/events?limit=0", None, {}, 400, "from 1 to 1000"),
                ("GET", "/v1/incidents/99999999", None, {}, 404, "no incident"),
                ("GET", "/v1/services", None, {"Host": "evil.example"}, 421, "not a name of this server"),
                ("POST", "/v1/services/echo/stop", None, {"Origin": "https://evil.example"}, 403, "may not change")):
            answer = self.ask(method, path, body, headers)
            self.assertEqual((answer[0], answer[1]["Content-Type"]), (status, "application/problem+json"), path)
            self.assertIn(words, answer[2]["detail"])
        self.assertEqual(self.ask("GET", "/v1/services/echo/stop")[1]["Allow"], "POST")
        self.assertEqual(self.running.service("echo")["state"], "running")

    def test_a_form_is_refused(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.running.status_port, timeout=30)
        connection.request("POST", "/v1/services/echo/stop", "a=b", {
            "Authorization": f"Bearer {self.token}", "Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(connection.getresponse().status, 415)
        connection.close()


class TokenTests(APITestCase):
    def test_a_change_over_tcp_needs_one(self):
        for headers in {}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {self.token}"}:
            status, answered, _ = self.act("echo", "stop", headers=headers, token=False)
            self.assertEqual(status, 401)
            self.assertIn("Bearer", answered["WWW-Authenticate"])
        self.assertEqual(self.running.service("echo")["state"], "running")

    def test_the_unix_socket_needs_none(self):
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(os.path.join(self.running.environment["HALE_RUNTIME"], self.running.name, "api.sock"))
        connection.request("POST", "/v1/services/echo/start")
        self.assertEqual(json.load(connection.getresponse())["result"], "unchanged")
        connection.close()

    def test_the_command(self):
        token = self.running.hale("token", "create", "--expires", "30d", "deploy").stdout.strip()
        self.addCleanup(self.running.hale, "token", "revoke", "deploy", check=False)
        self.assertRegex(token, "^hale_[0-9a-f]{64}$")
        listed = self.running.hale("token", "list").stdout
        self.assertRegex(listed, r"deploy +0 seconds ago +in (29|30) days")
        self.assertNotIn(token[5:], listed)
        again = self.running.hale("token", "create", "deploy", check=False)
        self.assertEqual(again.returncode, 1)
        self.assertIn("revoke deploy", again.stderr)
        header = {"Authorization": f"Bearer {token}"}
        self.assertEqual(self.act("echo", "start", headers=header, token=False)[0], 200)
        self.running.hale("token", "revoke", "deploy")
        self.assertEqual(self.act("echo", "start", headers=header, token=False)[0], 401)
        self.assertEqual(self.running.hale("token", check=False).returncode, 2)
        self.assertIn("did you mean 'revoke'?", self.running.hale("token", "revok", "x", check=False).stderr)

    def test_the_file_is_private(self):
        path = os.path.join(self.running.environment["HALE_STATE"], self.running.name, "tokens.json")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        with open(path, encoding="utf-8") as file:
            self.assertNotIn(self.token[5:], file.read())


class Follower:
    """Reads the events of a stack as a browser does: by Last-Event-ID, again and again."""

    def __init__(self, stack, after):
        self.stack, self.events, self.last, self.connections = stack, [], after, 0
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopped.is_set():
            try:
                self.follow()
            except (OSError, http.client.HTTPException):
                self.stopped.wait(0.05)

    def follow(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.stack.status_port, timeout=20)
        connection.request("GET", "/v1/events", headers={
            "Accept": "text/event-stream", "Last-Event-ID": str(self.last)})
        response = connection.getresponse()
        self.connections += 1
        for line in response:
            if line.startswith(b"data: "):
                event = json.loads(line[len("data: "):])
                self.events.append(event)
                self.last = event["id"]
            if self.stopped.is_set():
                break
        connection.close()


class EventTests(APITestCase):
    def all_events(self, **query):
        events, after = [], 0
        while after is not None:
            answer = self.ask("GET", "/v1/events?" + urllib.parse.urlencode(
                {"after": after, "limit": PAGE} | query, doseq=True))[2]
            events += answer["events"]
            after = answer["next_after"]
        return events

    def newest(self):
        return self.ask("GET", "/v1/events?order=desc&limit=1")[2]["events"][0]["id"]

    def newest_in_file(self):
        with contextlib.closing(sqlite3.connect(os.path.join(self.running.state, "journal.sqlite"))) as journal:
            return journal.execute("SELECT max(id) FROM events").fetchone()[0]

    def test_pages(self):
        whole = self.ask("GET", "/v1/events?limit=1000")[2]["events"]
        self.assertIn("started", {event["kind"] for event in whole})
        ids = [event["id"] for event in whole]
        self.assertEqual(ids, sorted(set(ids)))
        paged = [event["id"] for event in self.all_events()]
        self.assertEqual(paged[:len(ids)], ids)
        newest = self.ask("GET", f"/v1/events?order=desc&before={ids[-1] + 1}&limit={PAGE}")[2]
        self.assertEqual([event["id"] for event in newest["events"]], ids[::-1][:PAGE])
        self.assertEqual(newest["next_before"], ids[-PAGE])
        echo = self.all_events(service="echo", kind=["started", "ready"])
        self.assertEqual({event["service"] for event in echo}, {"echo"})

    def test_who_asked_is_in_the_events(self):
        self.act("other", "restart")
        self.running.hale("restart", "other")
        expected = {"token test", f"{pwd.getpwuid(os.geteuid()).pw_name} by hale restart"}
        kit.eventually(lambda: expected <= {event.get("actor") for event in self.all_events(service="other")})

    def test_a_reader_misses_nothing_when_the_healer_is_killed(self):
        start = self.newest()
        follower = Follower(self.running, start)
        self.addCleanup(follower.stopped.set)
        for _ in range(3):
            killed = self.running.pid("echo")
            kit.kill(killed)
            kit.eventually(lambda: self.running.instance("echo").get("pid") not in (None, killed))
            self.running.wait_until_healthy("echo")
            # What is not in the file yet is lost with the healer.
            kit.eventually(lambda: self.newest_in_file() == self.newest())
            connections = follower.connections
            kit.kill(self.running.role("healer"))
            kit.eventually(lambda: follower.connections > connections, timeout=60)
            self.running.wait_until_healthy("echo")
        self.act("echo", "restart")

        kit.eventually(lambda: follower.last >= self.newest(), timeout=30)
        followed = list(follower.events)
        ids = [event["id"] for event in followed]
        self.assertEqual(ids, sorted(set(ids)))
        told = self.ask("GET", f"/v1/events?after={start}&before={ids[-1] + 1}&limit=1000")[2]["events"]
        self.assertEqual(followed, told)
        self.assertGreaterEqual(len([event for event in followed if event["kind"] == "exited"]), 3)


class StreamTests(APITestCase):
    def test_a_stream_begins_at_once_and_ends_with_the_healer(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.running.status_port, timeout=20)
        connection.request("GET", "/v1/events?follow")
        response = connection.getresponse()
        self.assertEqual(response.headers["Content-Type"], "text/event-stream")
        self.assertEqual(response.readline(), b"retry: 1000\n")
        os.kill(self.running.role("healer"), 15)
        # Ended with the last chunk, not broken off.
        response.read()
        connection.close()
        kit.eventually(lambda: self.running.get("/livez")[0] == 200)

    def test_no_more_readers_than_there_is_room_for(self):
        readers = []
        self.addCleanup(lambda: [reader.close() for reader in readers])

        def follow():
            reader = http.client.HTTPConnection("127.0.0.1", self.running.status_port, timeout=20)
            readers.append(reader)
            reader.request("GET", "/v1/events?follow")
            return reader.getresponse()
        for _ in range(64):
            self.assertEqual(follow().status, 200)
        refused = follow()
        self.assertEqual((refused.status, refused.headers["Retry-After"]), (503, "5"))
        self.assertEqual(self.running.get("/livez")[0], 200)
        for reader in readers:
            reader.close()
        kit.eventually(lambda: follow().status == 200)


if __name__ == "__main__":
    sys.exit(kit.main())
