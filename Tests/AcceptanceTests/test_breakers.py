"""An instance that answers with failures is left alone for a while: seen by clients, people, programs and flags."""
import json
import os
import urllib.error
import urllib.request

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider

import kit

FLAGS = {"summaries": {"default": True, "rules": [{"when": "model is open", "value": False}]}}


class BreakerTests(kit.TestCase):
    def setUp(self):
        super().setUp()
        self.port = kit.free_port()
        self.running = kit.Stack({"model": {
            "image": "example/model:1", "restart": "unless-stopped", "ports": [f"127.0.0.1:{self.port}:7000"],
            "environment": {}, "x-hale": {
                "run": kit.server("moody.py"), "check": {"http": "/healthz", "interval": "1s"},
                "breaker": {"open": "1s"}}}}, **{"x-hale": {"flags": FLAGS}})
        self.addCleanup(self.running.close)
        self.mood = os.path.join(str(self.running.folder), "mood")
        self.running.model["services"]["model"]["environment"]["MOOD"] = self.mood
        self.running.write()
        self.running.up()
        self.running.wait_until_healthy("model")

    def ask(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=10) as response:
                return response.status, response.headers
        except urllib.error.HTTPError as error:
            return error.code, error.headers

    def breaker(self):
        return json.loads(self.running.get("/v1/breakers/model")[1])["breakers"][0]

    def state(self):
        return self.breaker()["state"]

    def test_it_opens_and_closes_again_and_everyone_sees_it(self):
        pid = self.running.service("model")["instances"][0]["pid"]
        api.set_provider_and_wait(OFREPProvider(f"http://127.0.0.1:{self.running.status_port}"))
        flags = api.get_client()
        self.assertEqual(self.ask()[0], 200)
        self.assertTrue(flags.get_boolean_value("summaries", None))
        open(self.mood, "w").close()
        self.assertEqual([self.ask()[0] for _ in range(5)], [500] * 5)
        status, headers = self.ask()
        self.assertEqual(status, 503)
        self.assertGreaterEqual(int(headers["Retry-After"]), 1)
        kit.eventually(lambda: not flags.get_boolean_value("summaries", None))
        os.remove(self.mood)
        kit.eventually(lambda: self.ask()[0] == 200)
        kit.eventually(lambda: self.ask()[0] == 200 and self.state() == "closed")
        kit.eventually(lambda: flags.get_boolean_value("summaries", None))
        kinds = [event["kind"] for event in json.loads(self.running.get("/v1/events?limit=1000")[1])["events"]]
        for kind in ("breakerOpened", "breakerClosed", "flagChanged"):
            self.assertIn(kind, kinds)
        # Its own check always passed, so nobody restarted it.
        self.assertEqual(self.running.service("model")["instances"][0]["pid"], pid)

    def kill_gateway(self):
        old = self.running.role("gateway")
        kit.kill(old)
        kit.eventually(lambda: self.running.role("gateway", timeout=0) not in (None, old))

    def test_another_gateway_goes_on_with_what_is_known(self):
        open(self.mood, "w").close()
        while self.ask()[0] == 500:
            pass
        trips = kit.eventually(lambda: self.breaker()["trips"])
        self.kill_gateway()
        breaker = kit.eventually(self.breaker)
        self.assertGreaterEqual(breaker["trips"], trips)
        self.assertIn(breaker["state"], ("open", "half-open"))
        os.remove(self.mood)
        kit.eventually(lambda: self.ask()[0] == 200 and self.state() == "closed")

    def test_what_people_said_outlives_the_gateway_and_the_instance(self):
        self.running.hale("breaker", "open", "model")
        kit.eventually(lambda: self.state() == "forced-open")
        self.kill_gateway()
        self.assertEqual(self.ask()[0], 503)
        pid = self.running.service("model")["instances"][0]["pid"]
        self.running.hale("restart", "model")
        kit.eventually(lambda: self.running.service("model")["instances"][0].get("pid") not in (None, pid))
        self.running.wait_until_healthy("model")
        self.assertEqual(self.ask()[0], 503)
        self.assertEqual(self.state(), "forced-open")
        self.running.hale("breaker", "close", "model")
        kit.eventually(lambda: self.ask()[0] == 200)

    def test_people_have_the_last_word(self):
        self.running.hale("breaker", "open", "model")
        kit.eventually(lambda: self.state() == "forced-open")
        self.assertEqual(self.ask()[0], 503)
        self.assertIn("forced-open", self.running.hale("breakers").stdout)
        self.assertIn("breaker", self.running.hale("status").stdout)
        self.running.hale("breaker", "reset", "model")
        kit.eventually(lambda: self.state() == "closed")
        self.assertEqual(self.ask()[0], 200)


if __name__ == "__main__":
    kit.main()
