"""Whatever is sent to whatever address, the answer is a sentence and never a fault of ours."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bot.http.conftest import BASE, Site

PATHS = st.sampled_from(
    [
        "/", "/robots.txt", "/health/live", "/connect/x", "/connect/linkedin", "/connect/tiktok", "/connect/status",
        "/settings", "/oauth/x/callback", "/oauth/linkedin/callback", "/static/site.css", "/static/", "/metrics",
    ]
) | st.text(min_size=1, max_size=30).map(lambda text: "/" + text.lstrip("/"))  # fmt: skip
METHODS = st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
WORDS = st.text(max_size=60) | st.sampled_from(
    ["\x00", "' OR 1=1 --", "%00", "../../etc/passwd", "x" * 3_000, "\ud7ff", "🎈"]
)
NAMES = st.sampled_from(["code", "state", "error", "platform", "", "x"])
TYPES = st.sampled_from(
    [
        "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", "application/json",
        "text/plain; charset=nonsense", "application/x-www-form-urlencoded; charset=utf-16", "",
    ]
)  # fmt: skip
HEADERS = st.dictionaries(
    st.sampled_from(["cookie", "origin", "referer", "x-forwarded-for", "x-forwarded-proto", "host", "range", "accept"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=80).map(lambda text: text.encode("latin-1")),
    max_size=3,
)


@pytest.fixture
def ask(build: Callable[..., Site]) -> Callable[..., Any]:
    """Sends one request to a site of its own."""
    site = build()

    async def one(method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(site.app)  # an exception of ours comes out here
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.request(method, path, **more)

    return one


async def test_nothing_that_is_sent_brings_out_a_fault_of_ours(ask: Callable[..., Any]) -> None:
    loop = asyncio.get_running_loop()

    @given(
        METHODS,
        PATHS,
        st.dictionaries(NAMES, WORDS, max_size=3),
        st.binary(max_size=200) | WORDS.map(str.encode),
        TYPES,
        HEADERS,
    )
    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    def anything(
        method: str, path: str, query: dict[str, str], body: bytes, kind: str, headers: dict[str, bytes]
    ) -> None:
        sent = {"content-type": kind.encode(), **headers}
        url = BASE + quote(path)
        content = body if method in ("POST", "PUT", "PATCH") else None
        request = ask(method, url, params=query, content=content, headers=sent)
        answer = asyncio.run_coroutine_threadsafe(request, loop).result(20)
        assert answer.status_code < 500 or answer.status_code == 503, (method, path, answer.text)
        assert "Traceback" not in answer.text
        assert "content-security-policy" in answer.headers

    await asyncio.to_thread(anything)
