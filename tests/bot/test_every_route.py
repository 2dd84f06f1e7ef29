"""Every route that there is, under every kind of request: never a fault of ours, never a traceback, nothing given back unescaped."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.answers import Offers
from bot.http.app import build_web
from bot.http.connect import Way, connect_routes
from bot.http.guard import Guard
from bot.http.health import health
from bot.http.media import media_routes
from bot.http.pages import landing
from bot.http.settings import settings_routes
from bot.slack.app import build_app
from bot.slack.ingress import PATH
from bot.slack.ingress import Ingress as SlackIngress
from bot.slack.oauth import oauth_routes
from bot.telegram.client import TelegramSettings, make_bot
from bot.telegram.edge import build_edge
from bot.telegram.ingress import Ingress as TelegramIngress
from bot.telegram.taking import Taker
from domain.platforms import Platform
from domain.secret import Secret
from pipeline.agents.chart import Chart
from pipeline.media_links import MediaLinks
from storage.blobs import Media
from tests.bot.forging import TOKEN, by_slack
from tests.bot.http.conftest import BASE, CONSENT, Consent
from tests.bot.slack.conftest import (  # noqa: F401 - fixtures
    House,
    hint,
    house,
    listener,
    logins,
    product_url,
    sandbox,
    stage,
    vault,
    web,
    worker,
)
from tests.sharing import TABLE

EXAMPLES = 6
"""Of each route and method; the slow group has many more."""
MARK = "<script>zq1</script>"
SECRET = "s" * 40

WORDS = st.sampled_from(
    [
        "", " ", MARK, f'"{MARK}', f"'{MARK}", f"javascript:{MARK}", "\x00", "%00", "%", "%zz", "../../etc/passwd",
        "..%2f..%2f", "' OR 1=1 --",
        "{{7*7}}", "${7*7}", "x" * 5_000, "🎈", "\u202e", "\ud7ff", "-1", "0", "1", "9" * 400, "1e400", "NaN", "null", "true",
        "[]", "x", "linkedin",
        "00000000-0000-0000-0000-000000000000", "\r\nSet-Cookie: a=b", "bytes=0-1", "💥" * 300,
    ]
) | st.text(max_size=40)  # fmt: skip
NAMES = st.sampled_from(
    [
        "code", "state", "error", "error_description", "platform", "t", "token", "next", "title", "privacy", "consent", "a[b]",
        "", "x", "payload",
        "update_id", "ssl_check", "command",
    ]
)  # fmt: skip
KINDS = st.sampled_from(
    [
        "", "application/json", "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-16",
        "multipart/form-data",
        "multipart/form-data; boundary=x", "text/plain; charset=nonsense", "application/xml", "image/png", MARK,
    ]
)  # fmt: skip
BODIES = (
    st.binary(max_size=200)
    | WORDS.map(str.encode)
    | st.dictionaries(NAMES, WORDS, max_size=4).map(lambda it: str(httpx.QueryParams(it)).encode())
    | st.sampled_from(
        [
            b"[" * 50_000, b"{", b'{"update_id": 1}', b'{"update_id": 1e999}', b"payload=%7B%7D", b"--x\r\n",
            b"--x\r\n\r\n\r\n--x--", b"a=1&" * 5_000,
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nc\r\n--x--\r\n',
            b'{"type":"event_callback","event":{"type":[]}}',
        ]
    )
)  # fmt: skip
HEADER_NAMES = (
    "cookie", "origin", "referer", "x-forwarded-for", "x-forwarded-host", "host", "range", "accept", "authorization", "if-none-match",
    "accept-language", "x-http-method-override", "if-modified-since", "content-encoding", "expect",
)  # fmt: skip
HEADER_VALUES = (
    MARK, "bytes=0-1", "bytes=-", "Bearer x", "Basic !!!", "gzip", "*", "\xff", "a=b; " * 200, "DELETE", "Thu, 99 Foo 0",
)  # fmt: skip
HEADERS = st.dictionaries(
    st.sampled_from(HEADER_NAMES),
    st.sampled_from(HEADER_VALUES) | st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=60),
    max_size=3,
)
OFTEN = ("GET", "POST")
METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@pytest.fixture
def front(house: House, tmp_path: Path) -> Guard:  # noqa: F811
    """The web application with everything that a web process serves."""
    desk, given = house.desk, httpx.get(f"{house.sandbox.base_url}/_sandbox/settings").json()

    async def fine() -> None:
        return None

    async def chart(_: Chart) -> bytes:
        return b""

    telegram = TelegramSettings(given["TELEGRAM_API_URL"], Secret(given["TELEGRAM_BOT_TOKEN"]), Secret(SECRET), BASE)
    edge = build_edge(make_bot(telegram), desk.deciding, chart, BASE, Offers((Platform.X,)))
    consent = Consent()
    way = Way(desk.database, desk.vault, {Platform.X: consent}, lambda _: True, desk.talk.hint, BASE)
    routers = [
        health(desk.database, fine),
        landing(has_slack=True, telegram_name=edge.voice.name),
        connect_routes(way),
        settings_routes(desk.deciding),
        media_routes(MediaLinks(desk.vault, BASE, True), Media.at("", tmp_path)),
        oauth_routes(desk),
    ]
    webhooks: dict[str, Any] = {
        PATH: SlackIngress(build_app(desk), desk.settings.signing_secret),
        "/telegram/webhook": TelegramIngress(Taker(edge), telegram.webhook_secret),
    }
    return build_web(routers, webhooks, tls=True, form_targets=[CONSENT])


def places(front: Guard) -> Iterator[tuple[str, str]]:
    """Every path with every method: those of the OpenAPI document, those past the framework, and some that are nobody's."""
    app = front._app
    assert isinstance(app, FastAPI)
    paths = [*app.openapi()["paths"], *(route.path for route in app.routes if hasattr(route, "path")), *front._raw]  # type: ignore[attr-defined]
    paths += ["/static/site.css", "/static/{name}", "/{name}", "/", "/slack/events/", "//", "/metrics"]
    for path in sorted(set(paths)):
        for method in METHODS:
            yield method, path


