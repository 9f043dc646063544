#!/usr/bin/env python3
"""Tries to reach others for whoever asks it, and is reached itself: a line of words on PORT of $HALE_HOST each, answered
by a line, and the same on every address at WIDE, which no Compose file has to know of.

reach HOST PORT         what an echo or one of these says there, or why it cannot be reached
say                     this one's name
"""
import os
import socket
import socketserver
import sys
import threading

PORT, WIDE = int(sys.argv[1]), int(sys.argv[2])


def reach(host, port):
    with socket.create_connection((host, int(port)), timeout=2) as server:
        server.sendall(b"say\n")
        return server.makefile("r").readline().strip()


def say():
    return os.environ["HALE_SERVICE"]


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            verb, *words = line.decode().split()
            try:
                answer = {"reach": reach, "say": say}[verb](*words)
            except OSError as error:
                answer = f"failed: {error}"
            self.wfile.write(answer.encode() + b"\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


for address in ((os.environ["HALE_HOST"], PORT), ("0.0.0.0", WIDE)):
    threading.Thread(target=Server(address, Handler).serve_forever).start()
