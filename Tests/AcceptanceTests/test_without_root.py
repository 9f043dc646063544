"""Without root everything works but limits that need it, and a line says so."""
import glob
import os
import shutil
import unittest

import neo4j
import ollama
import psycopg
import redis

import kit
from test_critical_stack import PORTS, override
from test_postgres_crashes import postgres_service


@unittest.skipUnless(os.geteuid() == 0, "runs as root, to become somebody else; without root every other test shows it")
class WithoutRootTests(kit.TestCase):
    def test_everything_but_limits(self):
        echo_port, postgres_port = kit.free_port(), kit.free_port()
        stack = kit.Stack(user=kit.NOBODY, volumes={"pgdata": None})
        self.addCleanup(stack.close)
        # The checkout may lie where only root can read; what is run is copied to where everybody can.
        programs = {name: self.copy(stack, os.path.join(folder, name)) for folder, name in (
            (kit.SERVERS, "echo.py"), (os.path.dirname(kit.HALE), "hale"),
            (os.path.join(kit.EXAMPLES, "critical-stack"), "run-postgres"))}
        postgres, echo = postgres_service(postgres_port), kit.echo_service(echo_port)
        postgres["x-hale"]["run"][0] = programs["run-postgres"]
        echo["x-hale"]["run"][1] = programs["echo.py"]
        echo["mem_limit"] = "64m"
        stack.model["services"] = {"postgres": postgres, "echo": echo}
        stack.write()
        original, kit.HALE = kit.HALE, programs["hale"]
        self.addCleanup(setattr, kit, "HALE", original)

        result = stack.up()
        self.assertTrue(kit.ask(echo_port).endswith("hello"))
        with psycopg.connect(host="127.0.0.1", port=postgres_port, user="critical", password="secret",
                             dbname="critical") as connection:
            self.assertEqual(connection.execute("SELECT 42").fetchone(), (42,))
        self.assertEqual(os.stat(f"/proc/{stack.pid('echo')}").st_uid, kit.NOBODY)
        said = result.stdout + result.stderr + " ".join(stack.status()["notices"])
        self.assertRegex(said, "(?i)root|cgroup|limit")

        killed = stack.pid("postgres")
        kit.kill(killed)
        kit.eventually(lambda: stack.instance("postgres").get("pid") not in (None, killed), 20)
        stack.wait_until_healthy("postgres")
        stack.down()
        self.assertEqual(stack.orphans(), [])

    def test_the_whole_example_in_an_empty_home(self):
        """Nothing but a home folder, and no words on where to keep anything; what is missing is named once."""
        stack = kit.Stack(user=kit.NOBODY, files=["unused"])
        self.addCleanup(stack.close)
        example = stack.path("critical-stack")
        shutil.copytree(os.path.join(kit.EXAMPLES, "critical-stack"), example)
        shutil.copytree(os.path.join(kit.EXAMPLES, "stand-ins"), stack.path("stand-ins"))
        home = stack.path("home")
        os.mkdir(home, 0o755)
        os.chown(home, kit.NOBODY, kit.NOBODY)
        ports = {name: kit.free_port() for targets in PORTS.values() for name, _ in targets}
        stack.files = [os.path.join(example, "compose.yaml"), stack.write_file("ports.yaml", override(ports))]
        original, kit.HALE = kit.HALE, self.copy(stack, kit.HALE)
        self.addCleanup(setattr, kit, "HALE", original)
        stack.environment["HOME"] = home
        del stack.environment["HALE_RUNTIME"]
        stack.environment["XDG_RUNTIME_DIR"] = stack.path("runtime")
        os.mkdir(stack.path("runtime"), 0o700)
        os.chown(stack.path("runtime"), kit.NOBODY, kit.NOBODY)
        del stack.environment["HALE_STATE"]
        arcadedb = glob.glob(os.path.join(kit.PROJECT, ".venv", "lib", "python3*", "site-packages", "arcadedb_embedded"))
        if not shutil.which("neo4j") and arcadedb:
            # The checkout may lie where only root can read.
            shutil.copytree(arcadedb[0], stack.path("arcadedb"), symlinks=True)
            stack.files.append(stack.write_file("arcadedb.yaml", "services:\n  graph:\n    environment:\n"
                                                f"      ARCADEDB_HOME: {stack.path('arcadedb')}\n"))

        result = stack.hale("up", "-d", "--wait", "--wait-timeout", "150", timeout=180)
        self.assertEqual(stack.status()["status"], "healthy")
        self.assertTrue(os.path.isdir(os.path.join(stack.state, "logs")))
        # What the user cannot have is said in one line, and what runs is his.
        said = (result.stdout + result.stderr).splitlines()
        missing = [line for line in said if "not enforced" in line or "need root" in line or "by name" in line]
        self.assertEqual(len(missing), 1, said)
        self.assertIn("services find each other by HALE_<SERVICE>_HOST and not by name", missing[0])
        self.assertEqual({os.stat(f"/proc/{pid}").st_uid for pids in stack.pids().values() for pid in pids},
                         {kit.NOBODY})
        with psycopg.connect(host="127.0.0.1", port=ports["postgres"], user="critical", password="critical-postgres",
                             dbname="critical") as connection:
            self.assertEqual(connection.execute("SELECT 42").fetchone(), (42,))
        self.assertTrue(redis.Redis(port=ports["redis"], password="critical-redis").ping())
        with neo4j.GraphDatabase.driver(
                f"bolt://127.0.0.1:{ports['bolt']}", auth=("neo4j", "critical-graph")) as driver:
            answer = driver.execute_query("RETURN 42 AS answer", database_="neo4j").records[0].value()
        self.assertEqual(answer, 42)
        self.assertTrue(ollama.Client(host=f"http://127.0.0.1:{ports['ollama']}").list() is not None)

        for name in PORTS:
            killed = stack.pid(name)
            kit.kill(killed)
            kit.eventually(lambda: stack.instance(name).get("pid") not in (None, killed), 30)
            stack.wait_until_healthy(name, timeout=90)
        stack.down()
        self.assertEqual(stack.orphans(), [])

    def copy(self, stack, source):
        target = stack.path(os.path.basename(source))
        with open(source, "rb") as original, open(target, "wb") as copied:
            copied.write(original.read())
        os.chmod(target, 0o755)
        return target


if __name__ == "__main__":
    kit.main()
