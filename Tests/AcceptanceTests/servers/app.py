#!/usr/bin/env python3
"""A web service that is well only when PostgreSQL answers it: GET /health runs SELECT 1 through $HALE_POSTGRES_HOST."""
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        try:
            with psycopg.connect(
                    host=os.environ["HALE_POSTGRES_HOST"], port=os.environ["HALE_POSTGRES_PORT"], user="critical",
                    password="secret", dbname="critical", connect_timeout=2) as connection:
                connection.execute("SELECT 1")
            status, body = 200, b"ok\n"
        except psycopg.Error as error:
            status, body = 503, f"{error}\n".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer((os.environ["HALE_HOST"], 8000), Handler).serve_forever()
