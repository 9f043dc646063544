"""What `hale watch` keeps of what it did: incidents and events in its journal, whatever becomes of the disk."""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

import kit
from engine import HOPELESS, Engine
from watch import Watch

# Asks what `Engine.run` has asked, and says what is wrong.
TELLING = ("--health-cmd", "test ! -e /sick || { echo cannot reach the database; exit 3; }")
CHATTY = "echo ready to serve; echo an old warning >&2; rm -f /sick; trap 'exit 0' TERM; while :; do sleep 0.1; done"
MAY_MOUNT = os.geteuid() == 0 and subprocess.run(
    ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False).returncode == 0


class WatchIncidentTests(kit.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("dockerd needs root")
        cls.engine = Engine()

    @classmethod
    def tearDownClass(cls):
        cls.engine.close()

    def setUp(self):
        self.state = tempfile.mkdtemp(prefix="hale-watch-")
        self.addCleanup(shutil.rmtree, self.state, True)

    def watch(self, *arguments, **environment):
        watch = Watch(self.engine, *arguments, **{"HALE_STATE": self.state} | environment)
        self.addCleanup(watch.end)
        watch.wait_for("watching ", count=2)
        return watch

    def container(self, name, *options, **more):
        self.engine.run(name, *options, **more)
        self.addCleanup(self.engine.docker, "rm", "-f", name, check=False)

    def hale(self, *arguments, check=True):
        result = subprocess.run([kit.HALE, "-p", "watch", *arguments], env={"HALE_STATE": self.state, "HOME": self.state},
                                capture_output=True, text=True, timeout=30)
        if check:
            self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def incidents(self):
        return [json.loads(line) for line in self.hale("incidents", "--json").splitlines()]

    def one_incident(self, state, timeout=20):
        kit.eventually(lambda: [one["state"] for one in self.incidents()] == [state], timeout,
                       message=lambda: f"{self.incidents()}")
        return self.incidents()[0]

    def test_a_failed_check_is_an_incident_with_what_was_printed(self):
        self.container("web", *TELLING, script=CHATTY)
        self.engine.wait_for_health("web", "healthy")
        watch = self.watch()
        self.engine.make_sick("web")
        watch.wait_for("web is healthy again")
        incident = self.one_incident("resolved")
        self.assertEqual((incident["root"], incident["victims"]), ("web", []))
        self.assertEqual(incident["cause"], "its health check fails: cannot reach the database")
        self.assertEqual([moment["text"] for moment in incident["timeline"]], [
            "web is unhealthy", "web is restarted: its health check fails", "web restarted", "web is healthy again"])
        logs = {log["instance"]: log["lines"] for log in incident["logs"]}
        self.assertEqual(logs["the health check of web"], ["cannot reach the database"])
        self.assertEqual(set(logs["web"]), {"ready to serve", "an old warning"})
        # For people, while it runs and after.
        for _ in range(2):
            self.assertRegex(self.hale("incidents"), r"1 +resolved +web +its health check fails: cannot reach")
            text = self.hale("incidents", "show", "1")
            self.assertIn("last lines of the health check of web\n  cannot reach the database\n", text)
            self.assertIn("web is restarted: its health check fails", self.hale("events", "web"))
            self.assertEqual(watch.end(), 0)

    def test_those_that_suffer_are_its_victims(self):
        def labels(service, needs=""):
            return ["com.docker.compose.project=p", f"com.docker.compose.service={service}",
                    f"com.docker.compose.depends_on={needs}"]
        self.container("db", labels=labels("db"))
        self.container("web", labels=labels("web", "db:service_healthy:false"))
        self.container("inside", "--network", "container:db", "--no-healthcheck")
        for name in "db", "web":
            self.engine.wait_for_health(name, "healthy")
        self.engine.make_sick("web", "db")
        for name in "db", "web":
            self.engine.wait_for_health(name, "unhealthy")
        watch = self.watch()
        watch.wait_for("web is unhealthy, as is db")
        self.engine.docker("exec", "web", "rm", "/sick")
        watch.wait_for("web is healthy again")
        watch.wait_for("inside restarted")
        incident = self.one_incident("resolved")
        self.assertEqual(incident["root"], "db")
        self.assertEqual(sorted(victim["service"] for victim in incident["victims"]), ["inside", "web"])

    def test_the_quarantined_stays_open_over_a_death_of_the_watch(self):
        self.container("hopeless", script=HOPELESS)
        watch = self.watch()
        watch.wait_for("hopeless is unhealthy and quarantined", 90)
        incident = self.one_incident("open")
        self.assertEqual(incident["timeline"][-1]["kind"], "quarantined")
        self.assertEqual(watch.end(signal.SIGKILL), -signal.SIGKILL)
        self.assertEqual(self.one_incident("open")["id"], incident["id"])
        self.engine.docker("exec", "hopeless", "rm", "/sick")
        self.engine.wait_for_health("hopeless", "healthy")
        self.watch()
        later = self.one_incident("resolved")
        self.assertEqual((later["id"], later["timeline"][-1]["text"]), (incident["id"], "hopeless is well by now"))

    def test_events_are_followed_while_it_runs(self):
        self.container("followed")
        self.engine.wait_for_health("followed", "healthy")
        watch = self.watch()
        follower = subprocess.Popen([kit.HALE, "-p", "watch", "events", "--follow"], stdout=subprocess.PIPE, text=True,
                                    env={"HALE_STATE": self.state, "HOME": self.state}, stderr=subprocess.STDOUT)
        with follower:
            self.addCleanup(follower.kill)
            self.engine.make_sick("followed")
            watch.wait_for("followed is healthy again")
            for line in follower.stdout:
                if "followed is healthy again" in line:
                    break
            else:
                self.fail("it ended before the last event")
            # It goes on for as long as the watch does.
            watch.end()
            self.assertEqual(follower.wait(20), 0)

    def test_one_watch_keeps_the_journal(self):
        self.container("shared")
        self.engine.wait_for_health("shared", "healthy")
        first = self.watch()
        second = self.watch()
        second.wait_for("nothing is kept: ")
        self.engine.make_sick("shared")
        for watch in first, second:
            watch.wait_for("shared is unhealthy")
        self.one_incident("resolved")

    def test_a_state_folder_that_cannot_be_written_is_said_once(self):
        file = os.path.join(self.state, "file")
        with open(file, "w", encoding="ascii"):
            pass
        self.heals_with_trouble(file)

    @unittest.skipUnless(MAY_MOUNT, "NOT SHOWN: a full disk; mounting needs root")
    def test_a_full_disk_is_said_once(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", self.state], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.state], check=False, capture_output=True)
        with open(os.path.join(self.state, "ballast"), "wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while True:
                ballast.write(bytes(4096))
        self.heals_with_trouble(self.state)
        os.unlink(os.path.join(self.state, "ballast"))

    def heals_with_trouble(self, state):
        self.container("healed")
        self.engine.wait_for_health("healed", "healthy")
        watch = self.watch(HALE_STATE=state)
        watch.wait_for("the journal cannot be written, healing goes on")
        for count in 1, 2, 3:
            self.engine.make_sick("healed")
            watch.wait_for("healed is healthy again", count=count)
        self.assertEqual(sum("the journal cannot be written" in line for line in watch.lines), 1, watch.lines)
        self.assertEqual(watch.end(), 0)


if __name__ == "__main__":
    kit.main()
