"""Where a call came from: the peer, or what proxies that the settings trust say of it."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: Of all its headers together; a longer list of proxies is nobody's.
LONGEST_CHARACTERS = 1_000


def _networks(given: Any) -> Any:
    """Raises ValueError for what is no network, and for one that would trust every caller."""
    words = given.replace(",", " ").split() if isinstance(given, str) else given
    networks = tuple(ip_network(word) for word in words)
    for network in networks:
        if network.prefixlen == 0:
            raise ValueError(f"{network} trusts every address: name the networks of your proxies")
    return networks


TrustedProxies = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)]


def caller_address(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str | None:
    """The peer's address; of a trusted peer, the right-most entry of `forwarded` that is not trusted itself.

    Entries left of that one may be the caller's invention. An entry that is no plain address ends the search: then,
    and where all are trusted, it is the peer.
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
        # After a % may stand anything: the name of an interface.
        address = ip_address(word) if "%" not in word else None
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_trusted(address: Address | None, trusted: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in trusted)
