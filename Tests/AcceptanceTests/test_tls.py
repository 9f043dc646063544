"""TLS in the gateway: to clients, with real ones, and to servers with good and bad certificates."""
import hashlib
import http.client
import http.server
import json
import os
import ssl
import subprocess
import threading
import time

import psycopg
import redis

import kit
from mirror import Mirror
from test_postgres_crashes import postgres_service


class Certificates:
    """An authority in a folder, and certificates of it."""

    def __init__(self, folder):
        self.folder = folder
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                     "-subj", "/CN=authority of a test", "-keyout", "ca.key", "-out", "ca.pem")
        self.ca = self.path("ca.pem")

    def path(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def issue(self, name, *names):
        """Makes NAME.pem and NAME.key; each replaces the one before whole."""
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", "new.key", "-out", "new.csr")
        with open(self.path("new.ext"), "w", encoding="ascii") as file:
            file.write("subjectAltName=" + ",".join(names) + "\n")
        self.openssl("x509", "-req", "-in", "new.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                     "-days", "2", "-extfile", "new.ext", "-out", "new.pem")
        for ending in ("key", "pem"):
            os.chmod(self.path(f"new.{ending}"), 0o644)
            os.rename(self.path(f"new.{ending}"), self.path(f"{name}.{ending}"))

    def client(self, certificate=None):
        context = ssl.create_default_context(cafile=self.ca)
        if certificate:
            context.load_cert_chain(self.path(certificate + ".pem"), self.path(certificate + ".key"))
        return context


TLS = {"certificate": "web.pem", "key": "web.key"}
CHECK = {"interval": "1s", "timeout": "1s"}


class TLSTestCase(kit.TestCase):
    def start(self, services, **environment):
        """Starts a stack with a certificate `web` for localhost beside its file."""
        stack = self.stack(services)
        self.certificates = Certificates(stack.folder)
        self.certificates.issue("web", "DNS:localhost", "IP:127.0.0.1")
        stack.environment |= environment
        self.prepare(stack)
        stack.up()
        stack.wait_until_healthy()
        return stack

    def prepare(self, stack):
        """What a test needs before the stack starts."""

    def web(self, port, environment=None, check=None, **hale):
        return {"image": "example/forwarded:1", "restart": "unless-stopped", "ports": [f"127.0.0.1:{port}:7000"],
                "environment": environment or {},
                "x-hale": {"run": kit.server("forwarded.py"), "protocol": "http", "confirm": "200ms",
                           "check": check or {"http": "/"} | CHECK} | hale}

    def connection(self, port, context=None):
        return http.client.HTTPSConnection("localhost", port, timeout=30,
                                           context=context or self.certificates.client())

    def get(self, port, context=None, path="/"):
        connection = self.connection(port, context)
        try:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def metric(self, stack, name, *labels):
        for line in stack.get("/metrics")[1].splitlines():
            if line.startswith(name + "{") and all(label in line for label in labels):
                return float(line.rsplit(" ", 1)[1])
        return 0


class ClientTests(TLSTestCase):
    def test_https_as_clients_speak_it(self):
        port, plain = kit.free_port(), kit.free_port()
        service = self.web(port, tls=TLS | {"ports": [port], "minimum_version": "1.3"})
        service["ports"].append(f"127.0.0.1:{plain}:7000")
        stack = self.start({"web": service})

        connection = self.connection(port)
        for _ in range(3):
            connection.request("GET", "/")
            answer = json.loads(connection.getresponse().read())
            self.assertEqual((answer["proto"], answer["for"]), ("https", "127.0.0.1"))
        body = os.urandom(3 << 20)
        connection.request("POST", "/", body=iter([body[:7], body[7:100000], body[100000:]]), encode_chunked=True,
                           headers={"Transfer-Encoding": "chunked"})
        answer = json.loads(connection.getresponse().read())
        self.assertEqual((answer["length"], answer["sha256"]), (len(body), hashlib.sha256(body).hexdigest()))

        # curl checks the name, agrees on HTTP/1.1 and not on HTTP/2, and says so.
        result = subprocess.run(
            ["curl", "-sv", "--cacert", self.certificates.ca, f"https://localhost:{port}/"], capture_output=True,
            text=True, timeout=30)
        self.assertEqual(json.loads(result.stdout)["proto"], "https")
        self.assertIn("server accepted http/1.1", result.stderr)

        # The other port is as it was, and the one with TLS tells who takes it for that.
        clear = http.client.HTTPConnection("127.0.0.1", plain, timeout=30)
        clear.request("GET", "/")
        self.assertEqual(json.loads(clear.getresponse().read())["proto"], "http")
        wrong = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        wrong.request("GET", "/")
        answer = wrong.getresponse()
        self.assertEqual(answer.status, 400)
        self.assertIn(b"https", answer.read())

        old = self.certificates.client()
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises(ssl.SSLError):
            self.get(port, old)
        kit.eventually(lambda: self.metric(stack, "hale_gateway_tls_handshake_failures_total",
                                           'peer="client"', 'reason="incompatible"') == 1)
        kit.eventually(lambda: self.metric(stack, "hale_gateway_tls_handshake_failures_total",
                                           'reason="unencrypted"') == 1)
        expiry = self.metric(stack, "hale_gateway_certificate_expiry_timestamp_seconds", 'service="web"')
        self.assertAlmostEqual(expiry, time.time() + 2 * 86400, delta=3600)
        # The key's text is nowhere that Hale writes.
        with open(self.certificates.path("web.key"), encoding="ascii") as file:
            secret = file.read().splitlines()[1]
        found = subprocess.run(["grep", "-rlF", "--exclude=*.key", secret, stack.folder], capture_output=True, text=True)
        self.assertEqual(found.stdout, "")
        self.assertNotIn(secret, stack.hale("config").stdout)

    def test_another_protocol_over_http(self):
        port = kit.free_port()
        self.start({"web": self.web(port, tls=TLS)})
        with self.certificates.client().wrap_socket(kit.connect(port, 30), server_hostname="localhost") as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
            reader = client.makefile("rb")
            self.assertIn(b"101", reader.readline())
            while reader.readline() != b"\r\n":
                pass
            for word in (b"one", b"two" * 50000):
                client.sendall(word)
                self.assertEqual(reader.read(len(word)), word)

    def test_clients_of_a_killed_server_see_nothing(self):
        port = kit.free_port()
        stack = self.start({"web": self.web(port, tls=TLS)})
        stop, answers = threading.Event(), []

        def ask():
            connection = self.connection(port)
            while not stop.is_set():
                try:
                    connection.request("GET", "/")
                    answers.append(json.loads(connection.getresponse().read())["pid"])
                except (OSError, http.client.HTTPException, ValueError) as error:
                    answers.append(repr(error))
                    return

        clients = [threading.Thread(target=ask) for _ in range(4)]
        for client in clients:
            client.start()
        for _ in range(3):
            before = stack.pid("web")
            kit.eventually(lambda: before in answers)
            kit.kill(before)
            kit.eventually(lambda: stack.instance("web").get("pid") not in (None, before))
            kit.eventually(lambda: stack.pid("web") in answers)
        stop.set()
        for client in clients:
            client.join()
        self.assertEqual([answer for answer in answers if not isinstance(answer, int)], [])

    def test_who_the_client_is_may_have_to_be_proved(self):
        port = kit.free_port()
        self.start({"web": self.web(port, tls=TLS | {"client_ca": "ca.pem"})})
        self.assertEqual(self.get(port, self.certificates.client("web"))["proto"], "https")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.get(port)

    def test_a_certificate_is_replaced_while_clients_are_connected(self):
        port = kit.free_port()
        stack = self.start({"web": self.web(port, tls=TLS)})
        old = self.connection(port)
        old.request("GET", "/")
        old.getresponse().read()
        before = old.sock.getpeercert()["serialNumber"]
        self.certificates.issue("web", "DNS:localhost")

        def serial():
            with self.certificates.client().wrap_socket(kit.connect(port), server_hostname="localhost") as client:
                return client.getpeercert()["serialNumber"]

        kit.eventually(lambda: serial() != before)
        new = serial()
        old.request("GET", "/")
        self.assertEqual(json.loads(old.getresponse().read())["proto"], "https")
        # What cannot be used is told, and changes nothing.
        stack.write_file("web.pem", "rubbish\n")
        kit.eventually(lambda: "goes on with the certificates it had" in stack.own_logs())
        self.assertEqual(serial(), new)
        result = stack.hale("reload", check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("holds no certificate in PEM form", result.stdout + result.stderr)
        self.assertEqual(serial(), new)

    def test_redis(self):
        port = kit.free_port()
        self.start({"redis": {
            "image": "redis:7", "ports": [f"127.0.0.1:{port}:6379"],
            "x-hale": {"run": "redis-server --bind $$HALE_HOST --save '' --dir /tmp", "check": {"redis": {}} | CHECK,
                       "tls": TLS}}})
        client = redis.Redis("localhost", port, ssl=True, ssl_ca_certs=self.certificates.ca, socket_timeout=30)
        value = os.urandom(1 << 20)
        self.assertTrue(client.set("key", value))
        self.assertEqual(client.get("key"), value)
        with self.assertRaises(redis.exceptions.ConnectionError):
            redis.Redis("localhost", port, socket_timeout=30, retry=None).ping()

    def test_postgres(self):
        port = kit.free_port()
        service = postgres_service(port)
        service["volumes"] = ["pgdata:/var/lib/postgresql/data"]
        service["x-hale"]["tls"] = TLS
        stack = self.stack({"postgres": service}, volumes={"pgdata": None})
        self.certificates = Certificates(stack.folder)
        self.certificates.issue("web", "DNS:localhost")
        stack.up()
        stack.wait_until_healthy()

        def ask(**options):
            with psycopg.connect(host="localhost", port=port, user="critical", password="secret", dbname="critical",
                                 sslrootcert=self.certificates.ca, connect_timeout=10, **options) as connection:
                answer = connection.execute("SELECT repeat('x', 100000)").fetchone()[0]
                return len(answer), connection.pgconn.ssl_in_use

        self.assertEqual(ask(sslmode="verify-full"), (100000, True))
        # Without asking first, as of PostgreSQL 17.
        self.assertEqual(ask(sslmode="verify-full", sslnegotiation="direct"), (100000, True))
        self.assertEqual(ask(sslmode="disable"), (100000, False))
        stack.model["services"]["postgres"]["x-hale"]["tls"] = TLS | {"required": True}
        stack.write()
        stack.hale("reload")

        def refusal():
            try:
                return str(ask(sslmode="disable"))
            except psycopg.OperationalError as error:
                return str(error)

        kit.eventually(lambda: "TLS alone" in refusal())
        self.assertEqual(ask(sslmode="require"), (100000, True))


class ServerTests(TLSTestCase):
    def prepare(self, stack):
        self.certificates.issue("inner", "DNS:inner")
        self.certificates.issue("other", "DNS:other")
        os.mkdir(stack.path("strangers"))
        Certificates(stack.path("strangers")).issue("inner", "DNS:inner")

    def inner(self, port, certificate, **hale):
        return self.web(port, {"CERTIFICATE": certificate}, check={"tcp": 7000} | CHECK,
                        upstream_tls={"ca": "ca.pem", "server_name": "inner"}, hold="2s", **hale)

    def answer(self, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", "/")
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def test_good_untrusted_and_wrong_certificates(self):
        good, untrusted, wrong = kit.free_port(), kit.free_port(), kit.free_port()
        services = {"good": self.inner(good, "inner"), "untrusted": self.inner(untrusted, "strangers/inner"),
                    "wrong": self.inner(wrong, "other")}
        for service in services.values():
            service["working_dir"] = "."
        stack = self.start(services)
        status, body = self.answer(good)
        self.assertEqual((status, json.loads(body)["proto"]), (200, "http"))
        for name, port, reason in (("untrusted", untrusted, "its certificate is not accepted"),
                                   ("wrong", wrong, "its certificate is not for 'inner'")):
            started = time.monotonic()
            for _ in range(5):
                status, body = self.answer(port)
                self.assertEqual((status, b"TLS" in body), (502, True))
            # Nobody waits for what no repair will mend.
            self.assertLess(time.monotonic() - started, 2)
            breaker = kit.eventually(
                lambda: next((one for one in json.loads(stack.get(f"/v1/breakers/{name}")[1])["breakers"]
                              if one["state"] == "open"), None))
            self.assertIn(reason, json.dumps(breaker))
            self.assertIn(reason, stack.hale("breakers").stdout)
        self.assertEqual(self.answer(good)[0], 200)
        kit.eventually(lambda: self.metric(stack, "hale_gateway_tls_handshake_failures_total", 'service="wrong"',
                                           'peer="server"', 'reason="certificate"') >= 5)

    def test_a_server_that_is_killed(self):
        port = kit.free_port()
        service = self.inner(port, "inner", tls=TLS)
        service["working_dir"] = "."
        service["x-hale"]["hold"] = "15s"
        stack = self.start({"inner": service})
        for _ in range(3):
            before = self.get(port)["pid"]
            kit.kill(before)
            self.assertNotEqual(self.get(port)["pid"], before)
        self.assertEqual(stack.service("inner")["restarts"], 3)

    def test_a_fallback_over_https(self):
        folder = self.enterContext(kit.tempfile.TemporaryDirectory())
        authority = Certificates(folder)
        authority.issue("mirror", "DNS:localhost")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.path("mirror.pem"), authority.path("mirror.key"))
        mirror = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
        mirror.socket = context.wrap_socket(mirror.socket, server_side=True, do_handshake_on_connect=False)
        self.addCleanup(mirror.server_close)
        self.addCleanup(mirror.shutdown)
        threading.Thread(target=mirror.serve_forever, daemon=True).start()
        known, unknown = kit.free_port(), kit.free_port()
        url = f"https://localhost:{mirror.server_port}/copy"
        sorry = {"status": 200, "body": "sorry"}
        # What the system trusts, on a system that trusts the mirror's authority.
        stack = self.start({
            "known": self.web(known, fallback={"url": url} | sorry),
            "unknown": self.web(unknown, fallback={"url": url.replace("localhost", "127.0.0.1")} | sorry),
        }, SSL_CERT_FILE=authority.ca)
        stack.hale("stop", "known", "unknown")
        status, body = self.answer(known)
        self.assertEqual((status, json.loads(body)),
                         (200, {"service": "mirror", "host": f"localhost:{mirror.server_port}", "path": "/copy/"}))
        # Its certificate is for the name and not for the address.
        self.assertEqual(self.answer(unknown), (200, b"sorry"))


class CheckTests(kit.TestCase):
    def complaint(self, **tls):
        service = {"image": "x", "ports": ["8443:80"], "x-hale": {"protocol": "http", "tls": tls}}
        stack = kit.Stack({"web": service})
        self.addCleanup(stack.close)
        certificates = Certificates(stack.folder)
        certificates.issue("web", "DNS:web")
        certificates.issue("other", "DNS:other")
        stack.write_file("rubbish", "rubbish\n")
        result = stack.hale("check", check=False)
        self.assertEqual(result.returncode, 1)
        return result.stdout + result.stderr

    def test_files_that_cannot_be_used_are_told_with_their_place(self):
        for tls, message in (
                ({"certificate": "missing", "key": "web.key"}, "/missing cannot be read: no such file or directory"),
                ({"certificate": "rubbish", "key": "web.key"}, "/rubbish holds no certificate in PEM form"),
                ({"certificate": "web.pem", "key": "rubbish"}, "/rubbish holds no private key in PEM form"),
                ({"certificate": "web.pem", "key": "other.key"}, "/other.key is not the key of "),
                (TLS | {"client_ca": "rubbish"}, "/rubbish holds no certificate in PEM form")):
            key = next(key for key in ("client_ca", "key", "certificate") if tls.get(key) not in (None, *TLS.values()))
            self.assertRegex(self.complaint(**tls), rf"compose\.yaml:\d+:\d+: .*x-hale\.tls\.{key}: .*{message}")


if __name__ == "__main__":
    kit.main()
