#!/usr/bin/env python3
"""Answers HTTP on $HALE_HOST:7000 with its pid; each answer is a 500 for as long as the file $MOOD is there.

/healthz  always answers 200
"""
import http.server
import os


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = f"{os.getpid()}\n".encode()
        self.send_response(500 if self.path != "/healthz" and os.path.exists(os.environ["MOOD"]) else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


http.server.ThreadingHTTPServer((os.environ["HALE_HOST"], 7000), Handler).serve_forever()
