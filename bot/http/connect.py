"""Connect pages: from a one-time link to a platform's consent page and back. The web carries codes, never tokens.

Opening a link decides nothing (chats fetch links to preview them); the button on the page does.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from bot.http.connected import opened_page
from bot.http.pages import page, say
from domain.accounts import Connector
from domain.errors import Refused
from domain.platforms import PLATFORMS, Platform
from pipeline.accounts import redirect_uri
from pipeline.connect import begin_connect, came_back, verifier_of
from pipeline.connected import CHOSEN, connect_status, keep, who_began
from pipeline.links import Purpose, use_link_code
from pipeline.ports import Hint
from storage.session import Database
from storage.vault import Vault

COOKIE = "amarktai_connect"
MINUTES = 20
"""Ten until the person is back, and ten to say what to keep."""
AGAIN = "Ask for a new link with /amarktai connect in Slack or /connect in Telegram."


@dataclass(frozen=True, slots=True)
class Way:
    """What the connect pages work with. One a web process."""

    database: Database
    vault: Vault
    connectors: Mapping[Platform, Connector]
    configured: Callable[[Platform], bool]
    hint: Hint
    base_url: str


def connect_routes(way: Way) -> APIRouter:
    """The page behind a link, the way there, the way back, and the page that waits."""
    router = APIRouter()

    @router.get("/connect/status")
    async def status(request: Request, state: str = "") -> Response:
        return await _status(request, state, way)

    @router.post("/connect/status")
    async def choose(request: Request) -> Response:
        form = await request.form()
        wanted = [one for one in form.getlist("keep") if isinstance(one, str)]
        return await _choose(request, str(form.get("state", "")), wanted, way)

    @router.get("/connect/{name}")
    async def offer(name: str, code: str = "") -> Response:
        platform = _platform(name)
        if platform is None or not code:
            return say("This link is incomplete", AGAIN, status=404)
        return page("connect.html", platform=PLATFORMS[platform].name, action=f"/connect/{name}", code=code)

    @router.post("/connect/{name}")
    async def leave(request: Request, name: str, code: str = Form("")) -> Response:
        return await _leave(request, name, code, way)

    @router.post("/connect/{name}/again")
    async def again(request: Request, name: str, state: str = Form("")) -> Response:
        return await _again(request, name, state, way)

    @router.get("/oauth/{name}/callback")
    async def back(request: Request, name: str) -> Response:
        return await _back(request, name, way)

    return router


async def _leave(request: Request, name: str, code: str, way: Way) -> Response:
    """Use the link up and go to the platform, with a state bound to this browser."""
    platform = _platform(name)
    if platform is None:
        return say("This link is incomplete", AGAIN, status=404)
    title = PLATFORMS[platform].name
    if not way.configured(platform):
        return say(
            f"{title} is not set up here", f"The operator has to enter {title}'s client id and secret.", status=503
        )
    browser = _browser(request) or secrets.token_urlsafe(24)
    try:
        link = await use_link_code(way.database, Purpose.CONNECT, code)
        if link.member_id is None or link.detail.get("platform") != platform:
            raise Refused("This link is for another platform.")
        state = await begin_connect(way.database, link.workspace_id, link.member_id, platform, browser)
    except Refused as refusal:
        return say("This link does not work", f"{refusal.sentence} {AGAIN}", status=403)
    return _away(platform, state, browser, way)


async def _again(request: Request, name: str, state: str, way: Way) -> Response:
    """To the platform once more, for another account, as the person whose browser shows what the last trip opened."""
    platform, browser = _platform(name), _browser(request)
    if platform is None:
        return say("This link is incomplete", AGAIN, status=404)
    try:
        workspace_id, member_id = await who_began(way.database, state, browser, platform)
        return _away(
            platform, await begin_connect(way.database, workspace_id, member_id, platform, browser), browser, way
        )
    except Refused as refusal:
        return say("This page does not work any more", f"{refusal.sentence} {AGAIN}", status=403)


def _away(platform: Platform, state: str, browser: str, way: Way) -> Response:
    """To the platform's consent page; the browser keeps the cookie by which it is known when it is back."""
    verifier, back = verifier_of(way.vault, state), redirect_uri(way.base_url, platform)
    address = way.connectors[platform].authorize_url(state=state, verifier=verifier, redirect_uri=back)
    answer = RedirectResponse(address, status_code=303)
    secure = way.base_url.startswith("https://")
    answer.set_cookie(COOKIE, browser, max_age=MINUTES * 60, httponly=True, samesite="lax", secure=secure)
    return answer


async def _back(request: Request, name: str, way: Way) -> Response:
    """The platform sent the browser back; the worker exchanges the code while the next page waits."""
    platform, asked = _platform(name), request.query_params
    if platform is None:
        return say("This address is incomplete", AGAIN, status=404)
    state = asked.get("state", "")
    try:
        await came_back(
            way.database,
            way.vault,
            way.hint,
            platform=platform,
            state=state,
            browser=_browser(request),
            code=asked.get("code"),
            error=asked.get("error"),
        )
    except Refused as refusal:
        return say("Nothing was connected", f"{refusal.sentence} {AGAIN}", status=403)
    return RedirectResponse(f"/connect/status?{urlencode({'state': state})}", status_code=303)


async def _status(request: Request, state: str, way: Way, wrong: str | None = None) -> Response:
    try:
        found = await connect_status(way.database, state, _browser(request))
    except Refused as refusal:
        return say("Nothing to see here", f"{refusal.sentence} {AGAIN}", status=403)
    if not found.done:
        return say("Connecting …", found.sentence, again_in=1)
    if found.connected:
        return opened_page(found, state, wrong)
    return say("Nothing was connected", f"{found.sentence} {AGAIN}")


async def _choose(request: Request, state: str, wanted: list[str], way: Way) -> Response:
    """Give back what is not wanted. Who chose before sees what it came to; whatever is wrong changes nothing."""
    try:
        await keep(way.database, way.hint, state, _browser(request), wanted)
    except Refused as refusal:
        if refusal.sentence != CHOSEN:
            return await _status(request, state, way, refusal.sentence)
    return RedirectResponse(f"/connect/status?{urlencode({'state': state})}", status_code=303)


def _platform(name: str) -> Platform | None:
    return Platform(name) if name in set(Platform) else None


def _browser(request: Request) -> str:
    value = request.cookies.get(COOKIE, "")
    return value if len(value) <= 64 else ""
