"""What stands in front of every request: headers, sizes, times, methods, and pages for what goes wrong."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from fastapi import APIRouter

from bot.http import guard
from bot.http.app import build_web
from bot.http.guard import BODY_LIMIT
from tests.bot.http.conftest import CONSENT, Site, browser, served

PAGES = ("/", "/robots.txt", "/static/site.css", "/health/live", "/nowhere", "/connect/x?code=a")


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_carries_the_security_headers(visitor: httpx.AsyncClient, path: str) -> None:
    headers = (await visitor.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"].startswith("max-age=63072000")
    assert "x-xss-protection" not in headers
    policy = headers["content-security-policy"]
    assert "unsafe-inline" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert f"form-action 'self' {CONSENT}" in policy


async def test_hsts_is_promised_only_where_the_base_address_is_https(build: Callable[..., Site]) -> None:
    async with browser(build(tls=False)) as visitor:
        assert "strict-transport-security" not in (await visitor.get("/")).headers


async def test_no_page_needs_what_the_policy_forbids(visitor: httpx.AsyncClient) -> None:
    for path in ("/", "/nowhere", "/connect/x?code=a"):
        text = (await visitor.get(path)).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text), path
        assert not re.search(r"<script(?! type=\"application/ld\+json\")", text), path


async def test_a_body_that_is_declared_too_large_is_refused_before_it_is_sent(site: Site) -> None:
    head = f"POST /connect/x HTTP/1.1\r\nHost: a\r\nContent-Length: {BODY_LIMIT + 1}\r\n\r\n"
    async with served(site.app) as place:
        assert b"413" in await raw(place, head.encode())


async def test_a_body_that_grows_too_large_is_refused(visitor: httpx.AsyncClient) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 65_536

    answer = await visitor.post("/connect/x", content=stream())
    assert answer.status_code == 413
    assert answer.text == "The request is larger than 1 MiB."
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_body_of_the_permitted_size_is_read(visitor: httpx.AsyncClient) -> None:
    assert (await visitor.post("/connect/nowhere", data={"code": "x" * 900_000})).status_code == 404


@pytest.mark.parametrize("length", ["-1", "1e9", "zero", "99999999999999999999999"])
async def test_a_nonsense_length_is_refused(site: Site, length: str) -> None:
    async with served(site.app) as place:
        answer = await raw(place, f"POST /connect/x HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n".encode())
    assert answer.split()[1] in (b"400", b"413")


async def test_a_body_that_drips_in_is_hung_up_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.2)
    head = b"POST /connect/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx"
    async with served(site.app) as place:
        answer = await raw(place, head, drip=b"x")
    assert b"408" in answer and b"too slowly" in answer


@pytest.mark.parametrize("before", [b"", b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"])
async def test_a_head_that_drips_in_is_hung_up_on(site: Site, monkeypatch: pytest.MonkeyPatch, before: bytes) -> None:
    async with served(site.app) as place:
        reader, writer = await asyncio.open_connection(*place)
        if before:
            writer.write(before)
            assert b"200 OK" in await reader.readuntil(b"true}")
        monkeypatch.setattr(guard, "HEADER_SECONDS", 0.3)
        writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
        assert await until_hung_up(reader, writer, drip=b"x") == b""


async def test_somebody_who_says_nothing_is_hung_up_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "HEADER_SECONDS", 0.2)
    async with served(site.app) as place:
        assert await raw(place, b"") == b""


async def test_an_unknown_address_gets_a_page_with_a_way_home(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/nowhere/at/all")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text and 'href="/"' in answer.text


@pytest.mark.parametrize("path", ["/", "/robots.txt", "/static/site.css", "/health/live", "/connect/x?code=a"])
async def test_head_is_get_without_a_body(site: Site, path: str) -> None:
    async with served(site.app) as (host, port), httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
        get, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "TRACE", "PROPFIND", "OPTIONS", "BREW"])
async def test_other_methods_are_refused_in_words(visitor: httpx.AsyncClient, method: str) -> None:
    answer = await visitor.request(method, "/")
    assert answer.status_code == 405
    assert "That does not work" in answer.text and "GET" in answer.headers["allow"]


async def test_a_fault_of_ours_shows_a_page_and_never_how_it_came_about() -> None:
    router = APIRouter()

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("secret detail")

    site = Site(build_web([router], {}, tls=True, form_targets=[]), [])
    async with browser(site) as visitor:
        answer = await visitor.get("/broken")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "secret" not in answer.text and "Traceback" not in answer.text
    assert "content-security-policy" in answer.headers


async def test_a_file_where_a_word_is_expected_is_refused_in_words(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.post("/connect/x", files={"code": ("a.txt", b"words")})
    assert answer.status_code == 400
    assert "That does not work" in answer.text


async def test_files_outside_the_static_folder_are_not_served(site: Site) -> None:
    async with served(site.app) as place:
        for path in (
            "/static/../pages.py",
            "/static/%2e%2e/pages.py",
            "/static/..%2f..%2fanswers.py",
            "/static//etc/passwd",
        ):
            answer = await raw(place, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
            assert answer.split()[1] == b"404", path


async def raw(place: tuple[str, int], sent: bytes, drip: bytes = b"") -> bytes:
    """Send bytes, then `drip` again and again; everything that came back until the server hung up."""
    reader, writer = await asyncio.open_connection(*place)
    writer.write(sent)
    return await until_hung_up(reader, writer, drip)


async def until_hung_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, drip: bytes) -> bytes:
    reading = asyncio.create_task(reader.read())
    async with asyncio.timeout(15):
        while not (await asyncio.wait({reading}, timeout=0.05))[0]:
            if drip and not writer.is_closing():
                writer.write(drip)
    writer.close()
    try:
        return reading.result()
    except ConnectionResetError:
        return b""
