"""Who is told of what fails: one alert and one recovery for one cause, through every kind of channel; none lost."""
import glob
import json
import os
import ssl
import time

import kit
from receivers import Alertmanager, HTTPReceiver, MailReceiver, certificate
from test_postgres_crashes import postgres_service

AGENTS = int(os.environ.get("HALE_AGENTS", "174"))
ROUNDS = int(os.environ.get("HALE_ROUNDS", "4"))


def open_incidents(stack):
    return json.loads(stack.get("/v1/incidents?open=true")[1])["incidents"]


def blockable(stack, name, service):
    """The service ends at once whenever the file `blocked` is there."""
    wrapper = stack.write_file(
        f"run-{name}", f'#!/bin/sh\n[ ! -e {stack.path("blocked")} ] || exit 1\nexec "$@"\n', mode=0o755)
    service["x-hale"]["run"] = [wrapper, *service["x-hale"]["run"]]
    service["x-hale"]["restart"] = {"backoff": "300ms", "cap": "1s", "budget": 1000}
    return service


class AlertTestCase(kit.TestCase):
    def receiver(self, *arguments):
        receiver = HTTPReceiver(*arguments).start()
        self.addCleanup(receiver.stop)
        return receiver

    def echo_stack(self, channels, **alerts):
        stack = self.stack()
        service = kit.echo_service(kit.free_port(), critical=True)
        stack.model["services"] = {"db": blockable(stack, "db", service)}
        stack.model["x-hale"] = {"alerts": {"channels": channels, "group_wait": "0s"} | alerts}
        stack.write()
        stack.up()
        return stack

    def break_it(self, stack, name="db"):
        stack.write_file("blocked", "")
        kit.kill(stack.pid(name))

    def mend(self, stack, name="db", timeout=30):
        os.unlink(stack.path("blocked"))
        stack.wait_until_healthy(name, timeout=timeout)

    def overview(self, stack):
        return json.loads(stack.get("/v1/alerts")[1])

    def kinds(self, receiver, provider="webhook"):
        return [body["kind"] for body in receiver.bodies(provider)]


