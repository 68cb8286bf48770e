"""Stands in for a service. Its commands `migrate` and `rebuild` write rows into its database, by which a test sees that
they ran. Without a command it is a server that answers health probes."""

import asyncio
import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import asyncpg

MIGRATION = """
    CREATE TABLE IF NOT EXISTS migrations (at timestamptz DEFAULT now());
    INSERT INTO migrations DEFAULT VALUES;
    CREATE TABLE IF NOT EXISTS abandoned_records (
        topic text, partition integer, first_offset bigint, end_offset bigint, last_at timestamptz);
    CREATE TABLE IF NOT EXISTS inbox_positions (topic text, partition integer, record_offset bigint);
    CREATE TABLE IF NOT EXISTS maintenance (state text);
    CREATE TABLE IF NOT EXISTS learned (at timestamptz DEFAULT now());
    CREATE TABLE IF NOT EXISTS owned (word text)"""


async def execute(statement: str) -> None:
    connection = await asyncpg.connect(os.environ["UE_DATABASE_URL"])
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"ready": True, "reasons": {}, "clock": os.environ.get("UE_CLOCK_FILE")}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


if __name__ == "__main__":
    if sys.argv[1:] == ["migrate"]:
        asyncio.run(execute(MIGRATION))
    elif sys.argv[1:2] == ["rebuild"]:
        asyncio.run(execute("INSERT INTO learned DEFAULT VALUES"))
        print(json.dumps({"handled": 1}))
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        HTTPServer((os.environ["UE_HTTP_HOST"], int(os.environ["UE_HTTP_PORT"])), Health).serve_forever()
