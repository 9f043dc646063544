"""Flags: applications read them through OpenFeature's own provider, and they follow the services and the people."""
import http.client
import json
import sys

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode

import kit

FLAGS = {
    "summaries": {"default": True, "description": "Short forms", "rules": [
        {"when": "model is down or model is open", "value": False, "reason": "the model is away"}]},
    "greeting": {"default": "hello", "rules": [{"when": "model is down", "value": "hi"}]},
    "page": {"default": 50}, "share": {"default": 1.0}, "layout": {"default": {"columns": [1, 2]}},
}


class FlagTests(kit.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.running = kit.Stack(
            {"model": kit.echo_service(kit.free_port()), "web": kit.echo_service(kit.free_port())},
            **{"x-hale": {"flags": FLAGS}})
        cls.addClassCleanup(cls.running.close)
        cls.running.up()
        cls.running.wait_until_healthy("model", "web")
        api.set_provider_and_wait(OFREPProvider(f"http://127.0.0.1:{cls.running.status_port}"))
        cls.client = api.get_client()

    def tearDown(self):
        self.running.hale("flags", "clear", "summaries")
        self.running.hale("start", "model")
        self.running.wait_until_healthy("model")

    def summaries(self):
        return self.client.get_boolean_details("summaries", None)

    def wait_for_summaries(self, value, **fields):
        def is_so():
            details = self.summaries()
            return details.value is value and all(getattr(details, name) == field for name, field in fields.items())
        kit.eventually(is_so, message=lambda: f"the flag is {self.summaries()}")

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.running.status_port, timeout=30)
        text = None if body is None else body if isinstance(body, str) else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json"} | (headers or {}))
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, response.headers, json.loads(text) if text else None

    def flag(self, name="summaries"):
        flags = json.loads(self.running.hale("flags", "--format", "json").stdout)["flags"]
        return next(flag for flag in flags if flag["name"] == name)

    def test_every_type_is_read(self):
        context = EvaluationContext("user-7", {"plan": "free"})
        self.assertIs(self.client.get_boolean_value("summaries", False, context), True)
        self.assertEqual(self.client.get_string_value("greeting", "", context), "hello")
        self.assertEqual(self.client.get_integer_value("page", 0), 50)
        self.assertEqual(self.client.get_float_value("share", 0.5), 1.0)
        self.assertEqual(self.client.get_object_value("layout", {}), {"columns": [1, 2]})
        details = self.summaries()
        self.assertEqual((str(details.reason), details.variant), ("STATIC", "default"))
        self.assertEqual(details.flag_metadata["description"], "Short forms")

    def test_an_unknown_flag_has_the_default_of_the_code(self):
        details = self.client.get_boolean_details("sumaries", True)
        self.assertIs(details.value, True)
        self.assertEqual(details.error_code, ErrorCode.FLAG_NOT_FOUND)
        self.assertIn("did you mean 'summaries'?", details.error_message)

    def test_a_service_that_goes_down_flips_it(self):
        self.running.hale("stop", "model")
        details = self.summaries()
        self.assertEqual(
            (details.value, str(details.reason), details.variant), (False, "TARGETING_MATCH", "rule-1"))
        self.assertEqual(details.flag_metadata["why"], "model is down or model is open: the model is away")
        self.assertEqual(self.client.get_string_value("greeting", ""), "hi")
        self.running.hale("start", "model")
        self.wait_for_summaries(True, variant="default")
        events = self.ask("GET", "/v1/events?kind=flagChanged&order=desc&limit=1000")[2]["events"]
        told = [(event["text"], event["cause"]) for event in events]
        self.assertIn(
            ("the flag summaries is false", "model is down or model is open: the model is away"), told)
        self.assertIn(("the flag greeting is hello", "no longer: model is down"), told)

    def test_an_override_flips_it_and_its_end_flips_it_back(self):
        self.running.hale("flags", "set", "--for", "2s", "summaries", "false")
        details = self.summaries()
        self.assertEqual((details.value, details.variant), (False, "override"))
        self.assertRegex(self.running.hale("flags").stdout, r"summaries +false +set by \S+ by hale flags +for \d second")
        self.wait_for_summaries(True, variant="default")
        self.assertNotIn("override", self.flag())

    def test_an_override_outlives_the_healer(self):
        self.running.hale("flags", "set", "summaries", "false")
        former = self.running.role("healer")
        kit.kill(former)
        kit.eventually(lambda: self.running.role("healer") not in (None, former))
        self.wait_for_summaries(False, variant="override")
        self.assertRegex(self.running.hale("flags").stdout, r"summaries +false .*until cleared")
        self.running.hale("flags", "clear", "summaries")
        self.wait_for_summaries(True, variant="default")

    def test_a_new_healer_changes_nothing(self):
        former = self.running.role("healer")
        before = self.ask("GET", "/v1/events?order=desc&limit=1")[2]["events"][0]["id"]
        kit.kill(former)
        kit.eventually(lambda: self.running.role("healer") not in (None, former))
        kit.eventually(lambda: self.flag()["value"] is True)
        self.running.wait_until_healthy("model", "web")
        self.assertEqual(self.ask("GET", f"/v1/events?kind=flagChanged&after={before}")[2]["events"], [])

    def test_setting_over_tcp_needs_a_token(self):
        order = {"value": False, "for_seconds": 600}
        path = "/v1/flags/summaries/set"
        self.assertEqual(self.ask("POST", path, order)[0], 401)
        token = self.running.hale("token", "create", "flags").stdout.strip()
        self.addCleanup(self.running.hale, "token", "revoke", "flags")
        headers = {"Authorization": f"Bearer {token}"}
        status, _, answer = self.ask("POST", path, order, headers)
        self.assertEqual((status, answer["flag"]["value"], answer["flag"]["override"]["by"]), (200, False, "token flags"))
        self.assertIn("until", answer["flag"]["override"])
        for path, body, status, words in (
                (path, {"value": "no"}, 409, "takes true or false"), (path, {}, 400, "'value' is missing"),
                (path, {"value": None}, 400, "should be true or false"),
                (path, {"value": True, "for": 5}, 400, "there is no field 'for'"),
                (path, {"value": True, "for_seconds": 0}, 400, "over 0"),
                ("/v1/flags/nope/set", order, 404, "there is no flag 'nope'"),
                ("/v1/flags/nope/clear", None, 404, "there is no flag 'nope'")):
            answer = self.ask("POST", path, body, headers)
            self.assertEqual((answer[0], answer[1]["Content-Type"]), (status, "application/problem+json"), answer[2])
            self.assertIn(words, answer[2]["detail"])
        self.assertIs(self.ask("POST", "/v1/flags/summaries/clear", None, headers)[2]["flag"]["value"], True)

    def test_the_bulk_has_a_tag(self):
        path = "/ofrep/v1/evaluate/flags"
        status, headers, answer = self.ask("POST", path, {"context": {}})
        self.assertEqual((status, [flag["key"] for flag in answer["flags"]]), (200, list(FLAGS)))
        tag = {"If-None-Match": headers["ETag"]}
        status, headers, answer = self.ask("POST", path, {"context": {}}, tag)
        self.assertEqual((status, headers["ETag"], answer), (304, tag["If-None-Match"], None))
        self.running.hale("flags", "set", "summaries", "false")
        self.assertEqual(self.ask("POST", path, {"context": {}}, tag)[0], 200)

    def test_a_wrong_request_is_told_why(self):
        path = "/ofrep/v1/evaluate/flags"
        for body, code in (
                ("{", "PARSE_ERROR"), ("", "PARSE_ERROR"), ([], "INVALID_CONTEXT"), ({"context": 5}, "INVALID_CONTEXT"),
                ({"context": {"targetingKey": 5}}, "INVALID_CONTEXT")):
            for place, key in (path, None), (path + "/summaries", "summaries"):
                status, _, answer = self.ask("POST", place, body)
                self.assertEqual((status, answer["errorCode"], answer.get("key")), (400, code, key), answer)
        self.assertEqual(self.ask("POST", path, "{}", {"Content-Type": "text/plain"})[0], 415)
        self.assertEqual(self.ask("GET", path)[0], 405)

    def test_boolean_flags_are_metrics(self):
        lines = self.running.get("/metrics")[1].splitlines()
        self.assertEqual([line for line in lines if line.startswith("hale_flag_value")], [
            f'hale_flag_value{{stack="{self.running.name}",flag="summaries"}} 1'])

    def test_a_reload_brings_new_flags_and_refuses_wrong_ones(self):
        model = json.loads(json.dumps(self.running.model))
        self.addCleanup(self.running.hale, "reload")
        self.addCleanup(self.running.write)
        flags = model["x-hale"]["flags"]
        flags["extra"] = {"default": "a", "rules": [{"when": "modle is down", "value": "b"}]}
        self.running.write_file("compose.yaml", json.dumps(model, indent=2))
        refused = self.running.hale("reload", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertRegex(refused.stderr, r"compose.yaml:\d+:\d+: .*there is no service 'modle' \(did you mean 'model'")
        flags["extra"]["rules"][0]["when"] = "model is down"
        self.running.write_file("compose.yaml", json.dumps(model, indent=2))
        self.running.hale("reload")
        self.assertEqual(self.client.get_string_value("extra", ""), "a")


class CommandTests(kit.TestCase):
    def test_what_makes_no_sense_is_refused(self):
        flags = {"summaries": {"default": True}, "page": {"default": 50}, "share": {"default": 1.5},
                 "layout": {"default": {}}}
        stack = self.stack({"web": kit.echo_service(kit.free_port())}, **{"x-hale": {"flags": flags}})
        stack.up()
        for arguments, code, words in (
                (("set", "summaries"), 2, "needs a FLAG and a VALUE"), (("sett", "a", "b"), 2, "did you mean 'set'?"),
                (("clear",), 2, "needs one FLAG"), (("clear", "--for", "3s", "page"), 2, "--for goes with"),
                (("set", "sumaries", "true"), 1, "did you mean 'summaries'?"),
                (("set", "summaries", "maybe"), 1, "takes true or false, not 'maybe'"),
                (("set", "page", "1.5"), 1, "takes a whole number"), (("set", "layout", "[1]"), 1, "takes a JSON object"),
                (("clear", "nope"), 1, "there is no flag 'nope'")):
            result = stack.hale("flags", *arguments, check=False)
            self.assertEqual(result.returncode, code, (arguments, result.stderr))
            self.assertIn(words, result.stderr)
        for name, value in ("share", "2"), ("page", "-3"), ("layout", '{"columns": 3}'):
            stack.hale("flags", "set", "--", name, value)
        flags = {flag["name"]: flag["value"] for flag in json.loads(stack.hale(
            "flags", "--format", "json").stdout)["flags"]}
        self.assertEqual((flags["share"], flags["page"], flags["layout"]), (2, -3, {"columns": 3}))


if __name__ == "__main__":
    sys.exit(kit.main())
