"""The address of a request's caller: the other end of the connection (peer), or the address that a trusted proxy
states.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: The longest `X-Forwarded-For` that is read, all headers of this name together. A longer text is ignored, because no
#: real chain of proxies writes it.
LONGEST_CHARACTERS = 1_000


def _networks(given: Any) -> Any:
    """Parse the networks.

    Raises ValueError for a text that is no network, and for a network that contains every address.
    """
    words = given.replace(",", " ").split() if isinstance(given, str) else given
    networks = tuple(ip_network(word) for word in words)
    for network in networks:
        if network.prefixlen == 0:
            raise ValueError(f"{network} trusts every address: name the networks of your proxies")
    return networks


TrustedProxies = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)]


def caller_address(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str | None:
    """The peer's address; or, if the peer is a trusted proxy, the right-most untrusted address in `forwarded`.

    Each proxy adds an address on the right, so the caller has possibly invented everything to the left of the result.
    The result is the peer if all addresses are trusted. The result is also the peer if the search from the right meets
    a text that is no plain address.
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
        # In `fe80::1%eth0` the part after `%` names a network interface. Python accepts any text there, so we do not
        # accept such an address.
        address = ip_address(word) if "%" not in word else None
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_trusted(address: Address | None, trusted: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in trusted)
