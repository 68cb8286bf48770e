"""The address of a request's caller: the peer's, or the one that a trusted proxy states."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: The longest `X-Forwarded-For`, with all headers of this name together; no real chain of proxies is longer.
LONGEST_CHARACTERS = 1_000


def _networks(given: Any) -> Any:
    """Raises ValueError for a text that is no network, and for a network that contains every address."""
    words = given.replace(",", " ").split() if isinstance(given, str) else given
    networks = tuple(ip_network(word) for word in words)
    for network in networks:
        if network.prefixlen == 0:
            raise ValueError(f"{network} trusts every address: name the networks of your proxies")
    return networks


TrustedProxies = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)]


def caller_address(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str | None:
    """The peer's address or, if the peer is a trusted proxy, the right-most address in `forwarded` that is not trusted
    itself.

    The caller may have invented the addresses to the left of that one. If the search meets a text that is no plain
    address, or if all addresses are trusted, the result is the peer.
    """
    if peer is None or not _is_trusted(_parsed(peer), trusted):
        return peer
    line = ",".join(forwarded)
    if len(line) > LONGEST_CHARACTERS:
        return peer
    for word in reversed(line.split(",")):
        address = _parsed(word.strip())
        if address is None:
            return peer
        if not _is_trusted(address, trusted):
            return str(address)
    return peer


def _parsed(word: str) -> Address | None:
    try:
        # Any text may follow a `%`: it is the name of a network interface.
        address = ip_address(word) if "%" not in word else None
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_trusted(address: Address | None, trusted: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in trusted)
