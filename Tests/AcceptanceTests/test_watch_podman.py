"""`hale watch` over the socket of a real Podman."""
import json
import os
import shutil
import subprocess
import unittest

import kit
from engine import HOPELESS
from podman import CheckedPodman
from watch import Watch, state_of


class WatchPodmanTests(kit.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("NOT SHOWN: Podman; with root here")
        if shutil.which("podman") is None:
            raise unittest.SkipTest("NOT SHOWN: podman is not installed (Debian package podman)")
        cls.engine = CheckedPodman()

    @classmethod
    def tearDownClass(cls):
        cls.engine.close()

    def watch(self, *arguments, **environment):
        watch = Watch(self.engine, *arguments, **{"AUTOHEAL_INTERVAL": "1"} | environment)
        self.addCleanup(watch.end)
        watch.wait_for("watching ", count=2)
        return watch

    def container(self, name, *options, **more):
        self.engine.run(name, *options, **more)
        self.addCleanup(self.engine.docker, "rm", "-f", "-t", "1", name, check=False)

    def well(self, *names):
        for name in names:
            self.engine.wait_for_health(name, "healthy")

    def test_the_unhealthy_is_restarted_and_it_is_kept(self):
        self.container("labelled", labels=["autoheal=true"])
        self.container("unlabelled")
        self.well("labelled", "unlabelled")
        before = {name: self.engine.started(name) for name in ("labelled", "unlabelled")}
        watch = self.watch("--label", "autoheal")
        self.engine.make_sick("unlabelled")
        self.engine.wait_for_health("unlabelled", "unhealthy")
        self.engine.make_sick("labelled")
        watch.wait_for("labelled is healthy again")
        self.assertNotEqual(self.engine.started("labelled"), before["labelled"])
        self.assertEqual(self.engine.started("unlabelled"), before["unlabelled"])
        self.assertEqual(watch.end(), 0)
        result = subprocess.run([kit.HALE, "-p", "watch", "incidents", "--json"], capture_output=True, text=True,
                                env={"HALE_STATE": state_of(self.engine)}, timeout=30, check=True)
        incident = json.loads(result.stdout.splitlines()[0])
        self.assertEqual((incident["root"], incident["state"]), ("labelled", "resolved"))
        self.assertEqual(incident["cause"], "its health check fails: cannot reach the database")

    def test_the_root_is_healed_first(self):
        def labels(service, needs=""):
            return ["com.docker.compose.project=p", f"com.docker.compose.service={service}",
                    f"com.docker.compose.depends_on={needs}"]
        self.container("db", labels=labels("db"))
        self.container("web", labels=labels("web", "db:service_healthy:false"))
        self.container("job", labels=labels("job", "db:service_started:true"))
        self.well("db", "web", "job")
        started = {name: self.engine.started(name) for name in ("db", "web", "job")}
        self.engine.make_sick("web", "db")
        for name in "web", "db":
            self.engine.wait_for_health(name, "unhealthy")
        watch = self.watch()
        watch.wait_for("web is unhealthy, as is db, which it needs and which is healed first")
        self.engine.docker("exec", "web", "rm", "/sick")
        for name in "db", "web", "job":
            watch.wait_for(f"{name} is healthy again")
        self.assertEqual(self.engine.started("web"), started["web"])
        for name in "db", "job":
            self.assertNotEqual(self.engine.started(name), started[name])

    def test_what_shares_a_namespace_is_restarted_as_well(self):
        self.container("vpn")
        self.container("inside", "--network", "container:vpn", "--no-healthcheck")
        self.well("vpn")
        watch = self.watch()
        self.engine.make_sick("vpn")
        watch.wait_for("inside is restarted: it shares the namespace of vpn, which was restarted")
        watch.wait_for("inside restarted")
        namespaces = [os.readlink(f"/proc/{self.engine.inspect(name)['State']['Pid']}/ns/net")
                      for name in ("vpn", "inside")]
        self.assertEqual(namespaces[0], namespaces[1])

    def test_the_hopeless_is_quarantined(self):
        self.container("hopeless", script=HOPELESS)
        watch = self.watch()
        watch.wait_for("hopeless is unhealthy and quarantined: 5 restarts in 5m did not help", 120)
        self.assertEqual(sum("hopeless is restarted" in line for line in watch.lines), 5)

    def test_nobody_fights_a_person(self):
        self.container("stopped")
        self.container("paused")
        self.well("stopped", "paused")
        watch = self.watch()
        self.engine.docker("pause", "paused")
        self.engine.docker("stop", "-t", "5", "stopped")
        kit.stays(lambda: "is restarted" not in "\n".join(watch.lines), 3)
        self.engine.docker("unpause", "paused")
        self.well("paused")
        self.assertNotIn("is restarted", "\n".join(watch.lines))

    def test_a_service_that_is_gone_is_waited_for(self):
        self.container("again")
        self.well("again")
        watch = self.watch()
        self.engine.end()
        watch.wait_for("; trying again")
        self.engine.start()
        watch.wait_for("the engine is back; watching")
        self.engine.make_sick("again")
        watch.wait_for("again is healthy again")

    def test_a_removed_container_is_not_waited_for(self):
        self.container("removed", script=HOPELESS)
        watch = self.watch()
        watch.wait_for("removed is unhealthy")
        self.engine.docker("rm", "-f", "-t", "1", "removed")
        watch.wait_for("removed was removed")


if __name__ == "__main__":
    kit.main()
