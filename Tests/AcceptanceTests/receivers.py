"""Receivers of alerts: an HTTP server that checks each provider's documented body, a mail server, an Alertmanager."""
import email
import email.policy
import http.server
import json
import os
import shutil
import subprocess
import threading
import time
import urllib.request

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

import kit


class HTTPReceiver:
    """Takes alerts for every provider at a path of its own, and keeps what it accepted. Each problem with a body is noted,
    and the body refused."""

    def __init__(self, port=None):
        self.port = port or kit.free_port()
        self.taken = []
        self.problems = []
        self.status = {}
        self.hanging = threading.Event()
        self.began = threading.Event()
        self._server = None

    def start(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                receiver.take(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.hanging.clear()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        provider = handler.path.strip("/").split("/")[0].split("?")[0]
        self.began.set()
        while self.hanging.is_set():
            time.sleep(0.05)
        status = self.status.get(provider)
        if status is None:
            try:
                value = json.loads(body)
                status = CHECKS[provider](value, handler)
                self.taken.append((provider, value, handler.path, time.time()))
            except Exception as error:  # Whatever is wrong with a body is what this is here to find.
                self.problems.append(f"{provider}: {error!r} in {body!r}")
                status = 400
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def bodies(self, provider):
        return [value for name, value, _, _ in list(self.taken) if name == provider]

    def paths(self, provider):
        return [path for name, _, path, _ in list(self.taken) if name == provider]


def need(condition, what):
    if not condition:
        raise ValueError(what)


def text(value, most, what):
    need(isinstance(value, str) and 0 < len(value) <= most, f"{what}: text of at most {most} characters")


def webhook(value, _):
    need(set(value) >= {"message", "stack", "host", "kind", "severity", "title", "text", "created_at", "alerts"}, "keys")
    for alert in value["alerts"]:
        need(set(alert) >= {"id", "key", "kind", "service", "severity", "cause", "started_at", "victims", "victim_count"},
             "keys of an alert")
    return 200


def slack(value, _):
    text(value["text"], 40000, "text")
    need(0 < len(value["blocks"]) <= 50, "blocks")
    header, section = value["blocks"]
    need(header["type"] == "header" and header["text"]["type"] == "plain_text", "header")
    text(header["text"]["text"], 150, "header")
    need(section["type"] == "section" and section["text"]["type"] == "mrkdwn", "section")
    text(section["text"]["text"], 3000, "section")
    return 200


def discord(value, _):
    text(value["content"], 2000, "content")
    need(1 <= len(value["embeds"]) <= 10, "embeds")
    for embed in value["embeds"]:
        text(embed["title"], 256, "title")
        text(embed["description"], 4096, "description")
        need(isinstance(embed["color"], int) and 0 <= embed["color"] <= 0xFFFFFF, "color")
        kit.datetime_of(embed["timestamp"])
    need(value["allowed_mentions"] == {"parse": []}, "allowed_mentions")
    return 204


def teams(value, _):
    need(value["type"] == "message" and len(value["attachments"]) == 1, "message")
    attachment = value["attachments"][0]
    need(attachment["contentType"] == "application/vnd.microsoft.card.adaptive", "contentType")
    card = attachment["content"]
    need(card["type"] == "AdaptiveCard" and card["$schema"].endswith("adaptive-card.json") and card["version"], "card")
    for block in card["body"]:
        need(block["type"] == "TextBlock", "TextBlock")
        text(block["text"], 5000, "text")
    need(len(json.dumps(value)) <= 28 * 1024, "28 KB")
    return 202


def pagerduty(value, _):
    text(value["routing_key"], 32, "routing_key")
    need(value["event_action"] in ("trigger", "acknowledge", "resolve"), "event_action")
    text(value["dedup_key"], 255, "dedup_key")
    if value["event_action"] == "trigger":
        payload = value["payload"]
        text(payload["summary"], 1024, "summary")
        text(payload["source"], 1024, "source")
        need(payload["severity"] in ("critical", "error", "warning", "info"), "severity")
        kit.datetime_of(payload["timestamp"])
        need(isinstance(payload["custom_details"], dict), "custom_details")
    return 202


def opsgenie(value, handler):
    need(handler.headers["Authorization"] == "GenieKey opsgenie-key", "Authorization")
    if handler.path == "/opsgenie/v2/alerts":
        text(value["message"], 130, "message")
        text(value["alias"], 512, "alias")
        text(value["description"], 15000, "description")
        need(value["priority"] in ("P1", "P2", "P3", "P4", "P5"), "priority")
        need(len(value["tags"]) <= 20 and all(len(tag) <= 50 for tag in value["tags"]), "tags")
        need(all(isinstance(item, str) for item in value["details"].values()), "details")
    else:
        need(handler.path.startswith("/opsgenie/v2/alerts/hale") and
             handler.path.endswith("/close?identifierType=alias"), handler.path)
        text(value["note"], 25000, "note")
    return 202


def ntfy(value, handler):
    need(handler.headers["Authorization"] == "Bearer ntfy-token", "Authorization")
    need(value["topic"] == "ops" and 1 <= value["priority"] <= 5 and isinstance(value["tags"], list), "ntfy")
    text(value["title"], 250, "title")
    text(value["message"], 4096, "message")
    return 200


def apprise(value, _):
    need(value["type"] in ("info", "success", "warning", "failure"), "type")
    need(value["format"] in ("text", "markdown", "html") and value["tag"] == "ops", "format and tag")
    text(value["title"], 250, "title")
    text(value["body"], 32768, "body")
    return 200


CHECKS = {"webhook": webhook, "slack": slack, "discord": discord, "teams": teams, "pagerduty": pagerduty,
          "opsgenie": opsgenie, "ntfy": ntfy, "apprise": apprise}


def certificate(folder):
    """A certificate for 127.0.0.1, which is its own authority, and its key."""
    paths = os.path.join(folder, "mail.crt"), os.path.join(folder, "mail.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-out", paths[0], "-keyout", paths[1]], check=True, capture_output=True)
    return paths


class MailReceiver:
    """A mail server that takes mails after STARTTLS and a login alone."""

    def __init__(self, context, user, password):
        self.mails = []
        self.logins = []
        self.port = kit.free_port()

        def login(server, session, envelope, mechanism, data):
            good = (data.login, data.password) == (user.encode(), password.encode())
            self.logins.append(good)
            return AuthResult(success=good)

        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, tls_context=context, require_starttls=True,
            auth_required=True, auth_require_tls=True, authenticator=login)
        self._controller.start()

    async def handle_DATA(self, server, session, envelope):
        need(session.ssl is not None, "TLS")
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((mail, envelope))
        return "250 taken"

    def stop(self):
        self._controller.stop()


class Alertmanager:
    """A real one, of Debian's package."""

    def __init__(self, folder):
        self.port = kit.free_port()
        path = os.path.join(folder, "alertmanager.yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("route: {receiver: none}\nreceivers: [{name: none}]\n")
        program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
        assert program, "there is no Alertmanager; run scripts/install --test"
        self._log = open(os.path.join(folder, "alertmanager.log"), "w", encoding="utf-8")
        self._process = subprocess.Popen(
            [program, f"--config.file={path}", f"--storage.path={folder}/alertmanager", "--cluster.listen-address=",
             f"--web.listen-address=127.0.0.1:{self.port}"], stdout=self._log, stderr=subprocess.STDOUT)
        kit.eventually(lambda: self.get("/-/ready") is not None, 30, message="the Alertmanager did not start")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=5) as response:
            return response.read().decode()

    def alerts(self):
        return json.loads(self.get("/api/v2/alerts"))

    def stop(self):
        self._process.terminate()
        self._process.wait(10)
        self._log.close()
