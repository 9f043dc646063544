"""What befalls containers, and what `hale up` does about it, on a real Docker Engine."""
import os
import signal
import subprocess

import kit
from engine import SERVE, SERVE_ALONE, WELL, EngineTestCase, service


class FaultTests(EngineTestCase):
    def inside(self, stack, name, *words):
        return self.engine.docker("exec", stack.container_name(name), *words)

    def assert_repaired(self, stack, name, before):
        """It was started again, in the same container, and the others were left alone."""
        stack.wait_for_restart(name, before)
        after = stack.remembered()
        self.assertEqual(after[name][0], before[name][0])
        others = set(before) - {name}
        self.assertEqual({other: after[other] for other in others}, {other: before[other] for other in others})

    # One container

    def test_what_is_killed_is_started_again(self):
        port = kit.free_port()
        stack = self.up({"web": service(ports=[f"127.0.0.1:{port}:80"]), "other": service(WELL, check=None)})
        kills = [kit.kill, lambda _: self.engine.docker("kill", stack.container_name("web")),
                 lambda _: self.engine.docker("exec", stack.container_name("web"), "sh", "-c", "kill 1", check=False)]
        for restarts, kill in enumerate(kills, 1):
            before = stack.remembered()
            pid = self.pid(stack, "web")
            kill(pid)
            # A process that is being killed still takes connections. Whoever asks then is kept waiting until it is back.
            kit.eventually(lambda: not kit.is_running(pid), every=0.001)
            self.assertEqual(self.ask(port), "well\n")
            self.assert_repaired(stack, "web", before)
            self.assertEqual(stack.service("web")["restarts"], restarts)

    def test_the_restart_policy_decides_about_an_end(self):
        def ending(code):
            return service(f"echo >>/counts/$HOSTNAME; sleep 0.3; exit {code}", check=None,
                           volumes=["./counts:/counts"])
        policies = {"no-0": ("no", 0), "no-3": ("no", 3), "failure-0": ("on-failure", 0), "failure-3": ("on-failure", 3),
                    "twice-3": ("on-failure:2", 3), "always-0": ("always", 0), "unless-0": ("unless-stopped", 0)}
        stack = self.stack({name: ending(code) | {"restart": policy, "hostname": name}
                            for name, (policy, code) in policies.items()})
        os.mkdir(stack.path("counts"))
        stack.hale("up", "-d", "--runtime", self.engine.runtime, check=False)

        def starts(name):
            with open(stack.path(f"counts/{name}"), encoding="ascii") as file:
                return len(file.readlines())
        for name in ("failure-3", "always-0", "unless-0"):
            kit.eventually(lambda: starts(name) >= 3, 60, message=lambda: f"{name}: {stack.describe(name)}")
        for name, state, count in [("no-0", "completed", 1), ("no-3", "failed", 1), ("failure-0", "completed", 1),
                                   ("twice-3", "failed", 3)]:
            stack.wait_for_state(name, state)
            self.assertEqual(starts(name), count, name)
        self.assertIn("3", stack.service("no-3")["last_error"] or "", stack.describe("no-3"))

    def test_out_of_memory_is_called_so(self):
        greedy = "rm -f /eat; while [ ! -e /eat ]; do sleep 0.1; done; exec tail /dev/zero"
        stack = self.up({"greedy": service(greedy, check=["CMD", "true"], mem_limit="16m", memswap_limit="16m")})
        before = stack.remembered()
        self.inside(stack, "greedy", "touch", "/eat")
        stack.wait_for_restart("greedy", before)
        self.assertIn("for want of memory", stack.hale("events", "greedy").stdout)
        self.assertIn("for want of memory", stack.service("greedy")["last_error"] or "", stack.describe("greedy"))

    def test_what_hangs_is_convicted_by_its_check(self):
        port = kit.free_port()
        stack = self.up({"web": service(SERVE_ALONE, ports=[f"127.0.0.1:{port}:80"]), "other": service()})
        before = stack.remembered()
        pid = self.pid(stack, "web")
        kit.kill(pid, signal.SIGSTOP)
        self.assert_repaired(stack, "web", before)
        self.assertFalse(kit.is_running(pid))
        self.assertEqual(self.ask(port), "well\n")
        self.assertEqual(stack.service("other")["restarts"], 0)

    def test_the_unhealthy_is_started_again(self):
        stack = self.up({"web": service(), "other": service()})
        before = stack.remembered()
        self.inside(stack, "web", "touch", "/sick")
        self.assert_repaired(stack, "web", before)
        self.engine.wait_for_health(stack.container_name("web"), "healthy")
        self.assertRegex(stack.hale("events", "web").stdout, "(?i)unhealthy|check")

    def test_what_cannot_be_reached_is_connected_again(self):
        """Its own check finds it well, as that asks within the container; the other one asks from outside."""
        port = kit.free_port()
        stack = self.up({
            "web": service(ports=[f"127.0.0.1:{port}:80"]) | {
                "x-hale": {"check": {"tcp": 80, "interval": "1s", "timeout": "1s", "retries": 2}}},
            "other": service()})
        before = stack.remembered()
        self.engine.docker("network", "disconnect", f"{stack.name}_default", stack.container_name("web"))
        kit.eventually(lambda: stack.container("web")["NetworkSettings"]["Networks"], 30, every=0.2)
        networks = stack.container("web")["NetworkSettings"]["Networks"]
        self.assertEqual(set(networks), {f"{stack.name}_default"})
        self.assertIn("web", networks[f"{stack.name}_default"]["Aliases"])
        self.assertEqual(self.ask(port), "well\n")
        self.assertEqual(stack.remembered("other"), {"other": before["other"]})

    def test_a_lost_network_is_given_back(self):
        """Though every check goes on passing: nobody could ask it anything."""
        port = kit.free_port()
        stack = self.up({"web": service(ports=[f"127.0.0.1:{port}:80"])})
        self.engine.docker("network", "disconnect", f"{stack.name}_default", stack.container_name("web"))
        kit.eventually(lambda: stack.container("web")["NetworkSettings"]["Networks"], 30, every=0.2,
                       message=lambda: "it has no network: " + stack.describe("web"))
        self.assertEqual(self.ask(port), "well\n")

    def test_what_no_packet_reaches_is_restarted(self):
        """Its check asks within the container, so it passes, and the engine calls it healthy."""
        port = kit.free_port()
        stack = self.up({"web": service(ports=[f"127.0.0.1:{port}:80"]), "other": service()})
        self.assertEqual(self.ask(port), "well\n")
        before = stack.remembered()
        subprocess.run(["nsenter", "-t", str(self.pid(stack, "web")), "-n", "ip", "link", "set", "eth0", "down"], check=True)
        self.assert_repaired(stack, "web", before)
        self.assertEqual(self.ask(port), "well\n")
        self.assertIn("is not reached from outside", stack.hale("events", "web").stdout)

    def test_what_is_removed_is_made_again(self):
        port = kit.free_port()
        stack = self.up({"web": service(ports=[f"127.0.0.1:{port}:80"], volumes=["kept:/kept"]), "other": service()},
                        volumes={"kept": None})
        before = stack.remembered()
        self.inside(stack, "web", "touch", "/kept/file")
        self.engine.docker("rm", "-f", stack.container_name("web"))
        stack.wait_for_restart("web", before)
        after = stack.remembered()
        self.assertNotEqual(after["web"][0], before["web"][0])
        self.assertEqual(after["other"], before["other"])
        self.inside(stack, "web", "test", "-e", "/kept/file")
        self.assertEqual(self.ask(port), "well\n")

    def test_the_hopeless_is_quarantined(self):
        stack = self.stack({"hopeless": service("exit 5", check=None)})
        stack.hale("up", "-d", "--runtime", self.engine.runtime, check=False)
        stack.wait_for_state("hopeless", "quarantined", timeout=60)
        self.assertIn("5", stack.hale("status", check=False).stdout)
        started = stack.remembered()
        kit.stays(lambda: stack.remembered() == started, 3, "it was started in its quarantine")

    # Several

    def test_they_start_in_the_order_of_their_dependencies(self):
        stack = self.up({"three": service(depends_on={"two": {"condition": "service_healthy"}}),
                         "one": service("sleep 1; " + SERVE),
                         "two": service(depends_on={"one": {"condition": "service_healthy"}})})
        times = {name: started for name, (_, started) in stack.remembered().items()}
        self.assertLess(times["one"], times["two"])
        self.assertLess(times["two"], times["three"])
        stopped = stack.hale("stop")
        self.assertEqual(stopped.returncode, 0)
        ended = {name: stack.container(name)["State"]["FinishedAt"] for name in times}
        self.assertLess(ended["three"], ended["two"])
        self.assertLess(ended["two"], ended["one"])

    def test_the_root_is_healed_and_not_its_victims(self):
        root = "while [ -e /faults/broken ]; do sleep 0.1; done; " + SERVE
        victim = ["CMD-SHELL", "wget -qO- http://root/"]
        stack = self.stack({
            "root": service(root, volumes=["./faults:/faults"], expose=["80"], **{"x-hale": {"restart": {"budget": 1000}}}),
            "victim": service(check=victim, depends_on={"root": {"condition": "service_healthy"}}),
            "other": service()})
        os.mkdir(stack.path("faults"))
        stack.up()
        before = stack.remembered()
        stack.write_file("faults/broken", "")
        kit.kill(self.pid(stack, "root"))
        waiting = kit.eventually(lambda: stack.service("victim").get("waiting_on"), 30,
                                 message=lambda: "victim waits on nothing: " + stack.describe("victim"))
        self.assertIn("root", waiting)
        # The root is tried more than once; the victim stays as it is.
        kit.eventually(lambda: stack.service("root")["restarts"] >= 2, 60, message=lambda: stack.describe("root"))
        self.assertEqual(stack.service("victim")["restarts"], 0)
        os.unlink(stack.path("faults/broken"))
        stack.wait_until_healthy(timeout=60)
        after = stack.remembered()
        self.assertEqual(after["root"][0], before["root"][0])
        self.assertEqual((after["victim"], after["other"]), (before["victim"], before["other"]))

    def test_restart_true_restarts_the_dependent(self):
        stack = self.up({"back": service(),
                         "front": service(depends_on={"back": {"condition": "service_healthy", "restart": True}})})
        before = stack.remembered()
        kit.kill(self.pid(stack, "back"))
        stack.wait_for_restart("back", before)
        stack.wait_for_restart("front", before)
        self.assertEqual({name: found[0] for name, found in stack.remembered().items()},
                         {name: found[0] for name, found in before.items()})

    def namespaces(self, stack, *names):
        return [os.readlink(f"/proc/{self.pid(stack, name)}/ns/net") for name in names]

    def sharing(self):
        return self.up({"vpn": service(), "inside": service(WELL, check=["CMD-SHELL", "wget -qO- http://127.0.0.1/"],
                                                            network_mode="service:vpn")})

    def assert_both_again(self, stack, before):
        stack.wait_for_restart("vpn", before)
        stack.wait_for_restart("inside", before)
        one, other = [os.readlink(f"/proc/{self.pid(stack, name)}/ns/net") for name in ("vpn", "inside")]
        self.assertEqual(one, other)

    def test_what_shares_a_network_is_restarted_along(self):
        stack = self.sharing()
        before = stack.remembered()
        kit.kill(self.pid(stack, "vpn"))
        self.assert_both_again(stack, before)

    def test_what_shares_a_network_is_made_anew_along(self):
        stack = self.sharing()
        before = stack.remembered()
        stack.model["services"]["vpn"]["environment"] = {"CHANGED": "yes"}
        stack.write()
        stack.up()
        after = stack.remembered()
        for name in before:
            self.assertNotEqual(after[name][0], before[name][0])
        self.assert_both_again(stack, before)

    def test_what_shared_a_network_that_is_removed_is_made_anew(self):
        stack = self.sharing()
        before = stack.remembered()
        self.engine.docker("rm", "-f", stack.container_name("vpn"))
        self.assert_both_again(stack, before)

    def test_down_leaves_nothing(self):
        stack = self.up({"web": service(volumes=["kept:/kept", "/nameless"], networks=["front", "back"])},
                        volumes={"kept": None}, networks={"front": None, "back": None})
        self.assertEqual(sorted(stack.left()), sorted([f"{stack.name}-web-1", f"{stack.name}_front",
                                                       f"{stack.name}_back", f"{stack.name}_kept"]))
        stack.down("-v")
        self.assertEqual(stack.left(), [])
        self.assertEqual(self.engine.names("volume", "ls", "-q"), [])


if __name__ == "__main__":
    kit.main()
