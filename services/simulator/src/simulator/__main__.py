"""`python -m simulator` serves; `python -m simulator migrate` creates the schema and exits."""

import asyncio
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager

import structlog
import uvicorn
import uvloop

from chassis.server import ShapedProtocol
from chassis.system import configure_logs, core_dumps
from simulator.app import build_app
from simulator.database import migrate
from simulator.settings import Settings

log = structlog.get_logger()


class Server(uvicorn.Server):
    """uvicorn's server, without its signal handling.

    uvicorn's own server raises the signal again after its shutdown. After a SIGTERM, the process would then end with
    exit code 143, although it has finished all requests.
    """

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; then finish the current requests."""
    config = uvicorn.Config(
        build_app(settings),
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        http=ShapedProtocol,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    server = Server(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, setattr, server, "should_exit", True)
    log.info("started", port=settings.http_port)
    await server.serve()
    log.info("stopped")


def main() -> None:
    core_dumps.forbid()
    settings = Settings()  # values come from the environment
    configure_logs("simulator", settings.log_level)
    if sys.argv[1:] == ["migrate"]:
        asyncio.run(migrate(settings.database_url))
    elif sys.argv[1:]:
        sys.exit("usage: python -m simulator [migrate]")
    else:
        uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
