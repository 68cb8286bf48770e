"""The entry point: Ctrl-C ends the command without a traceback, even while its modules are being imported."""

import os

INTERRUPTED = 130


def main() -> None:
    try:
        import signal

        before = signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
        from enrollctl.__main__ import main as run

        signal.signal(signal.SIGINT, before)
        # typer handles Ctrl-C only while a command runs. Before that, it builds the commands from their functions.
        # Ctrl-C during that time raises KeyboardInterrupt here.
        run()
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
