"""`hale watch` as a process of a test's own."""
import os
import signal
import subprocess
import threading
import urllib.error
import urllib.request

import kit


class Watch:
    """`hale watch`, and what it says."""

    def __init__(self, engine, *arguments, **environment):
        self.lines = []
        self.process = subprocess.Popen(
            [kit.HALE, "watch", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
            env={"PATH": os.environ["PATH"], "HOME": engine.folder, "HALE_STATE": state_of(engine),
                 "DOCKER_HOST": engine.host} | environment)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n").split(" ", 1)[-1])

    def wait_for(self, text, timeout=30, count=1):
        kit.eventually(lambda: sum(text in line for line in self.lines) >= count, timeout,
                       message=lambda: f"'{text}' was not said:\n" + "\n".join(self.lines))

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(20)
        self.reader.join(5)
        self.process.stdout.close()
        return code


def state_of(engine):
    """The folder above that of the journal."""
    return os.path.join(engine.folder, "state")


def get(port, path, headers=None):
    """The status and the text of a page."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
