#!/usr/bin/env python3
"""Does what it is asked over HTTP on $HALE_HOST:7000: each request becomes a line of JSON in the file $DONE, which is on
disk before the answer goes out. The answer says which line that is.

The file $MOOD says how, if it is there: a status to answer with, "slow" (a twentieth of a second for each) or "die", which
is to end without an answer once the request is in the file.

/healthz  always answers 200
"""
import hashlib
import http.server
import itertools
import json
import os
import threading
import time

NUMBERS = itertools.count(1)
LOCK = threading.Lock()


def mood():
    try:
        with open(os.environ["MOOD"], encoding="ascii") as file:
            return file.read().strip()
    except (KeyError, OSError):
        return "200"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        whole = b""
        while size := int(self.rfile.readline(), 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def note(self, how):
        body = self.body()
        line = {"method": self.command, "path": self.path, "length": len(body), "fields": dict(self.headers.items()),
                "digest": hashlib.sha256(body).hexdigest(), "mood": how}
        with LOCK, open(os.environ["DONE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def answer(self):
        how = mood()
        if self.path == "/healthz":
            how = "200"
        else:
            self.note(how)
        if how == "die":
            os._exit(1)
        if how == "slow":
            time.sleep(0.05)
        body = json.dumps({"number": next(NUMBERS)}).encode()
        self.send_response(200 if how == "slow" else int(how))
        self.send_header("X-Worker", os.environ["HALE_SERVICE"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *arguments):
        pass


http.server.ThreadingHTTPServer((os.environ["HALE_HOST"], 7000), Handler).serve_forever()
