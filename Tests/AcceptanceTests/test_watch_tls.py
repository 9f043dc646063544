"""`hale watch` over TCP, to an engine that wants a certificate of its clients."""
import contextlib
import os
import shutil
import subprocess
import tempfile
import unittest

import kit
from engine import Engine
from watch import Watch


class Authority:
    """A folder with certificates as the docker command names them, made by openssl."""

    def __init__(self, folder):
        self.folder = folder
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca-key.pem", "-out", "ca.pem",
                     "-days", "2", "-subj", "/CN=authority of a test")
        self.sign("server", "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth")
        self.sign("client", "extendedKeyUsage=clientAuth")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def sign(self, name, extensions):
        with open(os.path.join(self.folder, f"{name}.ext"), "w", encoding="ascii") as file:
            file.write(extensions + "\n")
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}-key.pem", "-out", f"{name}.csr",
                     "-subj", f"/CN={name}")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial",
                     "-out", f"{name}-cert.pem", "-days", "2", "-extfile", f"{name}.ext")

    def path(self, name):
        return os.path.join(self.folder, name)

    def give(self, folder):
        """Copies of what a client needs."""
        os.makedirs(folder)
        for name, source in ("ca.pem", "ca.pem"), ("cert.pem", "client-cert.pem"), ("key.pem", "client-key.pem"):
            shutil.copy(self.path(source), os.path.join(folder, name))
        return folder


class WatchTLSTests(kit.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("dockerd needs root")
        with contextlib.ExitStack() as stack:
            cls.folder = tempfile.mkdtemp(prefix="hale-tls-")
            stack.callback(shutil.rmtree, cls.folder, True)
            cls.authority = Authority(cls.folder)
            cls.port = kit.free_port()
            files = {name: cls.authority.path(f"{name}.pem") for name in ("ca", "server-cert", "server-key")}
            cls.engine = Engine(
                "-H", f"tcp://127.0.0.1:{cls.port}", "--tlsverify", "--tlscacert", files["ca"], "--tlscert",
                files["server-cert"], "--tlskey", files["server-key"])
            stack.callback(cls.engine.close)
            cls.certificates = cls.authority.give(os.path.join(cls.folder, "mine"))
            cls.enclosing = stack.pop_all()

    @classmethod
    def tearDownClass(cls):
        cls.enclosing.close()

    def watch(self, *arguments, **environment):
        watch = Watch(self.engine, *arguments, **environment)
        self.addCleanup(watch.end)
        return watch

    def variables(self, **more):
        return {"DOCKER_HOST": f"tcp://127.0.0.1:{self.port}", "DOCKER_TLS_VERIFY": "1",
                "DOCKER_CERT_PATH": self.certificates} | more

    def container(self, name):
        self.engine.run(name)
        self.addCleanup(self.engine.docker, "rm", "-f", name, check=False)
        self.engine.wait_for_health(name, "healthy")

    def test_it_heals_with_a_certificate(self):
        self.container("remote")
        watch = self.watch(**self.variables())
        watch.wait_for(f"watching the engine at https://127.0.0.1:{self.port}")
        watch.wait_for("watching 1 of 1 container")
        self.engine.make_sick("remote")
        watch.wait_for("remote is healthy again")

    def test_it_is_found_by_a_context_of_the_docker_command(self):
        self.container("by-context")
        certificates = self.certificates
        files = ",".join(f"{word}={certificates}/{word}.pem" for word in ("ca", "cert", "key"))
        home = os.path.join(self.folder, "home")
        subprocess.run(
            ["docker", "context", "create", "far", "--docker", f"host=tcp://127.0.0.1:{self.port},{files}"],
            env={"PATH": os.environ["PATH"], "HOME": home}, check=True, capture_output=True)
        watch = self.watch(DOCKER_HOST="", HOME=home, DOCKER_CONTEXT="far")
        self.engine.make_sick("by-context")
        watch.wait_for("by-context is healthy again")

    def test_a_stranger_is_turned_away_and_says_so(self):
        strange = os.path.join(self.folder, "strange")
        os.makedirs(strange)
        other = Authority(strange)
        # It trusts the engine, which does not trust it; and the other way round.
        mine = other.give(os.path.join(strange, "mine"))
        shutil.copy(self.authority.path("ca.pem"), os.path.join(mine, "ca.pem"))
        self.watch(**self.variables(DOCKER_CERT_PATH=mine)).wait_for("the engine cannot be reached: ")
        wary = os.path.join(strange, "wary")
        shutil.copytree(self.certificates, wary)
        shutil.copy(other.path("ca.pem"), os.path.join(wary, "ca.pem"))
        self.watch(**self.variables(DOCKER_CERT_PATH=wary)).wait_for("the engine cannot be reached: ")

    def test_without_certificates_it_says_what_is_wrong(self):
        watch = self.watch(**self.variables(DOCKER_CERT_PATH=os.path.join(self.folder, "nothing")))
        watch.wait_for("the engine cannot be reached: ")
        watch = self.watch("--host", f"tcp://127.0.0.1:{self.port}")
        watch.wait_for("; trying again")


if __name__ == "__main__":
    kit.main()
