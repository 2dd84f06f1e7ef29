"""Nobody is led to a private address: every way of naming one, from a resolver that lies, over sockets that are watched."""

import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from ssrfguard import Policy

from domain.page import Unreadable
from pipeline.agents import reader
from pipeline.agents.fetch import Guard
from tests.pipeline.agents.sites import StartSite
from tests.sharing import TABLE

PUBLIC = "127.0.0.2"
"""Plays a public address: the policy here allows it, and only it."""

V4 = (
    "127.0.0.1", "127.1.2.3", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.8", "172.16.0.1", "172.31.255.254", "192.168.1.1",
    "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
)  # fmt: skip
V6 = (
    "::1", "::", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::", "fe80::1", "fec0::1",
    "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "100::1",
)  # fmt: skip
PRIVATE = (*V4, *V6)

SPELLED = (
    "2130706433", "0x7f000001", "0X7F000001", "017700000001", "0177.0.0.1", "0x7f.0.0.1", "127.1", "127.0.1", "127.0.0.01",
    "127.000.000.001", "0", "0x0", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "[::1]", "[::]",
    "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0000::0001]", "[::1%25lo]", "[fe80::1%25lo]", "[64:ff9b::7f00:1]",
    "localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "127.0.0.1.", "①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1",
    "127．0．0．1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "loc\u00adalhost", "loc\u200balhost", "xn--nxasmq6b", "metadata.google.internal", "0x7f.1",
    "127.0.0.1%00.shop.example",
)  # fmt: skip
WRITTEN = (
    "http://shop.example@127.0.0.1/", "http://127.0.0.1#@shop.example/", "http://shop.example\\@127.0.0.1/",
    "http://127.0.0.1\\.shop.example/", "http://shop.example:80@127.0.0.1:80/", "http://127.0.0.1:80:80/", "http://127.0.0.1:6379/",
    "http://127.0.0.1:22/", "http://shop.example:25/", "http://shop.example:0/", "http://shop.example:65536/", "http://shop.example:-1/",
    "http:127.0.0.1/", "http:/127.0.0.1/", "http:///127.0.0.1/", "//127.0.0.1/", "http://\t127.0.0.1/", "ht\ntp://127.0.0.1/",
    "http://127.0.0.1 .shop.example/", " http://127.0.0.1/", "http://[::1/", "http://[127.0.0.1]/", "http://%31%32%37.0.0.1/",
    "http://127%2e0%2e0%2e1/", "file:///etc/passwd", "file://localhost/etc/passwd", "FILE:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/_x",
    "dict://127.0.0.1:6379/info", "ldap://127.0.0.1/", "data:text/html,<h1>x</h1>", "javascript:alert(1)", "jar:http://127.0.0.1!/", "ws://127.0.0.1/",
    "unix:///run/postgresql", "http+unix://%2Frun%2Fx/", "http://", "http://?",
    "http://\r\nHost: 127.0.0.1/", "http://shop.example/\r\nX: y",
)  # fmt: skip

_watching: list[list[str]] = []


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if _watching and event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
        _watching[-1].append(str(args[1][0]))


sys.addaudithook(_hear)


@contextmanager
def watched() -> Iterator[list[str]]:
    """Every address that this process connects to meanwhile, whoever asks for it."""
    _watching.append([])
    try:
        yield _watching[-1]
    finally:
        _watching.pop()


Answers = Callable[[str, int], list[str]]


def lying(answers: Answers, *ports: int) -> Guard:
    def resolve(host: str, port: int, *_: object, **__: object) -> Iterable[Any]:
        return [_row(address, port) for address in answers(host, port)]

    policy = Policy(allowed_networks=(ip_network(f"{PUBLIC}/32"),), allowed_ports=frozenset({80, 443, *ports}))
    return Guard(policy=policy, resolver=resolve)


def _row(address: str, port: int) -> Any:
    if ip_address(address).version == 6:
        return socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)


def bare(address: str) -> str:
    return f"[{address}]" if ":" in address else address


