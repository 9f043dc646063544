"""Without root everything works but limits that need it, and a line says so."""
import os
import unittest

import psycopg

import kit
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

    def copy(self, stack, source):
        target = stack.path(os.path.basename(source))
        with open(source, "rb") as original, open(target, "wb") as copied:
            copied.write(original.read())
        os.chmod(target, 0o755)
        return target


if __name__ == "__main__":
    kit.main()
