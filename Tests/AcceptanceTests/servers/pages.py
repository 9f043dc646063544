#!/usr/bin/env python3
"""Answers HTTP on $HALE_HOST:7000 with JSON: which service this is, the method, the path, the body, and a number that
counts requests.

The status is what the file $MOOD holds, if it is there. What the query says is added to the head: ?Cache-Control=private
is a field of that name and value.

/healthz  always answers 200
"""
import http.server
import itertools
import json
import os
import urllib.parse

NUMBERS = itertools.count(1)


def status():
    try:
        with open(os.environ["MOOD"], encoding="ascii") as file:
            return int(file.read())
    except (KeyError, OSError, ValueError):
        return 200


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        target = urllib.parse.urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        body = json.dumps({
            "service": os.environ["HALE_SERVICE"], "method": self.command, "path": target.path, "body": sent,
            "number": next(NUMBERS)}).encode()
        self.send_response(200 if target.path == "/healthz" else status())
        for name, value in urllib.parse.parse_qsl(target.query):
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = answer

    def log_message(self, *arguments):
        pass


http.server.ThreadingHTTPServer((os.environ["HALE_HOST"], 7000), Handler).serve_forever()
