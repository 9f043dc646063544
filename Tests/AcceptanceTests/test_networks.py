"""Each Compose network is one of its own: what is not in it cannot reach it, whatever its services listen on."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import kit

CHECK = kit.QUICK_CHECK


def run(*words, check=True):
    return subprocess.run(words, capture_output=True, text=True, check=check).stdout


def network(pid):
    return os.readlink(f"/proc/{pid}/ns/net")


def own_addresses():
    """Those at which this machine is reached from outside."""
    return [line.split()[3].split("/")[0] for line in run("ip", "-o", "-4", "address").splitlines()
            if line.split()[1] not in ("lo",) and not line.split()[1].startswith("hale")]


class Outside:
    """Another machine, as far as this one can tell: it is reached by an interface, and knows no way to any network here."""

    def __init__(self, test, number):
        self.name = f"acc-outside-{os.getpid()}-{number}"
        self.interface = f"acc{os.getpid() % 100_000}o{number}"
        subnet = f"198.51.{100 + os.getpid() % 100}.{number * 8}"
        self.address, self.host = (f"{subnet.rsplit('.', 1)[0]}.{number * 8 + last}" for last in (2, 1))
        run("ip", "netns", "add", self.name)
        test.addCleanup(run, "ip", "netns", "delete", self.name, check=False)
        run("ip", "link", "add", self.interface, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        run("ip", "address", "add", f"{self.host}/29", "dev", self.interface)
        run("ip", "link", "set", self.interface, "up")
        for words in (["link", "set", "lo", "up"], ["link", "set", "eth0", "up"],
                      ["address", "add", f"{self.address}/29", "dev", "eth0"]):
            run("ip", "-n", self.name, *words)

    def serve(self, test, port):
        program = ("import socketserver\n"
                   "class H(socketserver.StreamRequestHandler):\n"
                   "    def handle(self):\n"
                   "        self.rfile.readline(); self.wfile.write(self.client_address[0].encode() + b'\\n')\n"
                   f"socketserver.ThreadingTCPServer(('0.0.0.0', {port}), H).serve_forever()\n")
        server = subprocess.Popen(["ip", "netns", "exec", self.name, kit.PYTHON, "-c", program])
        test.addCleanup(server.wait)
        test.addCleanup(server.kill)

    def reaches(self, address, port):
        program = f"import socket; socket.create_connection(('{address}', {port}), timeout=2)"
        return subprocess.run(["ip", "netns", "exec", self.name, kit.PYTHON, "-c", program],
                              capture_output=True, check=False).returncode == 0


@unittest.skipUnless(os.geteuid() == 0, "networks need root; what there is without is in test_without_root")
class NetworksTests(kit.TestCase):
    def setUp(self):
        missing = [program for program in ("ip", "nft") if not shutil.which(program, path="/usr/sbin:/sbin:/usr/bin:/bin")]
        self.assertEqual(missing, [], "make install-for-tests installs them")
        self.port, self.wide = kit.free_port(), kit.free_port()

    def reaching(self, **more):
        return {"image": "example/asking:1", "restart": "unless-stopped", "expose": ["7000"], "stop_grace_period": "1s",
                "x-hale": {"run": kit.server("asking.py", self.wide), "check": CHECK, "confirm": "200ms"}} | more

    def started(self, services=None, **top):
        stack = self.stack({
            "web": self.reaching(networks=["front"], ports=[f"127.0.0.1:{self.port}:7000"]),
            "both": self.reaching(networks=["front", "back"]),
            "db": self.reaching(networks=["back"]),
            "vault": self.reaching(networks=["closed"]),
        } | (services or {}), **{"networks": {"front": {}, "back": {}, "closed": {"internal": True}}} | top)
        stack.up()
        return stack

    def ask(self, stack, service, *words):
        """What the process of `service` itself answers."""
        with stack.connect(service, 7000, timeout=30) as client:
            client.sendall(" ".join(map(str, words)).encode() + b"\n")
            return client.makefile().readline().strip()

    def reaches(self, stack, service, host, port=7000):
        return self.ask(stack, service, "reach", host, port)

    def bridged(self, stack, service, interface="bridge"):
        """The address of the network namespace of `service`, as others in its networks see it."""
        words = run("nsenter", "-t", str(stack.pid(service)), "-n", "ip", "-o", "-4", "address", "show", "dev", interface)
        return words.split("inet ")[1].split("/")[0]

    def refuses(self, host, port):
        try:
            kit.connect(port, host=host, timeout=2).close()
        except OSError:
            return True
        return False

    def test_who_shares_no_network_reaches_nobody(self):
        stack = self.started()
        self.assertEqual(self.reaches(stack, "both", "db"), "db")
        self.assertEqual(self.reaches(stack, "both", "web"), "web")
        self.assertEqual(self.reaches(stack, "web", "both"), "both")
        # What a service of this machine has in its configuration stays right.
        self.assertEqual(self.reaches(stack, "both", "127.0.0.1", self.port), "web")
        everywhere = {network(stack.pid(name)) for name in ("web", "both", "db", "vault")}
        self.assertEqual(len(everywhere | {network("self")}), 5)
        breaker = stack.hale("exec", "-T", "both", "getent", "hosts", "db").stdout.split()[0]
        self.assertEqual(self.reaches(stack, "both", breaker), "db")
        for host in ("db", stack.instance("db")["address"], breaker):
            for other in ("web", "vault"):
                self.assertIn("failed", self.reaches(stack, other, host), (other, host))
        # Whatever it listens on: by its address in the network it is found from there, and from nowhere else.
        place = self.bridged(stack, "db")
        self.assertEqual(self.reaches(stack, "both", place, self.wide), "db")
        for other in ("web", "vault"):
            self.assertIn("failed", self.reaches(stack, other, place, self.wide), other)
        self.assertIn("failed", self.reaches(stack, "web", "127.0.0.1", 9))

    def test_the_outside_reaches_published_ports_alone(self):
        stack = self.started()
        outside = Outside(self, 1)
        self.assertEqual(kit.ask(self.port, "say"), "web")
        for host in ["127.0.0.1", *own_addresses()]:
            self.assertTrue(self.refuses(host, self.wide), host)
            self.assertTrue(self.refuses(host, 7000), host)
        # With a way to it, as a machine has that is told one.
        place = self.bridged(stack, "web")
        run("ip", "-n", outside.name, "route", "add", "default", "via", outside.host)
        self.assertFalse(outside.reaches(place, self.wide))
        self.assertFalse(outside.reaches(place, 7000))

    def test_services_call_out_unless_their_network_is_internal(self):
        outside = Outside(self, 2)
        port = kit.free_port()
        outside.serve(self, port)
        stack = self.started({"lone": self.reaching(network_mode="none"), "caller": self.reaching(network_mode="bridge")})
        # It answers with whom it sees, and knows no way to anybody but this machine.
        for service in ("web", "both", "db", "caller"):
            kit.eventually(lambda name=service: self.reaches(stack, name, outside.address, port) == outside.host)
        for service in ("vault", "lone"):
            self.assertIn("failed", self.reaches(stack, service, outside.address, port), service)
            for host in own_addresses():
                self.assertIn("failed", self.reaches(stack, service, host, stack.status_port), service)
        self.assertEqual(stack.status()["notices"], [])

    def test_projects_do_not_reach_each_other(self):
        one, other = self.started(), self.started({"web": self.reaching(networks=["front"])})
        # Both listen on the same port of every address.
        self.assertEqual(self.reaches(one, "both", "web"), "web")
        self.assertEqual(self.reaches(other, "both", "web"), "web")
        place = self.bridged(other, "db")
        self.assertIn("failed", self.reaches(one, "db", place, self.wide))

    def test_modes_without_a_network_of_the_stack(self):
        stack = self.started({"lone": self.reaching(network_mode="none"), "hosted": self.reaching(network_mode="host"),
                              "guest": kit.echo_service(kit.free_port()) | {"network_mode": "service:db"}})
        self.assertEqual(network(stack.pid("hosted")), network("self"))
        self.assertEqual(network(stack.pid("guest")), network(stack.pid("db")))
        self.assertEqual(self.reaches(stack, "hosted", "127.0.0.1", self.port), "web")
        self.assertEqual(kit.ask(self.wide, "say"), "hosted")
        for host, port in (("db", 7000), ("127.0.0.1", stack.status_port), ("127.0.0.1", self.port)):
            self.assertIn("failed", self.reaches(stack, "lone", host, port))

    def test_the_host_is_where_its_network_leads(self):
        stack = self.started({"app": self.reaching(networks=["back"], extra_hosts=["host.docker.internal:host-gateway"]),
                              "hosted": self.reaching(network_mode="host",
                                                      extra_hosts=["host.docker.internal:host-gateway"])})
        self.assertEqual(self.reaches(stack, "app", "host.docker.internal", self.wide), "hosted")
        self.assertEqual(self.reaches(stack, "hosted", "host.docker.internal", self.wide), "hosted")

    def test_what_runs_beside_a_service_is_in_its_network(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        hooked = os.path.join(folder, "hooked")
        stack = self.started({"checked": kit.echo_service(kit.free_port(), check=None) | {
            "networks": ["back"], "post_start": [{"command": ["sh", "-c", f"readlink /proc/self/ns/net > {hooked}"]}],
            "healthcheck": {"test": ["CMD-SHELL", f"test $(readlink /proc/self/ns/net) = $(cat {hooked})"],
                            "interval": "1s", "timeout": "10s", "retries": 2, "start_interval": "200ms",
                            "start_period": "20s"}}})
        inside = network(stack.pid("db"))
        with open(hooked, encoding="utf-8") as file:
            self.assertEqual(file.read().strip(), inside)
        self.assertEqual(stack.service("checked")["health"], "healthy")
        for verb in ("exec", "run"):
            self.assertEqual(stack.hale(verb, "-T", "db", "readlink", "/proc/self/ns/net").stdout.strip(), inside, verb)
        name = stack.instance("db")["network"]
        self.assertIn(name, run("ip", "netns", "list"))
        self.assertEqual(f"net:[{os.stat(f'/run/netns/{name}').st_ino}]", inside)

    def test_the_status_api_is_found_where_it_is_on_the_host(self):
        stack = self.started()
        program = ("import urllib.request\n"
                   f"print(urllib.request.urlopen('http://127.0.0.1:{stack.status_port}/status').status)")
        for role in (None, "healer"):
            if role:
                killed = stack.role(role)
                kit.kill(killed)
                kit.eventually(lambda: stack.role(role) != killed)
            for service in ("web", "both", "vault"):
                self.assertEqual(stack.hale("exec", "-T", service, kit.PYTHON, "-c", program).stdout, "200\n")

    def test_the_death_of_hales_processes_changes_nothing(self):
        stack = self.started()
        before = stack.pids()
        lines = {name: self.enterContext(stack.connect(name, 7000, timeout=30)).makefile("rw") for name in ("both", "web")}

        def reach(asked, other):
            lines[asked].write(f"reach {other} 7000\n")
            lines[asked].flush()
            return lines[asked].readline().strip()

        for role in ("gateway", "healer", "keeper"):
            killed = stack.role(role)
            kit.kill(killed)
            self.assertEqual((reach("both", "db"), reach("web", "both")), ("db", "both"), role)
            kit.eventually(lambda: stack.role(role) != killed)
            kit.eventually(lambda: stack.pids() == before and all(map(stack.is_healthy, before)))
            self.assertEqual((reach("both", "db"), reach("web", "both")), ("db", "both"), role)
        self.assertEqual(stack.pids(), before)
        kit.kill(stack.pid("db"))
        kit.eventually(lambda: stack.pid("db") != before["db"][0])
        stack.wait_until_healthy("db")
        self.assertEqual(self.reaches(stack, "both", "db"), "db")
        self.assertIn("failed", self.reaches(stack, "web", self.bridged(stack, "db"), self.wide))

    def test_a_network_that_somebody_removed_is_there_again(self):
        stack = self.started()
        before = stack.pids()
        name = stack.instance("db")["network"]
        run("ip", "netns", "delete", name)
        kit.eventually(lambda: os.path.exists(f"/run/netns/{name}"))
        self.assertEqual(self.reaches(stack, "both", "db"), "db")
        # Also where nobody is left in it: what is made anew is as good.
        stack.hale("stop", "db")
        stack.wait_for_state("db", "stopped")
        run("ip", "netns", "delete", name)
        kit.eventually(lambda: os.path.exists(f"/run/netns/{name}"))
        stack.hale("start", "db")
        stack.wait_until_healthy("db")
        kit.eventually(lambda: self.reaches(stack, "both", "db") == "db")
        # Past the gateway as well, by a bridge that the joined namespace had to find.
        place = self.bridged(stack, "db")
        kit.eventually(lambda: self.reaches(stack, "both", place, self.wide) == "db")
        # And from within it: who listens there for others listens in the new one.
        kit.eventually(lambda: self.reaches(stack, "db", "both") == "both")
        self.assertEqual([stack.pids()[name] for name in ("web", "both")], [before[name] for name in ("web", "both")])

    def test_a_service_that_moves_is_started_anew_and_no_other(self):
        stack = self.started()
        before = stack.pids()
        stack.model["services"]["web"]["networks"] = ["back"]
        stack.write()
        planned = json.loads(stack.hale("reload", "--dry-run", "--format", "json").stdout)
        self.assertEqual([(change["service"], change["action"]) for change in planned], [("web", "replace")])
        self.assertIn("networks", planned[0]["reason"])
        stack.hale("reload")
        kit.eventually(lambda: stack.pids()["web"] not in ([None], before["web"]))
        stack.wait_until_healthy("web")
        self.assertEqual({name: pids for name, pids in stack.pids().items() if name != "web"},
                         {name: pids for name, pids in before.items() if name != "web"})
        self.assertEqual(self.reaches(stack, "web", "db"), "db")
        self.assertEqual(kit.ask(self.port, "say"), "web")

    def test_down_leaves_nothing(self):
        stack = self.started()
        names = {stack.instance(name)["network"] for name in ("web", "both", "db", "vault")}
        self.assertEqual(len(names), 4)
        rules = run("nft", "list", "tables").split()
        identity = stack.instance("web")["network"].split("-")[-2]
        stack.down()
        self.assertFalse(names & set(os.listdir("/run/netns")))
        self.assertFalse([name for name in os.listdir("/run/netns") if identity in name])
        self.assertLess(len(run("nft", "list", "tables").split()), len(rules))

    def test_a_stack_may_share_the_hosts_network(self):
        stack = self.started({"web": self.reaching(networks=["front"], ports=[f"127.0.0.1:{self.port}:7000"]),
                              "both": kit.echo_service(kit.free_port()), "db": kit.echo_service(kit.free_port()),
                              "vault": kit.echo_service(kit.free_port())}, **{"x-hale": {"network": "host"}})
        self.assertEqual({network(stack.pid(name)) for name in stack.model["services"]}, {network("self")})
        self.assertEqual(kit.ask(self.wide, "say"), "web")
        self.assertEqual(stack.status()["notices"], [])
        self.assertNotIn("network", stack.instance("web"))

    def behind_a_firewall(self, *rules, policy="drop"):
        """A stack on a machine of its own, as far as networks go, that drops what no rule lets it forward."""
        chain = f"add chain ip filter FORWARD {{ type filter hook forward priority filter; policy {policy}; }}"
        holder = subprocess.Popen(
            ["unshare", "-n", "-m", "sh", "-c",
             "ip link set lo up; mkdir -p /run/netns; mount -t tmpfs none /run/netns; " + "".join(
                 f"nft '{rule}' && " for rule in ("add table ip filter", chain, *rules)) +
             "echo ready && exec sleep 1000"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        self.assertEqual(holder.stdout.readline(), "ready\n")
        self.addCleanup(holder.stdout.close)
        program = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "hale")
        with open(program, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\nexec nsenter -t {holder.pid} -n -m {kit.HALE} \"$@\"\n")
        os.chmod(program, 0o755)
        original, kit.HALE = kit.HALE, program
        self.addCleanup(setattr, kit, "HALE", original)
        stack = self.stack({"web": kit.echo_service(self.port)})
        stack.up()
        return stack, holder.pid

    def test_where_nobody_could_call_out_all_share_the_hosts_network(self):
        stack, _ = self.behind_a_firewall()
        status = json.loads(stack.hale("status", "--format", "json").stdout)
        self.assertEqual(len(status["notices"]), 1)
        self.assertIn("services share the host's network: the firewall drops what is forwarded", status["notices"][0])
        self.assertNotIn("network", status["services"]["web"]["instances"][0])

    def test_a_firewall_that_comes_later_starts_nobody_anew(self):
        stack, pid = self.behind_a_firewall(policy="accept")
        before = json.loads(stack.hale("status", "--format", "json").stdout)
        self.assertIn("network", before["services"]["web"]["instances"][0])
        run("nsenter", "-t", str(pid), "-n", "nft", "add chain ip filter FORWARD { policy drop; }")
        killed = stack.role("healer")
        kit.kill(killed)
        kit.eventually(lambda: stack.role("healer") != killed)

        def web():
            status = json.loads(stack.hale("status", "--format", "json").stdout)
            return status["services"]["web"]["instances"][0]

        kit.eventually(lambda: web()["health"] == "healthy")
        stack.hale("reload")
        self.assertEqual([web()[key] for key in ("pid", "network", "restarts")],
                         [before["services"]["web"]["instances"][0][key] for key in ("pid", "network", "restarts")])

    def test_a_container_engines_firewall_lets_them_out(self):
        """Docker drops what is forwarded, but for what its users' chain says."""
        stack, pid = self.behind_a_firewall("add chain ip filter DOCKER-USER", "add rule ip filter DOCKER-USER return")
        status = json.loads(stack.hale("status", "--format", "json").stdout)
        self.assertEqual(status["notices"], [])
        self.assertIn("network", status["services"]["web"]["instances"][0])
        listed = ("nsenter", "-t", str(pid), "-n", "nft", "list", "chain", "ip", "filter", "DOCKER-USER")
        rules = [line.strip() for line in run(*listed).splitlines() if "name" in line]
        self.assertEqual([rule.split(" ")[0] for rule in rules], ["oifname", "iifname"])
        self.assertTrue(all(rule.endswith("accept") for rule in rules), rules)
        stack.down()
        self.assertNotIn("name", run(*listed))


if __name__ == "__main__":
    kit.main()