async def test_no_request_to_any_route_brings_out_a_fault_of_ours(
    front: Guard,
    house: House,  # noqa: F811
    record_property: Callable[..., None],
) -> None:
    await requests_to_every_route(front, house, EXAMPLES, record_property)


async def requests_to_every_route(
    front: Guard,
    house: House,  # noqa: F811
    examples: int,
    record_property: Callable[..., None],
) -> None:
    loop, statuses = asyncio.get_running_loop(), Counter[int]()
    secret = house.desk.settings.signing_secret.reveal().encode()

    async def ask(method: str, path: str, body: bytes, headers: dict[str, bytes]) -> httpx.Response:
        if path == PATH:  # genuine by its signature, so that what comes after it is tried, too
            genuine = by_slack(path, body, secret)
            headers |= {name.decode(): value for name, value in genuine.headers if name.startswith(b"x-slack")}
        headers |= {TOKEN.decode(): SECRET.encode()} if path == "/telegram/webhook" else {}
        transport = httpx.ASGITransport(front)  # an exception of ours comes out here
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            sent = [(name.encode(), value) for name, value in headers.items()]
            return await client.request(method, path, content=body, headers=sent)

    def one(chance: Any, method: str, template: str) -> None:
        path = re.sub(r"\{[^}]*\}", lambda _: quote(chance.draw(WORDS), safe=""), template)
        query = chance.draw(st.dictionaries(NAMES, WORDS, max_size=3))
        headers = {name: value.encode("latin-1") for name, value in chance.draw(HEADERS).items()}
        headers["content-type"] = chance.draw(KINDS).encode()
        where = path if path in front._raw else f"{path}?{httpx.QueryParams(query)}"
        asked = ask(method, where, chance.draw(BODIES), headers)
        answer = asyncio.run_coroutine_threadsafe(asked, loop).result(30)
        statuses[answer.status_code] += 1
        assert answer.status_code < 500 or answer.status_code == 503, (method, where, answer.text[:500])
        assert "Traceback" not in answer.text
        assert "zq1</script>" not in answer.text or "html" not in answer.headers.get("content-type", ""), where
        assert "\r\nSet-Cookie" not in str(answer.headers)

    def many(method: str, template: str) -> None:
        @settings(
            max_examples=examples if method in OFTEN else max(examples // 6, 1),
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
        )
        @given(chance=st.data())
        def some(chance: Any) -> None:
            one(chance, method, template)

        some()

    def all_of_them() -> None:
        for method, template in places(front):
            many(method, template)

    await asyncio.to_thread(all_of_them)
    await house.desk.errands.settle()
    told = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    count = len(list(places(front)))
    record_property(
        TABLE, f"requests to every route: n = {statuses.total()} over {count} pairs of method and path: {told}"
    )
    assert statuses[200] and statuses[404]