class OneCauseTests(AlertTestCase):
    def channels(self, stack, http, mail, manager, authority):
        script = stack.write_file("told", f"#!/bin/sh\ncat >>{stack.path('told.jsonl')}\n", mode=0o755)
        secret = stack.write_file("mail-password", "mail-password\n", mode=0o600)
        return {
            "manager": {"alertmanager": {"url": manager.url}},
            "hook": {"webhook": {"url": http.url("webhook")}},
            "slack": {"slack": {"url": http.url("slack")}},
            "discord": {"discord": {"url": http.url("discord")}},
            "teams": {"teams": {"url": http.url("teams")}},
            "pager": {"pagerduty": {"routing_key": "pagerduty-key", "url": http.url("pagerduty")}},
            "opsgenie": {"opsgenie": {"api_key": "opsgenie-key", "url": http.url("opsgenie")}},
            "ntfy": {"ntfy": {"url": http.url("ntfy"), "topic": "ops", "token": "ntfy-token"}},
            "apprise": {"apprise": {"url": http.url("apprise"), "tag": "ops"}},
            "mail": {"email": {"server": f"127.0.0.1:{mail.port}", "from": "hale@example.com",
                               "to": ["ops@example.com", "boss@example.com"], "user": "hale",
                               "password": {"file": secret}}, "ca": authority},
            "command": {"command": [script]},
        }

    def agents(self):
        isready = sorted(glob.glob("/usr/lib/postgresql/*/bin/pg_isready"))[-1]
        agent = {
            "image": "example/agent:1", "restart": "unless-stopped",
            "depends_on": {"postgres": {"condition": "service_healthy"}},
            "healthcheck": {"test": ["CMD-SHELL", f"exec {isready} -q -t 1 -h $$HALE_POSTGRES_HOST -p $$HALE_POSTGRES_PORT"],
                            "interval": "5s", "timeout": "4s", "retries": 1, "start_period": "60s"},
            "x-hale": {"run": ["/bin/sleep", "100000"]},
        }
        return {f"agent-{number}": agent for number in range(1, AGENTS + 1)}

    def test_one_alert_and_one_recovery_for_one_cause(self):
        stack = kit.Stack(volumes={"pgdata": None})
        self.addCleanup(stack.close)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority, key = certificate(stack.folder)
        context.load_cert_chain(authority, key)
        mail = MailReceiver(context, "hale", "mail-password")
        self.addCleanup(mail.stop)
        manager = Alertmanager(stack.folder)
        self.addCleanup(manager.stop)
        http = self.receiver()

        postgres = blockable(stack, "postgres", postgres_service(kit.free_port()))
        postgres["x-hale"] |= {"critical": True, "hold": "0s"}
        stack.model["services"] = {"postgres": postgres} | self.agents()
        stack.model["x-hale"] = {"restart_concurrency": 50, "alerts": {
            "channels": self.channels(stack, http, mail, manager, authority), "group_wait": "3s"}}
        stack.write()
        stack.up(timeout=180)

        stack.write_file("blocked", "")
        kit.kill(stack.pid("postgres"))
        kit.eventually(lambda: len(open_incidents(stack)) == 1 and len(open_incidents(stack)[0]["victims"]) == AGENTS, 90,
                       message=lambda: f"not every agent suffers: {[len(i['victims']) for i in open_incidents(stack)]}")
        kit.eventually(lambda: all(channel["sent_total"] for channel in self.overview(stack)["channels"]), 60,
                       message=lambda: stack.hale("alerts", check=False).stdout)
        self.assertEqual(len(manager.alerts()), 1)
        alert = manager.alerts()[0]
        self.assertEqual(alert["labels"]["service"], "postgres")
        self.assertEqual(alert["labels"]["severity"], "critical")
        self.assertEqual(alert["status"]["state"], "active")
        said = json.loads(stack.hale("alerts", "--format", "json").stdout)
        self.assertEqual([entry["state"] for entry in said["alerts"]], ["firing"])
        self.assertEqual(said["alerts"][0]["victim_count"], AGENTS)

        os.unlink(stack.path("blocked"))
        kit.eventually(lambda: not open_incidents(stack), 120, message=lambda: stack.describe("postgres"))
        kit.eventually(lambda: all(channel["sent_total"] >= 2 for channel in self.overview(stack)["channels"]), 60,
                       message=lambda: stack.hale("alerts", check=False).stdout)
        kit.eventually(lambda: manager.alerts() == [], 30, message="the Alertmanager keeps the alert")
        self.check_http(http, stack)
        self.check_mails(mail, stack)
        with open(stack.path("told.jsonl"), encoding="utf-8") as file:
            self.assertEqual([json.loads(line)["kind"] for line in file], ["firing", "recovered"])
        self.assertEqual(json.loads(stack.hale("alerts", "--format", "json").stdout)["alerts"], [])
        self.check_metrics(stack)

    def check_http(self, http, stack):
        self.assertEqual(http.problems, [])
        for provider in ("webhook", "slack", "discord", "teams", "pagerduty", "opsgenie", "ntfy", "apprise"):
            self.assertEqual(len(http.bodies(provider)), 2, provider)
        self.assertEqual(self.kinds(http), ["firing", "recovered"])
        first, second = (body["alerts"] for body in http.bodies("webhook"))
        self.assertEqual([alert["service"] for alert in first + second], ["postgres", "postgres"])
        self.assertEqual(first[0]["key"], second[0]["key"])
        self.assertGreater(second[0]["duration_seconds"], 3)
        self.assertEqual([body["event_action"] for body in http.bodies("pagerduty")], ["trigger", "resolve"])
        self.assertEqual(len({body["dedup_key"] for body in http.bodies("pagerduty")}), 1)
        self.assertIn("/close", http.paths("opsgenie")[1])
        self.assertEqual([body["type"] for body in http.bodies("apprise")], ["failure", "success"])

    def check_mails(self, mail, stack):
        self.assertEqual(mail.logins, [True, True])
        subjects = [entry["Subject"] for entry, _ in mail.mails]
        self.assertTrue(subjects[0].startswith(f"[CRITICAL] {stack.name}/postgres: "), subjects)
        self.assertTrue(subjects[1].startswith(f"[RECOVERED] {stack.name}/postgres: well again after "), subjects)
        for entry, envelope in mail.mails:
            self.assertEqual(envelope.rcpt_tos, ["ops@example.com", "boss@example.com"])
            self.assertEqual(envelope.mail_from, "hale@example.com")
            self.assertIn("postgres", entry.get_content())
        self.assertEqual(len({entry["Message-ID"] for entry, _ in mail.mails}), 2)

    def check_metrics(self, stack):
        text = stack.get("/metrics")[1]
        self.assertIn(f'hale_alerts_sent_total{{stack="{stack.name}",channel="mail"}} 2\n', text)
        self.assertIn(f'hale_alerts_queued{{stack="{stack.name}",channel="mail"}} 0\n', text)


