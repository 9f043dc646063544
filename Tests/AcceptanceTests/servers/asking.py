#!/usr/bin/env python3
"""Asks other services for whoever asks it: a line of words on $HALE_HOST:7000 each, answered by a line; with a port as
argument also there on every address.

resolve NAME            the IPv4 addresses that NAME has, sorted; nothing where there are none
redis NAME PORT WORD…   what the Redis there answers to that command
get HOST PORT PATH      the status of the answer over HTTP; a HOST that begins with $ is that variable's value
say                     its service's name
reach HOST PORT         what one of these says there, or why it cannot be reached
"""
import http.client
import os
import socket
import socketserver
import sys
import threading


def resolve(name):
    try:
        found = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
    except socket.gaierror:
        return ""
    return " ".join(sorted({place[4][0] for place in found}))


def redis(name, port, *words):
    with socket.create_connection((name, int(port)), timeout=30) as client:
        client.sendall(" ".join(words).encode() + b"\r\n")
        return client.makefile("r").readline().strip()


def get(host, port, path):
    client = http.client.HTTPConnection(os.environ[host[1:]] if host.startswith("$") else host, int(port), timeout=60)
    client.request("GET", path)
    return str(client.getresponse().status)


def say():
    return os.environ["HALE_SERVICE"]


def reach(host, port):
    with socket.create_connection((host, int(port)), timeout=2) as server:
        server.sendall(b"say\n")
        return server.makefile("r").readline().strip()


VERBS = {"resolve": resolve, "redis": redis, "get": get, "say": say, "reach": reach}


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            verb, *words = line.decode().split()
            try:
                answer = VERBS[verb](*words)
            except OSError as error:
                answer = f"failed: {error}"
            self.wfile.write(answer.encode() + b"\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


for place in [(os.environ["HALE_HOST"], 7000)] + [("0.0.0.0", int(port)) for port in sys.argv[1:]]:
    threading.Thread(target=Server(place, Handler).serve_forever).start()
