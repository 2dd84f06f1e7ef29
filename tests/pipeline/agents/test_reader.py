"""The reader against kind and hostile servers, over real sockets on loopback."""

import asyncio
import gzip
import socket
from collections.abc import Callable, Iterable
from ipaddress import ip_network
from typing import Any

import pytest
from ssrfguard import Policy

from domain.page import FactKind, Unreadable
from pipeline.agents import reader
from pipeline.agents.fetch import Guard
from tests.pipeline.agents.sites import Site, StartSite

Html = Callable[[str], bytes]
PUBLIC = "127.0.0.2"
"""Plays a public address: the tests' policy allows it, and only it."""


def own(site: Site) -> Guard:
    return Guard(allow_origin=site.url)


def lying(answers: dict[str, list[list[str]]]) -> Callable[..., Iterable[Any]]:
    """A resolver whose answer for a name changes with each question; the last one stays."""

    def resolve(host: str, port: int, *_: object, **__: object) -> list[Any]:
        rounds = answers[host]
        addresses = rounds.pop(0) if len(rounds) > 1 else rounds[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return resolve


def guarded(answers: dict[str, list[list[str]]], *ports: int, allow: str | None = None) -> Guard:
    policy = Policy(allowed_networks=(ip_network(f"{PUBLIC}/32"),), allowed_ports=frozenset({80, 443, *ports}))
    return Guard(allow_origin=allow, policy=policy, resolver=lying(answers))


async def refusal(url: str, guard: Guard | None = None, deadline: float = 10.0) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        await reader.read(url, guard=guard, deadline=deadline)
    assert "describe the web app" in caught.value.sentence
    return caught.value


async def test_a_page_is_read_with_its_facts_and_where_they_stood(start_site: StartSite, html: Html) -> None:
    site = await start_site()
    site.page("/", html("tidewater"))
    page = await reader.read(site.url + "/", guard=own(site))
    assert page.name == "Tidewater"
    promise = page.of(FactKind.PROMISE)[0]
    assert (promise.text, promise.source.where) == ("Your reception desk, open all night", "h1")
    assert [fact.text for fact in page.of(FactKind.PRICE)] == ["Solo: €19 / month", "Practice: €49 / month"]


async def test_sister_pages_of_the_same_site_add_their_facts(start_site: StartSite, html: Html) -> None:
    site = await start_site()
    site.page("/", html("tidewater"))
    site.page(
        "/pricing",
        b"<h1>Pricing</h1><section id=pricing><h3>Clinic</h3><p>99 EUR a month</p></section>"
        + b"<p>More words about it.</p>" * 3,
    )
    page = await reader.read(site.url + "/", guard=own(site))
    assert "Clinic: 99 EUR a month" in [fact.text for fact in page.of(FactKind.PRICE)]
    assert page.of(FactKind.PRICE)[-1].source.url == site.url + "/pricing"


async def test_a_missing_page_says_404(start_site: StartSite) -> None:
    site = await start_site()
    assert "no page at this address (404)" in (await refusal(site.url + "/gone", own(site))).sentence


async def test_an_error_answer_is_named(start_site: StartSite) -> None:
    site = await start_site()
    site.page("/", b"oops", status="503 Service Unavailable")
    assert (await refusal(site.url + "/", own(site))).detail == "503"


async def test_fifty_megabytes_are_not_read_to_the_end(start_site: StartSite) -> None:
    site = await start_site()
    sent = 0

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 50000000\r\n\r\n")
        while sent < 50_000_000:
            writer.write(b"<p>more</p>" * 6000)
            await writer.drain()
            sent += 66_000

    site.routes["/"] = flood
    assert (await refusal(site.url + "/", own(site))).reason == "too_large"
    assert sent < 20_000_000


async def test_a_page_that_unpacks_to_a_giant_is_too_large(start_site: StartSite) -> None:
    site = await start_site()
    site.page("/", gzip.compress(b"<p>a</p>" * 8_000_000), extra="Content-Encoding: gzip\r\n")
    assert (await refusal(site.url + "/", own(site))).reason == "too_large"


async def test_a_packed_page_is_unpacked(start_site: StartSite, html: Html) -> None:
    site = await start_site()
    site.page("/", gzip.compress(html("kornblume")), extra="Content-Encoding: gzip\r\n")
    assert (await reader.read(site.url + "/", guard=own(site))).name == "Kornblume"


async def test_a_redirect_to_this_machine_is_not_followed(start_site: StartSite) -> None:
    inside, outside = await start_site(), await start_site(PUBLIC)
    inside.page("/", b"<h1>secret</h1>")
    outside.forward("/", f"{inside.url}/")
    guard = guarded({"shop.example": [[PUBLIC]]}, inside.port, outside.port)
    assert (await refusal(f"http://shop.example:{outside.port}/", guard)).reason == "private_address"
    assert outside.asked == ["/robots.txt", "/"]
    assert inside.asked == []


async def test_the_allowed_origin_cannot_forward_to_another_private_port(start_site: StartSite) -> None:
    inside, home = await start_site(), await start_site()
    home.forward("/", f"{inside.url}/")
    assert (await refusal(home.url + "/", own(home))).reason in ("private_address", "bad_address", "port")
    assert inside.asked == []


async def test_a_strangers_page_cannot_forward_to_the_allowed_origin(start_site: StartSite) -> None:
    home, outside = await start_site(), await start_site(PUBLIC)
    home.page("/", b"<h1>ours</h1>")
    outside.forward("/", f"{home.url}/")
    guard = guarded({"shop.example": [[PUBLIC]]}, home.port, outside.port, allow=home.url)
    assert (await refusal(f"http://shop.example:{outside.port}/", guard)).reason == "private_address"
    assert home.asked == []


async def test_a_name_that_changes_its_address_between_two_questions_is_refused(start_site: StartSite) -> None:
    inside, outside = await start_site(), await start_site(PUBLIC)
    inside.page("/", b"<h1>secret</h1>")
    answers = {"rebind.example": [[PUBLIC], ["127.0.0.1"]]}
    guard = guarded(answers, inside.port, outside.port)
    assert (await refusal(f"http://rebind.example:{inside.port}/", guard)).reason in ("unreachable", "private_address")
    outside.page("/", b"<h1>hello</h1>")
    guard = guarded({"rebind.example": [[PUBLIC], ["127.0.0.1"]]}, outside.port)
    assert (await refusal(f"http://rebind.example:{outside.port}/", guard)).reason == "private_address"
    assert inside.asked == []
    assert outside.asked == ["/robots.txt"]


async def test_one_private_address_among_public_ones_refuses_the_name(start_site: StartSite) -> None:
    outside = await start_site(PUBLIC)
    guard = guarded({"mixed.example": [[PUBLIC, "127.0.0.1"]]}, outside.port)
    assert (await refusal(f"http://mixed.example:{outside.port}/", guard)).reason == "private_address"
    assert outside.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.8/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "http://someone:secret@93.184.216.34/",
        "http://93.184.216.34:6379/",
        "http:///nowhere",
        "http://[broken/",
        "javascript:alert(1)",
        "http://" + "a" * 3000 + ".example/",
    ],
)
async def test_hostile_addresses_are_refused_in_words(url: str) -> None:
    assert (await refusal(url)).reason in ("private_address", "bad_address", "port")