async def refused(url: str, guard: Guard) -> str:
    """Why it was not read, in one of our words; both ways in are tried."""
    assert await reader.picture(url, guard=guard, deadline=10.0) is None
    with pytest.raises(Unreadable) as caught:
        await reader.read(url, guard=guard, deadline=10.0)
    assert "describe the web app" in caught.value.sentence
    return caught.value.reason


Record = Callable[..., None]


async def test_no_spelling_of_a_private_address_is_contacted(start_site: StartSite, record_property: Record) -> None:
    inside = await start_site()
    inside.page("/", b"<h1>secret</h1>")
    hosts = [*map(bare, PRIVATE), *SPELLED]
    urls = [f"http://{host}{port}/" for host in hosts for port in ("", f":{inside.port}")] + list(WRITTEN)
    guard = lying(lambda host, port: ["127.0.0.1"], inside.port)
    with watched() as contacted:
        reasons = {url: await refused(url, guard) for url in urls}
    assert contacted == []
    assert inside.asked == []
    assert set(reasons.values()) <= {"private_address", "bad_address", "port", "dns"}, reasons
    record_property(TABLE, f"private addresses by spelling: n = {2 * len(urls)} requests, 0 contacted")


@pytest.mark.parametrize("path", ["/", "/robots.txt"])
async def test_no_redirect_leads_to_a_private_address(
    start_site: StartSite, path: str, record_property: Record
) -> None:
    inside, outside = await start_site(), await start_site(PUBLIC)
    guard = lying(lambda host, port: [PUBLIC] if host == "shop.example" else ["127.0.0.1"], inside.port, outside.port)
    hosts = [*map(bare, PRIVATE), *SPELLED]
    ways = [f"http://{host}:{inside.port}/" for host in hosts if host.isascii()]
    ways += [f"//{host}:{inside.port}/" for host in hosts if host.isascii()]
    ways += [way for way in WRITTEN if way.isascii() and way.isprintable() and "shop.example:" not in way]
    tried = 0
    with watched() as contacted:
        for way in ways:
            outside.forward(path, way)
            try:
                await reader.read(f"http://shop.example:{outside.port}/", guard=guard, deadline=10.0)
            except Unreadable:
                tried += 1
    assert set(contacted) == {PUBLIC}
    assert inside.asked == []
    assert tried >= len(ways) * 0.9  # the rest leads back to the shop itself, such as a bare path
    record_property(TABLE, f"redirects of {path} to private addresses: n = {len(ways)}, 0 contacted")


async def test_no_answer_of_a_lying_resolver_leads_to_a_private_address(
    start_site: StartSite, record_property: Record
) -> None:
    """Public for so many questions, then private; private beside public, in either order."""
    outside, tried = await start_site(PUBLIC), 0
    outside.page("/", b"<h1>hello</h1><p>" + b"Words about the shop. " * 20 + b"</p>")
    url = f"http://shop.example:{outside.port}/"
    with watched() as contacted:
        for address in PRIVATE:
            for rounds in ([[address]], [[PUBLIC], [address]], [[PUBLIC, address]], [[address, PUBLIC]]):
                left = [list(one) for one in rounds]
                guard = lying(lambda host, port, left=left: left.pop(0) if len(left) > 1 else left[0], outside.port)  # type: ignore[misc]
                with pytest.raises(Unreadable):
                    await reader.read(url, guard=guard, deadline=10.0)
                tried += 1
    assert set(contacted) == {PUBLIC}
    record_property(TABLE, f"answers of a lying resolver: n = {tried}, 0 private addresses contacted")


async def test_the_watch_sees_a_private_address_that_is_contacted(start_site: StartSite) -> None:
    """The battery above could fail: without a guard the very same fetcher is heard."""
    inside = await start_site()
    inside.page("/", b"<h1>secret</h1>")
    with watched() as contacted, pytest.raises(Unreadable):
        await reader.read(f"http://127.0.0.1:{inside.port}/nowhere", guard=Guard(allow_origin=inside.url))
    assert set(contacted) == {"127.0.0.1"}
