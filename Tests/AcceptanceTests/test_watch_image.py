"""The Dockerfile: a container of its image heals another one through the engine's socket.

No registry is asked. The images that it starts from are stand-ins under the same names: the base is a busybox with the
libraries of this machine, and in both the package manager only writes down what it was asked for. The compiler of the
other one hands out the binary under test. Everything else is as the Dockerfile has it.
"""
import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import unittest

import kit
from engine import BUSYBOX, Engine

APT = "#!/bin/sh\n[ \"$1\" = update ] || echo \"$@\" >>/installed\n"
SWIFT = ("#!/bin/sh\n[ -f Package.swift ] && [ -d Sources/hale ] && [ -d Tests ] || exit 1\n"
         "echo \"$@\" >>/compiled\nmkdir -p .build/release\nmv /hale.binary .build/release/hale\n")
SOCKET = "/var/run/docker.sock"


def libraries():
    """The libraries of the binary under test, by where they are looked for."""
    text = subprocess.run(["ldd", kit.HALE], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", text)


def needed():
    """Those that it names itself."""
    text = subprocess.run(["readelf", "-d", kit.HALE], capture_output=True, text=True, check=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.*)\]", text)


class StandIn:
    """The tar of an image in that folder."""

    def __init__(self, folder, name):
        self.path = os.path.join(folder, f"{name}.tar")
        self.archive = tarfile.open(self.path, "w")
        self.folders = set()
        self.add(BUSYBOX, "bin/busybox")
        for word in ("sh", "sleep", "rm", "mkdir", "mv", "cat", "test"):
            link = tarfile.TarInfo(f"bin/{word}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            self.archive.addfile(link, io.BytesIO())
        self.script("apt-get", APT)

    def folder(self, name):
        """Open to everybody, as the engine would not make it."""
        if name and name not in self.folders:
            self.folder(os.path.dirname(name))
            self.folders.add(name)
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            self.archive.addfile(entry)

    def script(self, name, text):
        self.folder("usr/bin")
        entry = tarfile.TarInfo(f"usr/bin/{name}")
        entry.mode, entry.size = 0o755, len(text)
        self.archive.addfile(entry, io.BytesIO(text.encode()))

    def add(self, path, name):
        name = name.lstrip("/")
        self.folder(os.path.dirname(name))
        self.archive.add(os.path.realpath(path), name)


class WatchImageTests(kit.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("dockerd needs root")
        with contextlib.ExitStack() as stack:
            cls.engine = Engine()
            stack.callback(cls.engine.close)
            cls.build()
            cls.enclosing = stack.pop_all()

    @classmethod
    def tearDownClass(cls):
        cls.enclosing.close()

    @classmethod
    def build(cls):
        engine = cls.engine
        base, compiler = StandIn(engine.folder, "base"), StandIn(engine.folder, "compiler")
        for path in libraries():
            base.add(path, path)
        compiler.script("swift", SWIFT)
        binary = shutil.copy(kit.HALE, os.path.join(engine.folder, "hale.binary"))
        # As the linker does it there; it is copied a few times.
        subprocess.run(["strip", binary], check=True)
        compiler.add(binary, "hale.binary")
        for stand_in, name in (base, "debian:bookworm-slim"), (compiler, "swift:6.3-bookworm"):
            stand_in.archive.close()
            engine.docker("import", stand_in.path, name)
            os.unlink(stand_in.path)
        built = subprocess.run(
            ["docker", "build", "--network", "none", "-t", "hale-watch", kit.PROJECT], capture_output=True, text=True,
            env=os.environ | {"DOCKER_HOST": engine.host, "HOME": engine.folder, "DOCKER_BUILDKIT": "0"}, timeout=300)
        if built.returncode != 0:
            raise AssertionError(built.stdout + built.stderr)

    def run_image(self, name, *options):
        engine = self.engine
        engine.docker("run", "-d", "--name", name, "--network", "none", "-v", f"{engine.socket}:{SOCKET}", *options,
                      "hale-watch")
        self.addCleanup(engine.docker, "rm", "-f", name, check=False)

    def said(self, name):
        return self.engine.docker("logs", name).stdout.decode()

    def wait_for(self, name, text):
        kit.eventually(lambda: text in self.said(name), 30, message=lambda: f"no '{text}' in\n{self.said(name)}")

    def patient(self, name):
        self.engine.run(name)
        self.addCleanup(self.engine.docker, "rm", "-f", name, check=False)
        self.engine.wait_for_health(name, "healthy")

    def test_a_container_of_it_heals_another_and_is_well_itself(self):
        self.patient("patient")
        self.run_image("watcher")
        # Not itself.
        self.wait_for("watcher", "watching 1 of 2 containers")
        self.engine.make_sick("patient")
        self.wait_for("watcher", "patient is healthy again")
        shown = self.engine.docker("exec", "watcher", "/usr/local/bin/hale", "-p", "watch", "incidents", "--json").stdout
        incident = json.loads(shown)
        self.assertEqual((incident["root"], incident["state"]), ("patient", "resolved"))
        self.engine.wait_for_health("watcher", "healthy", 60)
        self.engine.docker("stop", "-t", "30", "watcher")
        self.assertEqual(self.engine.inspect("watcher")["State"]["ExitCode"], 0)

    def test_it_needs_no_root_beyond_the_socket(self):
        self.patient("unprivileged-patient")
        group = os.stat(self.engine.socket).st_gid
        self.run_image("unprivileged", "--user", "12345:12345", "--group-add", str(group), "--cap-drop", "ALL",
                       "--read-only", "--tmpfs", "/var/lib/hale:mode=1777")
        self.wait_for("unprivileged", "watching 1 of 2 containers")
        self.engine.make_sick("unprivileged-patient")
        self.wait_for("unprivileged", "unprivileged-patient is healthy again")
        self.assertNotIn("journal", self.said("unprivileged"))

    def test_it_is_ill_where_it_cannot_reach_the_engine(self):
        self.run_image("blind", "-e", "DOCKER_HOST=unix:///nowhere", "--health-interval", "1s")
        self.engine.wait_for_health("blind", "unhealthy", 60)
        log = self.engine.inspect("blind")["State"]["Health"]["Log"]
        self.assertIn("cannot be reached", log[-1]["Output"])

    def test_the_packages_it_installs_are_those_of_the_libraries(self):
        result = self.engine.docker("run", "--rm", "--network", "none", "--entrypoint", "/bin/cat", "hale-watch",
                                    "/installed")
        installed = set(result.stdout.decode().split())
        places = {os.path.basename(path): path for path in libraries()}
        for name in needed():
            # The base has the C library and what it cannot do without.
            if name.startswith(("libc.so", "libm.so", "libgcc_s.so", "ld-linux")):
                continue
            owner = subprocess.run(["dpkg", "-S", os.path.realpath(places[name])], capture_output=True, text=True)
            if owner.returncode != 0:
                owner = subprocess.run(["dpkg", "-S", "/usr" + os.path.realpath(places[name])], capture_output=True,
                                       text=True)
            if owner.returncode != 0:
                self.skipTest(f"NOT SHOWN: the packages; no package of this machine has {name}")
            self.assertIn(owner.stdout.split(":")[0], installed, name)


if __name__ == "__main__":
    kit.main()
