#!/usr/bin/env python3
"""Answers HTTP on $HALE_HOST:7000 with the head of the request as JSON.

/status/N  answers with that status
/slow      takes a third of a second
/late      takes ten
/break     breaks off within its answer
/healthz   is well
"""
import http.server
import json
import os
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        words = self.path.split("?")[0].split("/")
        time.sleep({"slow": 1 / 3, "late": 10}.get(words[1], 0))
        self.send_response(int(words[2]) if words[1] == "status" else 200)
        self.send_header("Content-Length", str(len(body) + (1000 if words[1] == "break" else 0)))
        self.end_headers()
        self.wfile.write(body)
        if words[1] == "break":
            self.wfile.flush()
            self.close_connection = True

    do_GET = do_POST = answer

    def log_message(self, *arguments):
        pass


http.server.ThreadingHTTPServer((os.environ["HALE_HOST"], 7000), Handler).serve_forever()
