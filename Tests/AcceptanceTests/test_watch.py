"""`hale watch` heals containers that it did not start, as autoheal does and better, on a real Docker Engine."""
import contextlib
import http.server
import json
import os
import signal
import socket
import subprocess
import threading
import time
import unittest

import kit
from engine import HOPELESS, STUBBORN, Engine
from watch import Watch


class Receiver:
    """An HTTP server that keeps what is posted to it."""

    def __init__(self):
        receiver = self
        self.messages = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.messages.append((self.path, self.headers["Content-Type"], json.loads(body)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Deafener:
    """A socket that leads to the engine, but for its events: of those nothing is ever heard."""

    def __init__(self, engine):
        self.target = engine.socket
        self.path = os.path.join(engine.folder, "deaf.sock")
        self.host = f"unix://{self.path}"
        self.folder = engine.folder
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.connections = [self.listener]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.connections.append(client)
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with contextlib.suppress(OSError):
            head = client.recv(65536)
            if b"/events?" in head.split(b"\r\n", 1)[0]:
                client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                return
            with socket.socket(socket.AF_UNIX) as engine:
                engine.connect(self.target)
                engine.sendall(head)
                threading.Thread(target=self.copy, args=(client, engine), daemon=True).start()
                self.copy(engine, client)

    @staticmethod
    def copy(source, target):
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)

    def close(self):
        for one in self.connections:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


class WatchTests(kit.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("dockerd needs root")
        cls.engine = Engine()

    @classmethod
    def tearDownClass(cls):
        cls.engine.close()

    def watch(self, *arguments, **environment):
        watch = Watch(self.engine, *arguments, **environment)
        self.addCleanup(watch.end)
        watch.wait_for("watching ", count=2)
        return watch

    def container(self, name, *options, **more):
        identifier = self.engine.run(name, *options, **more)
        self.addCleanup(self.engine.docker, "rm", "-f", name, check=False)
        return identifier

    def well(self, *names):
        for name in names:
            self.engine.wait_for_health(name, "healthy")

    def test_the_labelled_are_restarted_and_the_others_left_alone(self):
        self.container("labelled", labels=["autoheal=true"])
        self.container("unlabelled")
        self.container("excepted", labels=["autoheal=False"])
        self.well("labelled", "unlabelled", "excepted")
        before = {name: self.engine.started(name) for name in ("labelled", "unlabelled", "excepted")}
        watch = self.watch(AUTOHEAL_CONTAINER_LABEL="autoheal")
        self.engine.make_sick("unlabelled", "excepted")
        self.engine.wait_for_health("unlabelled", "unhealthy")
        self.engine.make_sick("labelled")
        watch.wait_for("labelled is healthy again")
        self.assertNotEqual(self.engine.started("labelled"), before["labelled"])
        self.assertEqual(self.engine.started("unlabelled"), before["unlabelled"])
        # Without a label all with a check are healed, but for those that say no.
        self.assertEqual(watch.end(), 0)
        everything = self.watch()
        everything.wait_for("unlabelled is healthy again")
        self.assertEqual(self.engine.started("excepted"), before["excepted"])
        self.assertEqual(everything.end(signal.SIGINT), 0)

    def test_messages_and_the_script_are_autoheals(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        script = os.path.join(self.engine.folder, "script")
        said = os.path.join(self.engine.folder, "said")
        with open(script, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\necho \"$@\" >> {said}\n")
        os.chmod(script, 0o755)
        identifier = self.container("told", labels=["autoheal.stop.timeout=4"])
        self.well("told")
        watch = self.watch(
            WEBHOOK_URL=receiver.url + "/hook", WEBHOOK_JSON_KEY="content", APPRISE_URL=receiver.url + "/apprise",
            POST_RESTART_SCRIPT=script + " first")
        self.engine.make_sick("told")
        watch.wait_for("told is healthy again")
        kit.eventually(lambda: len(receiver.messages) == 2 and os.path.exists(said))
        text = (f"Container told ({identifier[:12]}) found to be unhealthy. "
                "Successfully restarted the container!")
        self.assertEqual(sorted(receiver.messages), [
            ("/apprise", "application/json", {"title": "Autoheal", "body": text}),
            ("/hook", "application/json", {"content": text})])
        with open(said, encoding="ascii") as file:
            self.assertEqual(file.read(), f"first /told {identifier[:12]} running 4\n")

    def test_a_container_has_the_time_to_end_that_its_label_says(self):
        self.container("stubborn", labels=["autoheal.stop.timeout=1"], script=STUBBORN)
        self.well("stubborn")
        watch = self.watch(AUTOHEAL_DEFAULT_STOP_TIMEOUT="60")
        self.engine.make_sick("stubborn")
        watch.wait_for("stubborn is healthy again")
        seconds = [int(line.split("timeNano\":")[1].split("}")[0]) / 1e9 for line in self.events("stubborn", "kill")]
        self.assertEqual(len(seconds), 2)
        self.assertGreaterEqual(seconds[1] - seconds[0], 0.9)
        self.assertLess(seconds[1] - seconds[0], 30)

    def events(self, name, action):
        return self.engine.docker(
            "events", "--since", "0", "--until", f"{time.time():.0f}", "--format", "{{json .}}",
            "--filter", f"container={name}", "--filter", f"event={action}").stdout.decode().splitlines()

    def test_nobody_fights_a_person(self):
        self.container("paused")
        self.container("stopped")
        self.well("paused", "stopped")
        watch = self.watch()
        before = self.engine.started("paused")
        self.engine.docker("pause", "paused")
        self.engine.docker("stop", "-t", "5", "stopped")
        # Docker calls it unhealthy while it is paused, and until its next check after that.
        time.sleep(6)
        self.engine.docker("unpause", "paused")
        self.well("paused")
        self.assertEqual(self.engine.started("paused"), before)
        self.assertFalse(self.engine.inspect("stopped")["State"]["Running"])
        self.assertNotIn("restarted", "\n".join(watch.lines))

    def test_the_hopeless_is_quarantined(self):
        self.container("hopeless", script=HOPELESS)
        watch = self.watch()
        watch.wait_for("hopeless is unhealthy and quarantined: 5 restarts in 5m did not help; it is tried once more", 90)
        self.assertEqual(sum("hopeless is restarted" in line for line in watch.lines), 5)
        started = self.engine.started("hopeless")
        time.sleep(6)
        self.assertEqual(self.engine.started("hopeless"), started)

    def test_the_root_is_healed_and_not_its_victims(self):
        def labels(service, needs=""):
            return ["com.docker.compose.project=p", f"com.docker.compose.service={service}",
                    f"com.docker.compose.depends_on={needs}"]
        self.container("db", labels=labels("db"))
        self.container("web", labels=labels("web", "db:service_healthy:false"))
        self.container("job", labels=labels("job", "db:service_started:true"))
        self.well("db", "web", "job")
        started = {name: self.engine.started(name) for name in ("db", "web", "job")}
        self.engine.make_sick("web", "db")
        self.engine.wait_for_health("web", "unhealthy")
        self.engine.wait_for_health("db", "unhealthy")
        watch = self.watch()
        watch.wait_for("web is unhealthy, as is db, which it needs and which is healed first")
        # What ails the victim is over with its root.
        self.engine.docker("exec", "web", "rm", "/sick")
        watch.wait_for("db is healthy again")
        watch.wait_for("web is healthy again")
        watch.wait_for("job is restarted: db, which it needs, was restarted")
        kit.eventually(lambda: self.engine.started("job") != started["job"])
        self.assertEqual(self.engine.started("web"), started["web"])
        self.assertNotEqual(self.engine.started("db"), started["db"])

    def test_what_shares_a_namespace_is_restarted_as_well(self):
        self.container("vpn")
        self.container("inside", "--network", "container:vpn", "--no-healthcheck", labels=["autoheal=false"])
        self.well("vpn")
        watch = self.watch()
        self.engine.make_sick("vpn")
        watch.wait_for("inside is restarted: it shares the namespace of vpn, which was restarted")
        watch.wait_for("inside restarted")
        namespaces = [os.readlink(f"/proc/{self.engine.inspect(name)['State']['Pid']}/ns/net")
                      for name in ("vpn", "inside")]
        self.assertEqual(namespaces[0], namespaces[1])

    def test_an_engine_that_is_gone_is_waited_for(self):
        self.container("again")
        self.well("again")
        watch = self.watch()
        self.engine.kill()
        watch.wait_for("; trying again")
        self.engine.start()
        watch.wait_for("the engine is back; watching")
        self.engine.docker("start", "again")
        self.well("again")
        self.engine.make_sick("again")
        watch.wait_for("again is healthy again")
        self.assertEqual(sum("trying again" in line for line in watch.lines), 1)

    def test_what_no_event_tells_is_found_by_looking(self):
        self.container("unheard")
        self.well("unheard")
        deaf = Deafener(self.engine)
        self.addCleanup(deaf.close)
        watch = Watch(deaf, AUTOHEAL_INTERVAL="1")
        self.addCleanup(watch.end)
        watch.wait_for("watching ", count=2)
        self.engine.make_sick("unheard")
        watch.wait_for("unheard is restarted: its health check fails")
        watch.wait_for("unheard is healthy again", 40)

    def test_a_service_manager_is_told(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            path = os.path.join(self.engine.folder, "notify")
            manager.bind(path)
            manager.settimeout(30)
            self.watch(NOTIFY_SOCKET=path, WATCHDOG_USEC="600000")
            said = []
            while said.count("WATCHDOG=1") < 3 or "READY=1" not in said:
                said += manager.recv(4096).decode().splitlines()
            self.assertTrue(any(line.startswith("STATUS=watching ") for line in said), said)

    def test_what_makes_no_sense_is_said(self):
        for arguments, environment, sentence in [
                ([], {"AUTOHEAL_INTERVAL": "soon"}, "AUTOHEAL_INTERVAL is 'soon'; expected whole seconds from 1 to 86400"),
                (["--host", "nonsense"], {}, "--host says 'nonsense', which is no address of an engine; "
                                             "expected unix:///PATH or tcp://HOST:PORT"),
                ([], {"DOCKER_HOST": "ssh://me@there"}, "DOCKER_HOST says 'ssh://me@there'")]:
            result = subprocess.run([kit.HALE, "watch", *arguments], env={"PATH": os.environ["PATH"]} | environment,
                                    capture_output=True, text=True, timeout=20)
            self.assertEqual(result.returncode, 1, result)
            self.assertIn(sentence, result.stderr)


if __name__ == "__main__":
    kit.main()