class LossTests(AlertTestCase):
    def test_none_is_lost_when_the_healer_is_killed_between_event_and_delivery(self):
        http = self.receiver()
        stack = self.echo_stack({"hook": {"webhook": {"url": http.url("webhook")}, "timeout": "30s"}})
        for number in range(1, ROUNDS + 1):
            http.hanging.set()
            http.began.clear()
            self.break_it(stack)
            self.assertTrue(http.began.wait(20), "nothing was sent")
            # It was sent, and nobody has said yet that it was taken.
            healer = stack.role("healer")
            kit.kill(healer)
            kit.eventually(lambda: stack.role("healer") != healer, 20)
            http.hanging.clear()
            kit.eventually(lambda: self.told(http, "firing") == number, 20, message=lambda: f"alert lost: {self.kinds(http)}")
            self.mend(stack)
            kit.eventually(lambda: self.told(http, "recovered") == number, 30,
                           message=lambda: f"recovery lost: {self.kinds(http)}\n{stack.own_logs()}")
        self.assertEqual(http.problems, [])

    def test_none_is_lost_when_the_healer_is_killed_at_the_event(self):
        http = self.receiver()
        stack = self.echo_stack({"hook": {"webhook": {"url": http.url("webhook")}}})
        for number in range(1, ROUNDS + 1):
            healer = stack.role("healer")
            self.break_it(stack)
            time.sleep(0.01 * number)
            kit.kill(healer)
            kit.eventually(lambda: self.told(http, "firing") == number, 20, message=lambda: f"alert lost: {self.kinds(http)}")
            self.mend(stack)
            kit.eventually(lambda: self.told(http, "recovered") == number, 30,
                           message=lambda: f"recovery lost: {self.kinds(http)}\n{stack.own_logs()}")

    def told(self, http, kind):
        """Of how many alerts: a message may come twice."""
        return len({alert["id"] for body in http.bodies("webhook") for alert in body["alerts"] if alert["kind"] == kind})

    def test_a_dead_channel_gets_it_late_and_is_told_so(self):
        dead = HTTPReceiver()
        alive = self.receiver()
        stack = self.echo_stack({"dead": {"webhook": {"url": dead.url("webhook")}},
                                 "alive": {"webhook": {"url": alive.url("webhook")}}})
        self.break_it(stack)
        kit.eventually(lambda: self.kinds(alive) == ["firing"], 10, message="one dead channel holds up another")
        kit.eventually(lambda: any("'dead' does not take alerts" in notice for notice in stack.status()["notices"]), 10)
        self.mend(stack)
        kit.eventually(lambda: self.kinds(alive) == ["firing", "recovered"], 20)
        kit.kill(stack.role("healer"))
        overview = kit.eventually(lambda: self.overview(stack) if self.overview(stack)["channels"] else None, 20)
        self.assertEqual([channel["queued"] for channel in overview["channels"]], [2, 0])
        time.sleep(33)
        dead.start()
        self.addCleanup(dead.stop)
        kit.eventually(lambda: self.kinds(dead) == ["firing", "recovered"], 120,
                       message=lambda: f"{self.kinds(dead)} {self.overview(stack)}")
        self.assertGreater(dead.bodies("webhook")[0]["late_seconds"], 30)
        self.assertIn("late by", dead.bodies("webhook")[0]["text"])
        self.assertNotIn("late_seconds", alive.bodies("webhook")[0])
        kit.eventually(lambda: not any("'dead'" in notice for notice in stack.status()["notices"]), 10)

    def test_a_hanging_channel_delays_no_repair(self):
        http = self.receiver()
        http.hanging.set()
        stack = self.echo_stack({f"hook{number}": {"webhook": {"url": http.url("webhook")}, "timeout": "60s"}
                                 for number in range(8)}, routes=[
            {"severity": "info", "to": [f"hook{number}" for number in range(8)]}])
        stack.model["services"]["db"]["x-hale"]["restart"] = {"budget": 1000, "backoff": "1ms", "cap": "1ms"}
        stack.write()
        stack.hale("reload")
        for _ in range(8):
            before = stack.pid("db")
            kit.kill(before)
            kit.eventually(lambda: stack.instance("db").get("pid") not in (None, before), 10)
            stack.wait_until_healthy("db")
        incidents = json.loads(stack.get("/v1/incidents")[1])["incidents"]
        restarted = [moment for incident in incidents for moment in incident["timeline"] if moment["kind"] == "started"]
        exited = [moment for incident in incidents for moment in incident["timeline"] if moment["kind"] == "exited"]
        self.assertGreaterEqual(len(restarted), 8)
        for end, start in zip(sorted(moment["time"] for moment in exited), sorted(moment["time"] for moment in restarted)):
            self.assertLess(seconds(start) - seconds(end), 1, "a restart took long")


