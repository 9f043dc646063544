"""Services find each other by their Compose names, and reach each other through their breakers."""
import contextlib
import os
import shutil
import subprocess
import tempfile
import unittest

import kit

REDIS = shutil.which("redis-server")


def redis_service(**more):
    return {"image": "redis:7", "restart": "unless-stopped", "expose": ["6379"], "stop_grace_period": "5s",
            "x-hale": {"run": f"{REDIS} --bind $$HALE_HOST --port 6379 --save ''", "confirm": "200ms",
                       "check": {"redis": {"port": 6379}, "interval": "1s", "start_interval": "100ms",
                                 "start_period": "10s"}}} | more


def asking_service(port, **more):
    return kit.echo_service(port) | {"x-hale": {"run": kit.server("asking.py"), "check": kit.QUICK_CHECK}} | more


def namespace(pid):
    return os.readlink(f"/proc/{pid}/ns/mnt")


def namespaces(stack):
    """Those of the stack alone: the kernel gives a namespace that is gone's number to another stack's."""
    found = set()
    for pid in [stack.role(role) for role in ("keeper", "healer", "gateway")] + stack.orphans():
        with contextlib.suppress(OSError):
            found.add(namespace(pid))
    return found


@unittest.skipUnless(os.geteuid() == 0, "names need root; what there is without is in test_without_root")
@unittest.skipUnless(REDIS and shutil.which("redis-cli"), "needs Redis")
class NamesTests(kit.TestCase):
    def started(self, services=None):
        self.port = kit.free_port()
        self.running = self.stack({
            # A link alone means a restart with the other (`depends_on.restart`), as in Compose.
            "app": asking_service(self.port, networks=["front", "back"], links=["cache:memory"],
                                  depends_on={"cache": {"condition": "service_healthy"}},
                                  extra_hosts=["far.example.org:10.1.2.3"]),
            "cache": redis_service(networks={"back": {"aliases": ["store"]}}, hostname="cachehost"),
            "hidden": kit.echo_service(kit.free_port()) | {"networks": ["vault"]},
        } | (services or {}), networks={"front": {}, "back": {}, "vault": {}})
        self.running.up()
        return self.running

    def ask(self, *words):
        """What the process of `app` itself finds."""
        return kit.ask(self.port, " ".join(words), timeout=60)

    def inside(self, service, *words, verb="exec"):
        return self.running.hale(verb, "-T", service, *words, check=False)

    def test_one_service_reaches_another_by_name(self):
        stack = self.started()
        virtual = self.ask("resolve", "cache")
        self.assertRegex(virtual, r"^127\.\d+\.\d+\.\d+$")
        self.assertNotEqual(virtual, stack.instance("cache")["address"])
        self.assertEqual(self.ask("redis", "cache", "6379", "SET", "k", "v"), "+OK")
        for name in ("store", "memory"):
            self.assertEqual(self.ask("resolve", name), virtual)
            self.assertEqual(self.ask("redis", name, "6379", "GET", "k"), "$1")
        self.assertEqual(self.ask("resolve", "far.example.org"), "10.1.2.3")
        # Itself it finds where it listens, and this machine as ever.
        self.assertEqual(self.ask("resolve", "app"), stack.instance("app")["address"])
        self.assertEqual(self.ask("resolve", "localhost"), "127.0.0.1")
        with open("/etc/hosts", encoding="utf-8") as file:
            self.assertNotIn(virtual, file.read())

    def test_who_shares_no_network_is_not_found(self):
        self.started({"mute": kit.echo_service(kit.free_port()) | {"network_mode": "none"}})
        for name in ("hidden", "mute", "cachehost"):
            self.assertEqual(self.ask("resolve", name), "")
        for service, name in (("hidden", "cache"), ("mute", "app"), ("cache", "memory"), ("cache", "far.example.org")):
            self.assertEqual(self.inside(service, "getent", "hosts", name).returncode, 2, (service, name))
        self.assertEqual(self.inside("cache", "getent", "hosts", "app", "cachehost").returncode, 0)

    def test_a_killed_server_is_waited_for(self):
        slow = redis_service(networks=["back"])
        slow["x-hale"]["run"] = ["sh", "-c", f"sleep 1; exec {slow['x-hale']['run']}"]
        stack = self.started({"cache": slow})
        for _ in range(3):
            killed = stack.pid("cache")
            kit.kill(killed)
            # A process that is being killed still takes connections, and breaks them off.
            kit.eventually(lambda: self.refuses(stack, "cache", 6379), every=0.001)
            self.assertEqual(self.ask("redis", "cache", "6379", "PING"), "+PONG")
            kit.eventually(lambda: stack.pid("cache") != killed)
            stack.wait_until_healthy("cache")
        # The one that was started anew finds others as the first did.
        self.assertEqual(self.inside("cache", "getent", "hosts", "app").returncode, 0)

    def test_a_reload_is_seen_without_a_restart(self):
        stack = self.started()
        before = stack.pids()
        self.assertEqual(self.ask("resolve", "added"), "")
        stack.model["services"]["added"] = redis_service(networks=["front"])
        stack.model["services"]["cache"]["networks"]["back"]["aliases"] = ["shelf"]
        del stack.model["services"]["hidden"]
        stack.write()
        stack.hale("reload")
        kit.eventually(lambda: self.ask("resolve", "added"))
        stack.wait_until_healthy("added")
        self.assertEqual(self.ask("redis", "added", "6379", "PING"), "+PONG")
        self.assertEqual(self.ask("resolve", "shelf"), self.ask("resolve", "cache"))
        self.assertEqual(self.ask("resolve", "store"), "")
        after = stack.pids()
        self.assertEqual([after[name] for name in ("app", "cache")], [before[name] for name in ("app", "cache")])

    def test_commands_beside_a_service_find_what_it_finds(self):
        hooked = os.path.join(self.folder(), "hooked")
        stack = self.started({"checked": kit.echo_service(kit.free_port(), check=None) | {
            "networks": ["back"], "post_start": [{"command": ["sh", "-c", f"redis-cli -h cache ping > {hooked}"]}],
            "healthcheck": {"test": ["CMD-SHELL", "redis-cli -h cache -p 6379 ping | grep PONG && "
                                                  "test \"$(getent hosts checked | cut -d' ' -f1)\" = $$HALE_HOST"],
                            "interval": "1s", "timeout": "10s", "retries": 3, "start_interval": "200ms",
                            "start_period": "20s"},
            "depends_on": {"cache": {"condition": "service_healthy"}}}})
        self.assertEqual(stack.service("checked")["health"], "healthy")
        with open(hooked, encoding="utf-8") as file:
            self.assertEqual(file.read(), "PONG\n")
        self.assertEqual(self.inside("app", "redis-cli", "-h", "cache", "ping").stdout, "PONG\n")
        self.assertEqual(self.inside("app", "readlink", "/proc/self/ns/mnt").stdout.strip(),
                         namespace(stack.pid("app")))
        task = self.inside("app", "sh", "-c", "redis-cli -h cache ping && getent hosts app hidden; readlink "
                                              "/proc/self/ns/mnt", verb="run").stdout.splitlines()
        # A task finds the service's instances under the service's name: it is none of them.
        self.assertEqual(task[0], "PONG")
        self.assertEqual(task[1].split()[1], "app")
        self.assertNotEqual(task[1].split()[0], stack.instance("app")["address"])
        self.assertEqual(len(task), 3)
        self.assertNotIn(task[2], namespaces(stack))

    def test_names_outlive_healer_and_keeper(self):
        stack = self.started()
        before = stack.pids()
        for role in ("healer", "keeper"):
            killed = stack.role(role)
            kit.kill(killed)
            kit.eventually(lambda: stack.role(role) != killed)
            kit.eventually(lambda: stack.pids()["app"] == before["app"])
            added = f"after-{role}"
            stack.model["services"][added] = redis_service(networks=["front"])
            stack.write()
            kit.eventually(lambda: stack.hale("reload", check=False).returncode == 0)
            kit.eventually(lambda: self.ask("resolve", added))
        self.assertEqual(stack.pids()["app"], before["app"])
        kit.kill(stack.pid("app"))
        kit.eventually(lambda: stack.pid("app") != before["app"][0])
        stack.wait_until_healthy("app", "after-keeper")
        self.assertEqual(self.ask("redis", "after-keeper", "6379", "PING"), "+PONG")

    def test_down_leaves_nothing(self):
        stack = self.started()
        used = {namespace(stack.pid(name)) for name in ("app", "cache", "hidden")}
        self.assertEqual(len(used), 3)
        self.assertNotIn(namespace("self"), used)
        # What is mounted for them is mounted nowhere else.
        self.assertNotIn(stack.folder, kit.read_process_file("self", "mountinfo").decode())
        self.assertNotIn(stack.folder, kit.read_process_file(stack.role("keeper"), "mountinfo").decode())
        stack.down()
        # By its number a namespace cannot be told from another stack's that was made since.
        for pid in kit.all_pids():
            try:
                self.assertNotIn(stack.folder, kit.read_process_file(pid, "mountinfo").decode())
            except OSError:
                continue
        self.assertFalse(os.path.exists(os.path.join(stack.folder, "run", stack.name)))
        self.assertEqual(stack.orphans(), [])

    def test_a_host_that_replaces_its_file(self):
        """Editors rename a new file into place, and with the old one goes what is mounted on it."""
        etc = os.path.join(self.folder(), "etc")
        # On a copy of this machine's folder, which Hale finds in the place of that one.
        holder = subprocess.Popen(
            ["unshare", "-m", "sh", "-c", f"cp -a /etc {etc} && mount --bind {etc} /etc && echo ready && exec sleep 1000"],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        self.assertEqual(holder.stdout.readline(), "ready\n")
        self.addCleanup(holder.stdout.close)
        program = os.path.join(self.folder(), "hale")
        with open(program, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\nexec nsenter -t {holder.pid} -m {kit.HALE} \"$@\"\n")
        os.chmod(program, 0o755)
        original, kit.HALE = kit.HALE, program
        self.addCleanup(setattr, kit, "HALE", original)

        stack = self.started()
        virtual = self.ask("resolve", "cache")
        self.assertTrue(virtual)
        for name in ("elsewhere", "cache"):
            # The second time it is for a keeper that did not start what runs.
            if name == "cache":
                killed = stack.role("keeper")
                kit.kill(killed)
                kit.eventually(lambda: stack.role("keeper") != killed)
            with open(os.path.join(etc, "hosts.new"), "w", encoding="utf-8") as file:
                file.write(f"127.0.0.1 localhost\n10.9.9.9 {name} third\n")
            os.rename(os.path.join(etc, "hosts.new"), os.path.join(etc, "hosts"))
            # A name of the stack comes before one of the host.
            expected = {"third": "10.9.9.9", "elsewhere": "10.9.9.9" if name == "elsewhere" else "", "cache": virtual}
            kit.eventually(lambda: {found: self.ask("resolve", found) for found in expected} == expected)

    def refuses(self, stack, name, port):
        try:
            stack.connect(name, port).close()
        except ConnectionRefusedError:
            return True
        return False

    def folder(self):
        return self.enterContext(tempfile.TemporaryDirectory())


if __name__ == "__main__":
    kit.main()
