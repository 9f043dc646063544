#!/usr/bin/env python3
"""Answers HTTP on $HALE_HOST:7000 with its version and pid.

It ends at once on SIGTERM, whatever it is doing: whoever is being answered then gets nothing.

/slow     answers after half a second
/healthz  answers 200, and 503 where $VERSION begins with "ill"

A version that begins with "crash" ends with code 3 instead.
"""
import http.server
import os
import signal
import sys
import time

VERSION = os.environ["VERSION"]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer goes out in one piece: one that has begun cannot be had from another server.
    wbufsize = -1

    def do_GET(self):
        if self.path == "/slow":
            time.sleep(0.5)
        self.send_response(503 if self.path == "/healthz" and VERSION.startswith("ill") else 200)
        answer = f"{VERSION} {os.getpid()}\n".encode()
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128


signal.signal(signal.SIGTERM, lambda number, frame: os._exit(0))
if VERSION.startswith("crash"):
    sys.exit(3)
server = Server((os.environ["HALE_HOST"], 7000), Handler)
print(f"versioned: {VERSION} listens as pid {os.getpid()}", flush=True)
server.serve_forever()
