"""Containers under `hale up` and people: what they do with the engine's own tools, with the file and with Compose."""
import json
import os
import shutil
import subprocess
import threading
import unittest

import kit
from engine import SERVE, STUBBORN, WELL, EngineTestCase, service

COMPOSE = shutil.which("docker-compose")


class HandsTests(EngineTestCase):
    def is_running(self, stack, name):
        return stack.container(name)["State"]["Running"]

    # With docker

    def test_docker_stop_is_respected(self):
        stack = self.up({"web": service(), "other": service()})
        before = stack.remembered()
        self.engine.docker("stop", stack.container_name("web"))
        stopped = stack.wait_for_state("web", "stopped")
        self.assertEqual(stopped["restarts"], 0)
        self.assertRegex(stack.hale("status", check=False).stdout, r"web\s+stopped")
        kit.stays(lambda: not self.is_running(stack, "web"), 3, "it was started against a person's will")
        # Nor does a new healer, which knows it from what is kept.
        healer = stack.role("healer")
        kit.kill(healer)
        kit.eventually(lambda: stack.role("healer") != healer and stack.service("web"))
        kit.stays(lambda: not self.is_running(stack, "web"), 2, "a new healer started it")
        self.engine.docker("start", stack.container_name("web"))
        stack.wait_until_healthy("web", "other")
        # It is Hale's again.
        again = stack.remembered()
        self.engine.docker("kill", stack.container_name("web"))
        stack.wait_for_restart("web", again)
        self.assertEqual(stack.remembered("other"), {"other": before["other"]})

    def test_docker_stop_and_hale_start(self):
        stack = self.up({"web": service()})
        before = stack.remembered()
        self.engine.docker("stop", stack.container_name("web"))
        stack.wait_for_state("web", "stopped")
        stack.hale("start", "web")
        stack.wait_for_restart("web", before)

    def test_docker_restart_is_a_restart(self):
        stack = self.up({"web": service(), "stubborn": service(STUBBORN, check=["CMD", "true"])})
        # Hale learns of it while the engine is in the midst of it.
        for name in ("web", "stubborn", "web", "stubborn", "web"):
            before = stack.remembered()
            self.engine.docker("restart", "-t", "1", stack.container_name(name))
            stack.wait_for_restart(name, before)
        once = stack.remembered()
        kit.stays(lambda: stack.remembered() == once and stack.is_healthy("web"), 3, "it was started once more")
        self.assertEqual(once["web"][0], before["web"][0])
        self.assertEqual(stack.service("web")["state"], "running")

    def test_docker_pause_is_respected(self):
        stack = self.up({"web": service()})
        before = stack.remembered()
        self.engine.docker("pause", stack.container_name("web"))
        stack.wait_for_state("web", "paused")
        # Longer than its check needs for a verdict.
        kit.stays(lambda: stack.service("web")["state"] == "paused", 5, lambda: stack.describe("web"))
        self.engine.docker("unpause", stack.container_name("web"))
        stack.wait_until_healthy("web")
        self.assertEqual(stack.remembered(), before)
        self.assertEqual(stack.service("web")["restarts"], 0)

    def test_hale_s_own_verbs(self):
        stack = self.up({"web": service(), "other": service()})
        before = stack.remembered()
        stack.hale("stop", "web")
        self.assertFalse(self.is_running(stack, "web"))
        self.assertEqual(stack.service("web")["state"], "stopped")
        stack.hale("start", "web")
        stack.wait_until_healthy("web")
        stack.hale("pause", "web")
        self.assertTrue(kit.eventually(lambda: stack.container("web")["State"]["Paused"]))
        stack.hale("unpause", "web")
        stack.wait_until_healthy("web")
        stack.hale("kill", "web")
        once = stack.remembered()
        stack.hale("restart", "web")
        stack.wait_for_restart("web", once)
        self.assertEqual(stack.remembered()["web"][0], before["web"][0])
        self.assertEqual(stack.remembered("other"), {"other": before["other"]})

    # With the file

    def test_up_makes_anew_only_what_changed(self):
        port = kit.free_port()
        stack = self.up({"web": service(ports=[f"127.0.0.1:{port}:80"]), "other": service(), "gone": service()})
        before = stack.remembered()
        stack.model["services"]["web"]["environment"] = {"COLOUR": "red"}
        stack.model["services"]["added"] = service()
        gone = stack.container_name("gone")
        del stack.model["services"]["gone"]
        stack.write()
        planned = stack.hale("up", "--dry-run", "--runtime", self.engine.runtime, "--format", "json", "--remove-orphans")
        self.assertEqual({(each["service"], each["action"]) for each in json.loads(planned.stdout)},
                         {("web", "replace"), ("added", "start"), ("gone", "stop")})
        self.assertEqual(stack.remembered("web", "other"), {name: before[name] for name in ("web", "other")})
        stack.up("--remove-orphans")
        after = stack.remembered()
        self.assertNotEqual(after["web"][0], before["web"][0])
        self.assertEqual(after["other"], before["other"])
        self.assertIn("COLOUR=red", stack.container("web")["Config"]["Env"])
        self.assertNotIn(gone, self.engine.names("ps", "-a", "--format", "{{.Names}}"))
        self.assertEqual(self.ask(port), "well\n")

    def test_reload(self):
        stack = self.up({"web": service(), "other": service()})
        before = stack.remembered()
        stack.model["services"]["web"]["labels"] = {"colour": "red"}
        stack.write()
        stack.hale("reload")
        kit.eventually(lambda: stack.remembered()["web"][0] != before["web"][0], 30, every=0.1)
        stack.wait_until_healthy("web", "other")
        self.assertEqual(stack.container("web")["Config"]["Labels"]["colour"], "red")
        self.assertEqual(stack.remembered("other"), {"other": before["other"]})
        # What is wrong changes nothing.
        present = stack.remembered()
        stack.write_file("compose.yaml", "services: [")
        self.assertNotEqual(stack.hale("reload", check=False).returncode, 0)
        self.assertEqual(stack.remembered(), present)

    def test_scale(self):
        port = kit.free_port()
        stack = self.up({"web": service("hostname >/index.html; " + SERVE.replace("echo well >/index.html; ", ""),
                                        ports=[f"127.0.0.1:{port}:80"])}, "--scale", "web=3")
        ids = [stack.container("web", number)["Id"] for number in (1, 2, 3)]
        answers = set()
        kit.eventually(lambda: answers.add(self.ask(port).strip()) or len(answers) == 3)
        self.assertEqual(answers, {each[:12] for each in ids})
        # While one is away the others answer.
        self.engine.docker("kill", stack.container_name("web", 2))
        for _ in range(20):
            self.assertIn(self.ask(port).strip(), answers)
        stack.hale("scale", "web=1")
        kit.eventually(lambda: len(stack.left()) == 2, message=lambda: f"{stack.left()} are left")
        self.assertEqual(stack.container("web")["Id"], ids[0])
        self.assertEqual(self.ask(port).strip(), ids[0][:12])

    def test_a_rolling_update_loses_no_call(self):
        port = kit.free_port()
        web = service(SERVE.replace("echo well", "echo $COLOUR"), ports=[f"127.0.0.1:{port}:80"],
                      environment={"COLOUR": "red"}, deploy={"replicas": 2, "update_config": {"order": "stop-first"}})
        stack = self.up({"web": web})
        before = [stack.container("web", number)["Id"] for number in (1, 2)]
        answers, ends = [], threading.Event()

        def call():
            while not ends.is_set():
                try:
                    answers.append(self.ask(port))
                except OSError as error:
                    answers.append(repr(error))
        callers = [threading.Thread(target=call) for _ in range(4)]
        for caller in callers:
            caller.start()
        web["environment"]["COLOUR"] = "blue"
        stack.write()
        stack.up()
        kit.eventually(lambda: set(answers[-20:]) == {"blue\n"}, message=lambda: answers[-20:])
        ends.set()
        for caller in callers:
            caller.join()
        self.assertEqual(set(answers), {"red\n", "blue\n"})
        after = [stack.container("web", number)["Id"] for number in (1, 2)]
        self.assertFalse(set(before) & set(after))

    # With Compose

    def compose(self, stack, *words):
        result = subprocess.run(
            [COMPOSE, "-p", stack.name, *words], cwd=stack.folder, env=os.environ | stack.environment | {"DOCKER_HOST": self.engine.host},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    @unittest.skipUnless(COMPOSE, "needs docker-compose (scripts/install --test)")
    def test_what_compose_has_started_is_taken_over_and_given_back(self):
        port = kit.free_port()
        stack = self.stack({"web": service(restart="always", ports=[f"127.0.0.1:{port}:80"], volumes=["kept:/kept"]),
                            "job": service("exit 0", check=None, restart="no"),
                            "other": service(depends_on=["web"])}, volumes={"kept": None})
        stack.model["version"] = "2.4"
        stack.write()
        self.compose(stack, "up", "-d")
        # Compose of that age joins the words by another sign.
        stack.container_name = lambda name, number=1: f"{stack.name}_{name}_{number}"
        before = stack.remembered("web", "other")
        policies = {name: stack.container(name)["HostConfig"]["RestartPolicy"] for name in ("web", "other")}
        self.assertEqual(policies["web"]["Name"], "always")

        stack.hale("up", "-d", "--runtime", self.engine.runtime)
        stack.wait_until_healthy("web", "other")
        self.assertEqual(stack.remembered("web", "other"), before)
        for name in ("web", "other"):
            kit.eventually(lambda: stack.container(name)["HostConfig"]["RestartPolicy"]["Name"] == "no")
        self.assertEqual(self.ask(port), "well\n")
        # Now it is Hale that starts it again.
        self.engine.docker("exec", stack.container_name("web"), "touch", "/sick")
        stack.wait_for_restart("web", before)
        self.assertEqual(self.ask(port), "well\n")
        present = stack.remembered("web", "other")
        self.assertEqual({name: found[0] for name, found in present.items()},
                         {name: found[0] for name, found in before.items()})

        stack.hale("release")
        kit.eventually(lambda: not any(f" -p {stack.name}" in kit.command_line(pid) for pid in kit.all_pids()))
        self.assertEqual(stack.remembered("web", "other"), present)
        self.assertEqual({name: stack.container(name)["HostConfig"]["RestartPolicy"] for name in policies}, policies)
        # The engine does what it did before, and Compose finds all as it has left it.
        self.engine.docker("exec", stack.container_name("web"), "sh", "-c", "kill 1")
        kit.eventually(lambda: stack.remembered("web") != {"web": present["web"]} and self.is_running(stack, "web"), 30)
        self.compose(stack, "up", "-d")
        self.assertEqual(stack.container("web")["Id"], before["web"][0])
        self.compose(stack, "down", "-v")
        self.assertEqual(stack.left(), [])

    def test_release_gives_what_hale_has_made_the_policies_of_the_file(self):
        stack = self.up({"web": service(), "other": service(WELL, check=None, restart="on-failure:3", expose=["80"])})
        before = stack.remembered()
        hosts = lambda: self.engine.docker("exec", stack.container_name("web"), "cat", "/etc/hosts").stdout.decode()
        self.assertIn("other", hosts())
        stack.hale("release")
        self.assertEqual(stack.remembered(), before)
        # Nobody listens at the gateway's addresses any more.
        self.assertNotIn("other", hosts())
        self.assertEqual(stack.container("web")["HostConfig"]["RestartPolicy"]["Name"], "unless-stopped")
        self.assertEqual(stack.container("other")["HostConfig"]["RestartPolicy"],
                         {"Name": "on-failure", "MaximumRetryCount": 3})
        # And back again.
        stack.up()
        self.assertEqual(stack.remembered(), before)
        for name in before:
            kit.eventually(lambda: stack.container(name)["HostConfig"]["RestartPolicy"]["Name"] == "no")

    # What cannot be

    def refused(self, stack, *arguments, **environment):
        """What is said on standard error; nothing is left of the attempt."""
        result = stack.hale("up", "-d", "--wait", "--wait-timeout", "20", "--runtime", self.engine.runtime, *arguments,
                            check=False, environment=environment)
        self.assertNotEqual(result.returncode, 0, result.stdout)
        return result.stderr

    def test_an_image_that_is_nowhere(self):
        said = self.refused(self.stack({"web": service() | {"image": "localhost:1/no/such-image:7"}}))
        for word in ("localhost:1/no/such-image:7", "web"):
            self.assertIn(word, said)
        said = self.refused(self.stack({"web": service(pull_policy="never") | {"image": "no/such-image:7"}}))
        self.assertIn("pull_policy is never", said)

    def test_an_engine_that_is_not_there(self):
        stack = self.stack({"web": service()})
        said = self.refused(stack, **{self.engine.variable: f"unix://{stack.folder}/nobody.sock"})
        self.assertIn(f"{stack.folder}/nobody.sock", said)
        self.assertIn(self.engine.variable, said)

    def test_an_external_network_and_volume_that_are_not_there(self):
        said = self.refused(self.stack({"web": service(networks=["theirs"])},
                                       networks={"theirs": {"external": True, "name": "nobody-s-net"}}))
        self.assertIn("nobody-s-net", said)
        said = self.refused(self.stack({"web": service(volumes=["theirs:/data"])},
                                       volumes={"theirs": {"external": True, "name": "nobody-s-data"}}))
        self.assertIn("nobody-s-data", said)
        self.assertNotIn("nobody-s-data", self.engine.names("volume", "ls", "-q"))

    def test_a_port_that_is_taken(self):
        """The container runs, for those inside, and Hale says what is missing and takes the port once it is free."""
        with kit.socket.socket() as other:
            port = kit.free_port()
            other.bind(("127.0.0.1", port))
            other.listen()
            stack = self.stack({"web": service(ports=[f"127.0.0.1:{port}:80"])})
            said = stack.hale("up", "-d", "--wait", "--runtime", self.engine.runtime)
            self.assertIn(f"port {port} of web cannot be opened", said.stderr)
        kit.eventually(lambda: not stack.status().get("notices"), 30, message=lambda: stack.status().get("notices"))

    def test_what_runs_in_containers_stays_in_containers(self):
        """Though the file says what to run without an engine as well, and nobody says which it is to be."""
        stack = self.up({"web": service()})
        before = stack.remembered()
        stack.hale("up", "-d", "--wait")
        self.assertEqual(stack.remembered(), before)


if __name__ == "__main__":
    kit.main()
