#!/usr/bin/env python3
"""Answers HTTP on $HALE_HOST:7000 with JSON about the request: who answers, what the gateway says of the client, and the
length and SHA-256 of the body, whatever its framing. With `Upgrade: echo` it sends back what comes.

With $CERTIFICATE, a path without its ending, it speaks TLS. GET /slow answers a second later.
"""
import hashlib
import http.server
import json
import os
import ssl
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer goes out in one piece: one that has begun cannot be had from another server.
    wbufsize = -1

    def body(self):
        if self.headers["Transfer-Encoding"] != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"] or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def do_GET(self):
        if self.headers["Upgrade"] == "echo":
            return self.echo()
        body = self.body()
        if self.path == "/slow":
            time.sleep(1)
        answer = json.dumps({
            "pid": os.getpid(), "proto": self.headers["X-Forwarded-Proto"], "for": self.headers["X-Forwarded-For"],
            "length": len(body), "sha256": hashlib.sha256(body).hexdigest()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET

    def echo(self):
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", "echo")
        self.end_headers()
        self.wfile.flush()
        while data := self.rfile.read1(65536):
            self.wfile.write(data)
            self.wfile.flush()
        self.close_connection = True

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer((os.environ["HALE_HOST"], 7000), Handler)
if certificate := os.environ.get("CERTIFICATE"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate + ".pem", certificate + ".key")
    # The handshake is the thread's that serves the connection, not the one's that accepts them all.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
