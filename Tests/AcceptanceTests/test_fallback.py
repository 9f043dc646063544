"""What clients of an HTTP service get while it cannot answer: the answer of another service, server or model, the last
good one, or one that is always the same."""
import http.server
import json
import os
import threading
import urllib.error
import urllib.request

import ollama

import kit
from mirror import Mirror

SORRY = {"status": 200, "body": '{"service":"nobody"}', "content_type": "application/json"}


class Client:
    """Asks one port over HTTP."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"

    def ask(self, path="/", data=None, method=None, **headers):
        """Status, fields and what the JSON of the body says."""
        request = urllib.request.Request(
            self.base + path, data=data, method=method,
            headers={name.replace("_", "-"): value for name, value in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.headers, self.read(response)
        except urllib.error.HTTPError as error:
            return error.code, error.headers, self.read(error)

    @staticmethod
    def read(response):
        text = response.read().decode()
        try:
            return json.loads(text)
        except ValueError:
            return text

    def who(self, path="/", **options):
        """Which service answers, and what the answer says of that."""
        _, headers, body = self.ask(path, **options)
        return body["service"] if isinstance(body, dict) else body, headers["Hale-Fallback"]


class FallbackTestCase(kit.TestCase):
    def start(self, **services):
        """Starts these services, each with what it has under x-hale; the first is what `self.client` asks."""
        self.ports = {name: kit.free_port() for name in services}
        stack = self.stack({name: {
            "image": "example/pages:1", "restart": "unless-stopped", "ports": [f"127.0.0.1:{port}:7000"],
            "x-hale": {"run": kit.server("pages.py"), "protocol": "http", "hold": "30s", "confirm": "200ms",
                       "check": {"http": "/healthz", "interval": "1s", "timeout": "1s"}} | services[name],
        } for name, port in self.ports.items()})
        self.moods = {name: stack.path(f"{name}.mood") for name in services}
        for name, mood in self.moods.items():
            stack.model["services"][name]["environment"] = {"MOOD": mood}
        stack.write()
        stack.up()
        stack.wait_until_healthy(*services)
        self.client = Client(next(iter(self.ports.values())))
        return stack

    def answers_with(self, name, status):
        """Has a service answer with that status; with 200 it is well again."""
        if status == 200:
            os.remove(self.moods[name])
        else:
            with open(self.moods[name] + ".new", "w", encoding="ascii") as file:
                file.write(str(status))
            os.rename(self.moods[name] + ".new", self.moods[name])

    def fallbacks(self, stack, kind):
        """How many answers of that kind the metrics count."""
        for line in stack.get("/metrics")[1].splitlines():
            if line.startswith("hale_gateway_fallbacks_total") and f'kind="{kind}"' in line:
                return float(line.rsplit(" ", 1)[1])
        return 0


class ServiceTests(FallbackTestCase):
    def test_another_service_then_a_fixed_answer(self):
        stack = self.start(web={"fallback": {"service": "spare"} | SORRY}, spare={})
        self.assertEqual(self.client.who(), ("web", None))
        stack.hale("stop", "web")
        self.assertEqual(self.client.who(), ("spare", "service spare"))
        # Nothing was sent of it before, so it may go to the other as well as any.
        status, headers, body = self.client.ask("/order", data=b"tea")
        self.assertEqual((status, headers["Hale-Fallback"]), (200, "service spare"))
        self.assertEqual((body["method"], body["path"], body["body"]), ("POST", "/order", "tea"))
        stack.hale("stop", "spare")
        self.assertEqual(self.client.who(), ("nobody", "static"))
        kit.eventually(lambda: (self.fallbacks(stack, "service"), self.fallbacks(stack, "static")) == (2, 1))
        stack.hale("start", "web")
        self.assertEqual(self.client.who(), ("web", None))

    def test_failures_are_kept_from_clients(self):
        stack = self.start(web={"fallback": {"service": "spare"}, "breaker": {"open": "1s"}}, spare={})
        self.answers_with("web", 500)
        # Whether the breaker is open already makes no difference.
        self.assertEqual([self.client.who() for _ in range(12)], [("spare", "service spare")] * 12)
        kit.eventually(lambda: json.loads(stack.get("/v1/breakers/web")[1])["breakers"][0]["trips"] >= 1)
        # What may have done something is not sent again, and its failure is the service's own word.
        self.answers_with("web", 200)
        kit.eventually(lambda: self.client.who() == ("web", None))
        self.answers_with("web", 500)
        status, headers, body = self.client.ask(data=b"tea")
        self.assertEqual((status, headers["Hale-Fallback"], body["service"]), (500, None, "web"))

    def test_a_repair_is_waited_for_as_long_as_the_hold_says(self):
        stack = self.start(web={"fallback": {"service": "spare"}}, spare={})
        kit.kill(stack.pid("web"))
        self.assertEqual(self.client.who(), ("web", None))
        stack.model["services"]["web"]["x-hale"] |= {"hold": "200ms"}
        stack.write()
        stack.hale("reload")
        stack.hale("pause", "web")
        self.assertEqual(kit.eventually(lambda: self.client.who()), ("spare", "service spare"))

    def test_the_file_is_refused_with_its_place(self):
        stack = kit.Stack({
            "web": {"image": "x", "expose": ["80"], "x-hale": {"protocol": "http", "fallback": {"service": "api"}}},
            "api": {"image": "x", "expose": ["80"], "x-hale": {"protocol": "http", "fallback": {"service": "web"}}}})
        self.addCleanup(stack.close)
        result = stack.hale("check", check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertRegex(
            result.stdout + result.stderr, r"compose\.yaml:\d+:\d+: .*in a circle \(api to web to api\)")


class StaleTests(FallbackTestCase):
    def test_the_last_good_answer_then_a_fixed_one(self):
        stack = self.start(web={"fallback": {"stale": "1h"} | SORRY})
        public, private = "/page?Cache-Control=max-age%3D60&ETag=%22x%22", "/account?Cache-Control=private"
        for _ in range(2):
            _, _, body = self.client.ask(public)
        self.assertEqual(self.client.who(private), ("web", None))
        self.answers_with("web", 503)
        status, headers, again = self.client.ask(public)
        self.assertEqual((status, headers["Hale-Fallback"], headers["ETag"]), (200, "stale", '"x"'))
        self.assertGreaterEqual(int(headers["Age"]), 0)
        self.assertEqual(again, body)
        # What the service says itself is worth more than a fixed answer.
        self.assertEqual(self.client.ask(private)[0], 503)
        self.assertEqual(self.client.ask("/other")[0], 503)
        stack.hale("stop", "web")
        self.assertEqual(self.client.ask(public)[2], body)
        self.assertEqual(self.client.ask(public, method="HEAD")[1]["Hale-Fallback"], "stale")
        self.assertEqual(self.client.who(public, Cache_Control="no-cache"), ("nobody", "static"))
        self.assertEqual(self.client.who(public, Authorization="Basic x"), ("nobody", "static"))
        self.assertEqual(self.client.who(private), ("nobody", "static"))
        self.assertEqual(self.client.who("/page"), ("nobody", "static"))
        kit.eventually(lambda: (self.fallbacks(stack, "stale"), self.fallbacks(stack, "static")) == (3, 4))

    def test_what_was_changed_is_not_shown_as_it_was(self):
        stack = self.start(web={"fallback": {"stale": "1h"}})
        for path in ("/changed", "/same"):
            self.client.ask(path)
        self.assertEqual(self.client.ask("/changed", data=b"new")[0], 200)
        stack.hale("stop", "web")
        self.assertEqual(self.client.ask("/changed")[0], 503)
        self.assertEqual(self.client.who("/same"), ("web", "stale"))

    def test_an_answer_may_have_to_allow_it(self):
        stack = self.start(web={"fallback": {"stale": "declared"}})
        declared, silent = "/a?Cache-Control=max-age%3D1,stale-if-error%3D3600&Age=60", "/b?Age=60"
        for path in (declared, silent):
            self.client.ask(path)
        stack.hale("stop", "web")
        status, headers, _ = self.client.ask(declared)
        self.assertEqual((status, headers["Hale-Fallback"]), (200, "stale"))
        self.assertIn("110", headers["Warning"])
        self.assertEqual(self.client.ask(silent)[0], 503)


class URLTests(FallbackTestCase):
    def test_a_server_outside_by_address_and_by_name(self):
        mirror = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
        self.addCleanup(mirror.server_close)
        self.addCleanup(mirror.shutdown)
        threading.Thread(target=mirror.serve_forever, daemon=True).start()
        for host in ("127.0.0.1", "localhost"):
            address = f"{host}:{mirror.server_port}"
            stack = self.start(web={"fallback": {"url": f"http://{address}/copy"} | SORRY})
            self.assertEqual(self.client.who(), ("web", None))
            stack.hale("stop", "web")
            # Until the name is looked up there is nobody to ask.
            status, headers, body = kit.eventually(
                lambda: (answer := self.client.ask("/page?a=b"))[2]["service"] == "mirror" and answer)
            self.assertEqual((status, body["path"], body["host"]), (200, "/copy/page?a=b", address))
            self.assertEqual(headers["Hale-Fallback"], f"url http://{address}/copy")


STAND_IN = os.path.join(kit.EXAMPLES, "stand-ins", "ollama")


class ModelTests(kit.TestCase):
    def start(self, fallback, models):
        """Starts services that hold these models; clients ask the first one, `ollama`."""
        port = kit.free_port()
        stack = self.stack({name: {
            "image": "example/ollama:1", "restart": "unless-stopped", "expose": ["11434"],
            "environment": {"OLLAMA_HOST": "$$HALE_HOST:11434", "STAND_IN_MODELS": held},
            "x-hale": {"run": [kit.PYTHON, STAND_IN, "serve"], "check": {"ollama": {}, "interval": "1s"}},
        } for name, held in models.items()})
        stack.model["services"]["ollama"]["ports"] = [f"127.0.0.1:{port}:11434"]
        stack.model["services"]["ollama"]["x-hale"]["fallback"] = fallback
        stack.write()
        stack.up()
        stack.wait_until_healthy(*models)
        return stack, ollama.Client(host=f"http://127.0.0.1:{port}")

    def test_a_smaller_model_answers_where_the_large_one_is_missing(self):
        stack, client = self.start({"model": "tinyllama"}, {"ollama": "tinyllama"})
        question = "Which model is this? \"model\": \"llama3.3:70b\" {"
        answer = client.generate("llama3.3:70b", question)
        self.assertEqual(answer.model, "tinyllama")
        self.assertTrue(answer.response.endswith(question), answer.response)
        parts = list(client.chat("llama3.3:70b", [{"role": "user", "content": question}], stream=True))
        self.assertEqual({part.model for part in parts}, {"tinyllama"})
        # A model that is there is asked itself, and numbers are never those of another model.
        self.assertEqual(client.generate("tinyllama:latest", "hello").model, "tinyllama:latest")
        with self.assertRaises(ollama.ResponseError) as caught:
            client.embed("llama3.3:70b", "hello")
        self.assertEqual(caught.exception.status_code, 404)
        kit.eventually(lambda: 'kind="model"} 2\n' in stack.get("/metrics")[1])
        self.assertEqual(json.loads(stack.get("/v1/breakers/ollama")[1])["breakers"][0]["state"], "closed")

    def test_another_service_answers_with_the_model_it_has(self):
        stack, client = self.start(
            [{"model": "tinyllama"}, {"service": "spare", "model": "phi"}], {"ollama": "tinyllama", "spare": "phi"})
        self.assertEqual(client.generate("llama3.3:70b", "hello").model, "tinyllama")
        stack.hale("stop", "ollama")
        self.assertEqual(client.generate("llama3.3:70b", "hello " * 1_000).model, "phi")
        stack.hale("start", "ollama")
        self.assertEqual(client.generate("tinyllama", "hello").model, "tinyllama")


if __name__ == "__main__":
    kit.main()
