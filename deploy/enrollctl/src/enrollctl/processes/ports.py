"""Chooses free TCP ports of this machine, and tests whether a port is open."""

import socket


def choose_port(preferred: int | None = None, taken: frozenset[int] = frozenset()) -> int:
    """A port on which no process listens.

    `preferred`: the port of the last start. This port is used again if it is free, because other systems have possibly
    stored it. For example, the center stores callback URLs.
    """
    if preferred is not None and preferred not in taken and _is_free(preferred):
        return preferred
    while True:
        port = _any_free()
        if port not in taken:
            return port


def is_open(port: int) -> bool:
    """Whether a process accepts connections on this port of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _any_free() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
