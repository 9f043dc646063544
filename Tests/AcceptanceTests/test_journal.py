"""The journal remembers what happened and why; no trouble with it, nor with Hale itself, stops healing or loses its place."""
import contextlib
import json
import os
import queue
import signal
import subprocess
import threading

import kit


class Case(kit.TestCase):
    """What both kinds of tests do."""

    def start(self, **options):
        self.port = kit.free_port()
        running = self.stack({"echo": kit.echo_service(self.port)}, **options)
        running.up()
        return running

    def file(self, running):
        return os.path.join(running.environment["HALE_STATE"], running.name, "journal.sqlite")

    def events(self, running, *arguments):
        return [json.loads(line) for line in running.hale("events", "--json", *arguments).stdout.splitlines()]

    def kill_echo(self, running):
        killed = running.pid("echo")
        kit.kill(killed)
        kit.eventually(lambda: running.instance("echo").get("pid") not in (None, killed), 20,
                       message=lambda: "nobody restarts echo: " + running.describe("echo"))
        running.wait_until_healthy("echo")

    def kill_healer(self, running):
        old = running.role("healer")
        kit.kill(old)
        kit.eventually(lambda: running.status()["processes"]["healer"] not in (None, old), 20,
                       message="there is no new healer")

    def notices(self, running, words):
        return [notice for notice in running.status()["notices"] if words in notice]


class JournalTests(Case):
    def test_events_of_a_kill_have_causes_and_survive_the_healer(self):
        running = self.start()
        self.kill_echo(running)
        kit.eventually(lambda: any(event["kind"] == "healthy" for event in self.after_exit(running)))
        before = self.after_exit(running)
        kinds = [event["kind"] for event in before]
        for kind in ("exited", "restarting", "started"):
            self.assertIn(kind, kinds)
            event = next(event for event in before if event["kind"] == kind)
            self.assertTrue(event.get("cause"), event)
            self.assertEqual(event["service"], "echo")
        self.assertIn("SIGKILL", before[0]["cause"])
        self.kill_healer(running)
        kit.eventually(lambda: [e for e in self.events(running) if e["kind"] == "healerStarted"][1:])
        events = self.events(running)
        self.assertEqual([event for event in events if event in before], before)
        ids = [event["id"] for event in events]
        self.assertEqual(ids, sorted(set(ids)))
        self.assertIn("adopted 1 process", [e for e in events if e["kind"] == "healerStarted"][1]["text"])
        # Nothing of what runs was touched by the new healer.
        self.assertFalse([e for e in events if e["id"] > before[-1]["id"] and e["kind"] == "restarting"])

    def after_exit(self, running):
        events = self.events(running, "echo")
        first = next(place for place, event in enumerate(events) if event["kind"] == "exited")
        return events[first:]

    def test_the_file_answers_where_no_hale_runs(self):
        running = self.start()
        self.kill_echo(running)
        running.down()
        self.assertEqual(os.stat(self.file(running)).st_mode & 0o777, 0o600)
        kinds = [event["kind"] for event in self.events(running)]
        self.assertIn("exited", kinds)
        self.assertIn("stopped", kinds)
        self.assertEqual(self.events(running, "-n", "2"), self.events(running)[-2:])
        self.assertEqual(self.events(running, "--until", "1h"), [])
        self.assertEqual(self.events(running, "--since", "1h"), self.events(running))
        self.assertIn("ended by SIGKILL", running.hale("events", "echo").stdout)
        self.assertEqual(running.hale("incidents", "--json", check=False).returncode, 0)
        missing = running.hale("incidents", "show", "4711", check=False)
        self.assertEqual(missing.returncode, 1)
        self.assertIn("no incident 4711", missing.stderr)
        unknown = running.hale("events", "ecko", check=False)
        self.assertEqual(unknown.returncode, 2, unknown.stderr)

    def test_following_misses_nothing_and_repeats_nothing_over_the_healers_death(self):
        running = self.start()
        follower = subprocess.Popen(
            running.command("events", "-f", "--json"), cwd=running.folder, env=running.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end, follower)
        lines = queue.Queue()
        threading.Thread(target=lambda: [lines.put(line) for line in follower.stdout], daemon=True).start()
        for _ in range(3):
            self.kill_healer(running)
            running.wait_until_healthy("echo")
            self.kill_echo(running)
        wanted = [event["id"] for event in self.events(running)]
        seen = []
        while len(seen) < len(wanted):
            seen.append(json.loads(lines.get(timeout=20))["id"])
        self.assertEqual(seen, wanted)
        self.assertIsNone(follower.poll())

    def end(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), 130)
        process.stdout.close()

    def test_a_damaged_file_is_put_aside_and_healing_goes_on(self):
        running = self.start()
        for _ in range(2):
            self.kill_echo(running)
        # While it is in use. The log beside it holds what has not yet come into the file.
        for name in (self.file(running), self.file(running) + "-wal"):
            with open(name, "r+b") as file:
                file.write(os.urandom(os.path.getsize(name)))
        self.kill_healer(running)
        self.kill_echo(running)
        told = kit.eventually(lambda: self.notices(running, "journal's file was damaged"), 20)
        aside = [name for name in os.listdir(os.path.dirname(self.file(running))) if ".corrupt-" in name]
        self.assertEqual(len([name for name in aside if not name.endswith("-wal")]), 1)
        self.assertIn(".corrupt-", told[0])
        self.kill_echo(running)
        events = kit.eventually(lambda: self.events(running))
        self.assertIn("journal", [event["kind"] for event in events])
        self.assertIn("exited", [event["kind"] for event in events])
        for name in aside:
            os.unlink(os.path.join(os.path.dirname(self.file(running)), name))
        kit.eventually(lambda: not self.notices(running, "journal's file was damaged"), 30)

    def test_a_removed_file_is_begun_anew(self):
        running = self.start()
        last = self.events(running)[-1]["id"]
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.file(running) + ending)
        self.kill_echo(running)
        events = kit.eventually(lambda: [e for e in self.events(running) if e["kind"] == "journal"] and
                                self.events(running))
        self.assertIn("was removed", next(e for e in events if e["kind"] == "journal")["text"])
        self.assertTrue(all(event["id"] > last for event in events if event["kind"] == "exited"))
        self.assertTrue(os.path.exists(self.file(running)))


