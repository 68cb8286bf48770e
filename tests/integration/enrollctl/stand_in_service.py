"""A service that does nothing but live: `migrate` leaves a mark in its database, serving answers the health checks."""

import asyncio
import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import asyncpg


async def migrate() -> None:
    connection = await asyncpg.connect(os.environ["UE_DATABASE_URL"])
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS migrations (at timestamptz DEFAULT now())")
        await connection.execute("INSERT INTO migrations DEFAULT VALUES")
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
        asyncio.run(migrate())
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        HTTPServer((os.environ["UE_HTTP_HOST"], int(os.environ["UE_HTTP_PORT"])), Health).serve_forever()
