"""The external system that the publisher calls. It counts the requests of each key. A repeated request takes effect
again.
"""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ExternalSystem:
    """Each `POST /asks/{key}` takes effect, even a repeated one. `GET /asks/{key}` answers 404 for an unknown key."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._lock = threading.Lock()
        outside = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self._answer(200, outside.count(self._key()))

            def do_GET(self) -> None:
                known = outside.calls[self._key()]
                self._answer(200 if known else 404, known)

            def _key(self) -> str:
                return self.path.rsplit("/", 1)[-1]

            def _answer(self, status: int, count: int) -> None:
                body = json.dumps({"calls": count}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Write no log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        # Print no error when a killed caller closes its connection.
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def count(self, key: str) -> int:
        with self._lock:
            self.calls[key] += 1
            return self.calls[key]

    def __enter__(self) -> "ExternalSystem":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
