"""Which address a row of the audit log stores as the caller's address (D04)."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from chassis.server import caller_address
from chassis.settings import ChassisSettings

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def test_nobody_is_believed_without_a_setting():
    assert caller_address("127.0.0.1", ["1.2.3.4"], []) == "127.0.0.1"


def test_a_stranger_is_not_believed():
    assert caller_address("203.0.113.9", ["1.2.3.4"], PROXIES) == "203.0.113.9"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        pytest.param(["1.2.3.4"], "1.2.3.4", id="one entry"),
        pytest.param(["6.6.6.6, 1.2.3.4"], "1.2.3.4", id="the caller's own invention stands left"),
        pytest.param(["6.6.6.6", "1.2.3.4"], "1.2.3.4", id="in headers of its own"),
        pytest.param(["6.6.6.6, 1.2.3.4, 10.1.1.1, fd00::7"], "1.2.3.4", id="a chain of trusted proxies"),
        pytest.param(["nobody, 1.2.3.4"], "1.2.3.4", id="garbage left of it is not read"),
        pytest.param(["2001:DB8:0::1"], "2001:db8::1", id="IPv6 in its short form"),
        pytest.param(["::ffff:1.2.3.4"], "1.2.3.4", id="IPv4 written as IPv6"),
        pytest.param(["  1.2.3.4\t"], "1.2.3.4", id="blanks around it"),
    ],
)
def test_a_trusted_proxy_tells_the_caller(forwarded: list[str], address: str):
    assert caller_address("10.0.0.5", forwarded, PROXIES) == address


@pytest.mark.parametrize(
    "forwarded",
    [
        pytest.param([], id="no header"),
        pytest.param([""], id="empty"),
        pytest.param(["1.2.3.4, "], id="ends with a comma"),
        pytest.param(["1.2.3.4, <script>"], id="garbage"),
        pytest.param(["1.2.3.4:443"], id="with a port"),
        pytest.param(["[2001:db8::1]"], id="in brackets"),
        pytest.param(["[2001:db8::1]:443"], id="in brackets with a port"),
        pytest.param(["fe80::1%<script>"], id="with a zone"),
        pytest.param(["1.2.3.4, unknown, 10.1.1.1"], id="a proxy that does not know"),
        pytest.param(["010.020.030.040"], id="with leading zeros"),
        pytest.param(["16909060"], id="a number"),
        pytest.param(["١.٢.٣.٤"], id="digits of another script"),
        pytest.param(["10.1.1.1, 10.1.1.2"], id="trusted ones alone"),
        pytest.param(["1.2.3.4"] * 200, id="longer than any chain of proxies"),
    ],
)
def test_what_is_no_address_leaves_the_peers(forwarded: list[str]):
    assert caller_address("10.0.0.5", forwarded, PROXIES) == "10.0.0.5"


def test_a_peer_on_a_socket_for_both_kinds_of_addresses_is_trusted_too():
    assert caller_address("::ffff:10.0.0.5", ["1.2.3.4"], PROXIES) == "1.2.3.4"


@pytest.mark.parametrize("peer", [None, "testclient"])
def test_a_peer_without_an_address_is_not_trusted(peer: str | None):
    assert caller_address(peer, ["1.2.3.4"], PROXIES) == peer


def test_networks_come_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("UE_TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8 192.0.2.7")
    settings = ChassisSettings(database_url="", key_file=Path("unused"))
    assert settings.trusted_proxies == (*PROXIES, ip_network("192.0.2.7/32"))


def test_nobody_is_trusted_by_default():
    assert ChassisSettings(database_url="", key_file=Path("unused")).trusted_proxies == ()


@pytest.mark.parametrize("value", ["proxy.example", "10.0.0.1/8", "0.0.0.0/0", "::/0", "true"])
def test_a_setting_that_names_no_networks_ends_the_start(value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("UE_TRUSTED_PROXIES", value)
    with pytest.raises(ValidationError, match="trusted_proxies"):
        ChassisSettings(database_url="", key_file=Path("unused"))