class FullDiskTests(Case):
    """With a small file system under the state folder."""

    def run_on_disk(self):
        self.port = kit.free_port()
        running = self.stack({"echo": kit.echo_service(self.port)})
        disk = running.environment["HALE_STATE"]
        os.mkdir(disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "hale-test", disk], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("SKIPPED: no tmpfs can be mounted here (needs root), so a full disk was NOT TESTED")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=False)
        # Cleanups run last first: the stack is to end before its disk goes.
        self.addCleanup(running.down)
        running.up()
        return running

    def test_healing_goes_on_while_the_disk_is_full_and_the_journal_mends(self):
        running = self.run_on_disk()
        self.kill_echo(running)
        ballast = os.path.join(running.environment["HALE_STATE"], "ballast")
        with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 4096)

        def said():
            # What is written already may leave room for a few more.
            self.kill_echo(running)
            return self.notices(running, "the journal cannot be written")
        told = kit.eventually(said, 120)
        self.assertIn("disk is full", told[0])
        self.assertIn("free space", told[0])
        self.kill_echo(running)
        ids = [event["id"] for event in self.events(running)]
        self.assertEqual(ids, list(range(ids[0], ids[0] + len(ids))))
        self.assertIn("exited", [event["kind"] for event in self.events(running)[-12:]])
        os.unlink(ballast)
        kit.eventually(lambda: not self.notices(running, "the journal cannot be written"), 60)
        events = self.events(running)
        self.assertEqual([event["id"] for event in events][:len(ids)], ids)
        self.assertIn("the journal is written again", [e for e in events if e["kind"] == "mended"][-1]["text"])
        self.kill_healer(running)
        self.assertEqual([event["id"] for event in self.events(running)][:len(ids)], ids)


if __name__ == "__main__":
    kit.main()
