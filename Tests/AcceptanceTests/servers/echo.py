#!/usr/bin/env python3
"""Echoes lines on $HALE_HOST:7000, each with the server's pid in front.

usage: echo.py [--port N] [--bind-after SECONDS] [--children N] [--ready-after SECONDS] [--ignore-term]

--bind-after     start to listen only then
--children       fork that many children, each in a session of its own, which sleep for ever
--ready-after    say READY=1 to $NOTIFY_SOCKET only then
--ignore-term    do not end on SIGTERM
"""
import argparse
import os
import signal
import socket
import socketserver
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=7000)
parser.add_argument("--bind-after", type=float, default=0)
parser.add_argument("--children", type=int, default=0)
parser.add_argument("--ready-after", type=float)
parser.add_argument("--ignore-term", action="store_true")
options = parser.parse_args()


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(b"%d %s" % (os.getpid(), line))


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def notify(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        path = os.environ["NOTIFY_SOCKET"]
        out.sendto(text.encode(), "\0" + path[1:] if path.startswith("@") else path)


def end(number, frame):
    raise SystemExit(0)


signal.signal(signal.SIGTERM, signal.SIG_IGN if options.ignore_term else end)
for _ in range(options.children):
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(60)

print(f"echo: pid {os.getpid()} starts", flush=True)
time.sleep(options.bind_after)
server = Server((os.environ.get("HALE_HOST", "127.0.0.1"), options.port), Handler)
print("echo: listening", flush=True)
if options.ready_after is not None:
    threading.Timer(options.ready_after, notify, ["READY=1\nSTATUS=all is well"]).start()
server.serve_forever()