async def test_a_pdf_is_named_as_one(start_site: StartSite) -> None:
    site = await start_site()
    site.page("/", b"%PDF-1.7", kind="application/pdf")
    assert "leads to a PDF" in (await refusal(site.url + "/", own(site))).sentence


@pytest.mark.parametrize(
    "body", [b"", b"   \n", b"<html><body></body></html>", b"<!-- nothing -->", b"\x00\xff\xfe\x00"]
)
async def test_an_empty_page_is_called_empty(body: bytes, start_site: StartSite) -> None:
    site = await start_site()
    site.page("/", body)
    assert (await refusal(site.url + "/", own(site))).reason == "empty"


async def test_a_page_drawn_by_scripts_says_so(start_site: StartSite, html: Html) -> None:
    site = await start_site()
    site.page("/", html("spa"))
    assert "drawn by scripts only" in (await refusal(site.url + "/", own(site))).sentence


async def test_a_redirect_loop_ends(start_site: StartSite) -> None:
    site = await start_site()
    site.forward("/", "/again")
    site.forward("/again", "/")
    assert (await refusal(site.url + "/", own(site))).reason == "redirect_loop"
    assert site.asked.count("/") == 3


async def test_a_redirect_within_the_site_is_followed(start_site: StartSite, html: Html) -> None:
    site = await start_site()
    site.forward("/", "/de/")
    site.page("/de/", html("kornblume"))
    page = await reader.read(site.url + "/", guard=own(site))
    assert page.url == site.url + "/de/"


async def test_robots_txt_is_obeyed(start_site: StartSite, html: Html) -> None:
    site = await start_site()
    site.page("/", html("tidewater"))
    site.page("/robots.txt", b"User-agent: *\nDisallow: /\n", kind="text/plain")
    assert (await refusal(site.url + "/", own(site))).reason == "robots"
    assert site.asked == ["/robots.txt"]


async def test_a_broken_robots_txt_means_wait(start_site: StartSite, html: Html) -> None:
    site = await start_site()
    site.page("/", html("tidewater"))
    site.page("/robots.txt", b"", status="500 Internal Server Error")
    assert (await refusal(site.url + "/", own(site))).reason == "robots_wait"
    assert site.asked == ["/robots.txt"]


async def test_a_server_that_never_answers_is_left(start_site: StartSite) -> None:
    site = await start_site()

    async def silence(_: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    site.page("/robots.txt", b"", kind="text/plain")
    site.routes["/"] = silence
    assert (await refusal(site.url + "/", own(site), deadline=0.3)).reason == "timeout"


async def test_an_unusual_port_is_refused_in_plain_words() -> None:
    refused = await refusal("http://127.0.0.1:9/")
    assert refused.reason == "port" and refused.sentence.startswith("127.0.0.1 is asked for on an unusual port")


async def test_a_closed_port_is_unreachable(start_site: StartSite) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert (await refusal(url + "/", Guard(allow_origin=url))).reason == "unreachable"


async def test_an_unknown_name_is_called_unknown() -> None:
    def nobody(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert (await refusal("http://nosuch.example/", Guard(resolver=nobody))).reason == "dns"


async def test_a_proxy_of_the_environment_is_ignored(
    start_site: StartSite, html: Html, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, site = await start_site(), await start_site()
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("ALL_PROXY", proxy.url)
    site.page("/", html("plain"))
    await reader.read(site.url + "/", guard=own(site))
    assert proxy.asked == []


async def test_a_share_picture_comes_through_the_same_guard(start_site: StartSite) -> None:
    site = await start_site()
    site.page("/og.png", b"\x89PNG", kind="image/png")
    site.page("/og.html", b"<p>no picture</p>")
    assert await reader.picture(site.url + "/og.png", guard=own(site)) == b"\x89PNG"
    assert await reader.picture(site.url + "/og.html", guard=own(site)) is None
    assert await reader.picture(site.url + "/og.png") is None