def seconds(time_text):
    return kit.datetime_of(time_text).timestamp() + float("0" + time_text[19:-1])


class HandTests(AlertTestCase):
    def test_trying_channels(self):
        http = self.receiver()
        http.status["slack"] = 403
        stack = self.echo_stack({"hook": {"webhook": {"url": http.url("webhook")}},
                                 "chat": {"slack": {"url": http.url("slack") + "/SECRET"}},
                                 "gone": {"discord": {"url": f"http://127.0.0.1:{kit.free_port()}/SECRET"}}})
        said = stack.hale("alert", "test", check=False)
        self.assertEqual(said.returncode, 1)
        rows = {line.split()[0]: line for line in said.stdout.splitlines()}
        self.assertIn("delivered", rows["hook"])
        self.assertIn("refused: status 403", rows["chat"])
        self.assertIn("connection refused", rows["gone"])
        self.assertEqual(stack.hale("alert", "test", "hook").returncode, 0)
        self.assertEqual(self.kinds(http), ["test", "test"])
        wrong = stack.hale("alert", "test", "hok", check=False)
        self.assertIn("did you mean 'hook'?", wrong.stderr)
        for text in (said.stdout, stack.hale("config").stdout, stack.hale("status", check=False).stdout,
                     stack.get("/v1/alerts")[1], stack.get("/status")[1]):
            self.assertNotIn("SECRET", text)

    def test_a_channel_that_refuses_is_given_up_and_gets_it_once_mended(self):
        http = self.receiver()
        http.status["webhook"] = 403
        stack = self.echo_stack({"hook": {"webhook": {"url": http.url("webhook"), "headers": {"X-Key": "KEY1"}}}})
        self.break_it(stack)
        kit.eventually(lambda: any("refuses alerts: status 403" in notice for notice in stack.status()["notices"]), 60)
        self.assertIn("alertFailed", stack.hale("events").stdout)
        self.assertEqual(self.overview(stack)["channels"][0]["failed"], 1)
        http.status.clear()
        stack.model["x-hale"]["alerts"]["channels"]["hook"]["webhook"]["headers"] = {"X-Key": "KEY2"}
        stack.write()
        stack.hale("reload")
        kit.eventually(lambda: self.kinds(http)[:1] == ["firing"], 20)
        kit.eventually(lambda: not any("'hook'" in notice for notice in stack.status()["notices"]), 10)
        self.assertNotIn("KEY1", stack.own_logs())

    def test_acknowledging_ends_escalation(self):
        http = self.receiver()
        channels = {"chat": {"webhook": {"url": http.url("webhook")}}, "boss": {"ntfy": {
            "url": http.url("ntfy"), "topic": "ops", "token": "ntfy-token"}}}
        stack = self.echo_stack(channels, routes=[{"to": "chat"}], escalation=[{"after": "5s", "to": "boss"}])
        self.break_it(stack)
        kit.eventually(lambda: self.kinds(http) == ["firing"], 10)
        number = http.bodies("webhook")[0]["alerts"][0]["id"]
        self.assertIn("acknowledged", stack.hale("alert", "ack", str(number)).stdout)
        self.assertEqual(stack.hale("alert", "ack", "4711", check=False).returncode, 1)
        kit.kill(stack.role("healer"))
        kit.stays(lambda: not http.bodies("ntfy"), 7, "it was escalated")
        alert = self.overview(stack)["alerts"][0]
        self.assertEqual(alert["state"], "acknowledged")
        self.assertIn("hale alert", alert["acknowledged_by"])
        self.mend(stack)
        kit.eventually(lambda: self.kinds(http) == ["firing", "recovered"], 20)
        self.break_it(stack)
        kit.eventually(lambda: len(http.bodies("ntfy")) == 1, 20, message="nobody was told besides")

    def test_taking_the_stack_down_is_told(self):
        http = self.receiver()
        stack = self.echo_stack({"hook": {"webhook": {"url": http.url("webhook")}}})
        self.break_it(stack)
        kit.eventually(lambda: self.kinds(http) == ["firing"], 10)
        stack.down()
        self.assertEqual(self.kinds(http), ["firing", "recovered"])
        self.assertIn("taken down", http.bodies("webhook")[1]["text"])


if __name__ == "__main__":
    kit.main()
