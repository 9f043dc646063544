#!/usr/bin/env python3
"""Answers HTTP on $HALE_HOST:7000, after a moment, with the largest number of requests it has had at a time.

/healthz  answers at once and is not counted
/order    answers with the paths that were asked for, in the order of their arrival
"""
import http.server
import os
import threading
import time

lock = threading.Lock()
now, most, paths = 0, 0, []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global now, most
        if self.path == "/healthz":
            return self.reply("well")
        if self.path == "/order":
            return self.reply("\n".join(paths))
        with lock:
            now += 1
            most = max(most, now)
            paths.append(self.path)
        # A file says how long, so that a test can have a request take until it is ready.
        hold = os.environ["HOLD"]
        # Long enough for those that come at the same time to be counted together.
        time.sleep(0.02)
        while os.path.exists(hold):
            time.sleep(0.01)
        with lock:
            now -= 1
            seen = most
        self.reply(str(seen))

    def reply(self, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512


Server((os.environ["HALE_HOST"], 7000), Handler).serve_forever()
