"""Add to Slack: the way there with a state bound to the browser, and the way back with a token for the vault."""

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import structlog
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from slack_sdk.errors import SlackApiError

from bot.http.pages import page, say
from bot.slack.desk import SLACK_TROUBLE, Desk
from bot.slack.errors import code_of
from bot.slack.events import publish_home
from bot.slack.guests import fit_for_role
from bot.slack.payloads import Actor
from bot.slack.render import render_words
from domain.errors import Refused
from domain.secret import Secret
from pipeline.links import Purpose, slack_invitation, use_link_code
from pipeline.workspaces import Begun, SlackInstall, begin_slack_install, install_slack, use_slack_state

log = structlog.get_logger(__name__)

SCOPES = (
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:read",
    "users:read",
)
"""channels:join for `/amarktai here`; channels:read and groups:read for a channel's name and that we joined or left it;
files:write for pictures on cards, files:read for those and for what people hand over; users:read for names and guests."""

COOKIE = "amarktai_slack"
MINUTES = 10
_BEGIN_AGAIN = ("/slack/install", "Begin again")
WELCOME = (
    "Amarktai is here. Three steps: type /amarktai add and your web app's address, /amarktai connect for the accounts, "
    "and /amarktai here in the channel in which you want to approve posts."
)


class Ended(Exception):
    """The install ends here; `text` tells the person why and what to do."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.text, self.status = text, status


def oauth_routes(desk: Desk) -> APIRouter:
    """GET /slack/install, /slack/join with its form, and /slack/oauth_redirect."""
    router = APIRouter()

    @router.get("/slack/install")
    async def install(request: Request) -> Response:
        return await _begin(request, desk)

    @router.get("/slack/join")
    async def invited(code: str = "") -> Response:
        """Opening the link decides nothing: chats fetch links to preview them."""
        try:
            found = await slack_invitation(desk.database, code)
        except Refused as refused:
            return _not_joined(refused)
        return page("join_slack.html", workspace=found.workspace, by=found.by, code=code)

    @router.post("/slack/join")
    async def join(request: Request, code: str = Form("")) -> Response:
        try:
            found = await slack_invitation(desk.database, code)
            await use_link_code(desk.database, Purpose.CONNECT, code)
            return await _begin(request, desk, (found.workspace_id, found.member_id))
        except Refused as refused:
            return _not_joined(refused)

    @router.get("/slack/oauth_redirect")
    async def oauth_redirect(request: Request) -> Response:
        try:
            return await _come_back(request, desk)
        except Ended as ended:
            return say("Slack was not added", ended.text, status=ended.status, link=_BEGIN_AGAIN)

    return router


def redirect_uri(desk: Desk) -> str:
    """Where Slack sends the browser back to."""
    return f"{desk.settings.base_url.rstrip('/')}/slack/oauth_redirect"


def _not_joined(refused: Refused) -> Response:
    text = f"{refused.sentence} In a private chat with our Telegram bot: /connect slack."
    return say("This link does not work", text, status=403)


async def _begin(request: Request, desk: Desk, into: tuple[UUID, UUID] | None = None) -> Response:
    """Off to Slack. The state works once, for ten minutes, in this browser. Raises `NotAllowed` for `into`."""
    browser = _cookie(request) or secrets.token_urlsafe(24)
    state = await begin_slack_install(desk.database, browser, into=into)
    query = {
        "client_id": desk.settings.client_id,
        "scope": ",".join(SCOPES),
        "redirect_uri": redirect_uri(desk),
        "state": state,
    }
    answer = RedirectResponse(f"{desk.settings.authorize_url}?{urlencode(query)}", 303)
    answer.set_cookie(
        COOKIE,
        browser,
        max_age=MINUTES * 60,
        path="/slack",
        httponly=True,
        samesite="lax",
        secure=desk.settings.base_url.startswith("https://"),
    )
    return answer


async def _come_back(request: Request, desk: Desk) -> Response:
    asked = request.query_params
    into = await _use_state(asked.get("state", ""), _cookie(request), desk)
    if "error" in asked or not asked.get("code"):
        raise Ended("Slack was told no. Nothing was installed; begin again whenever you like.")
    granted = await _exchange(asked["code"], desk)
    begun = await install_slack(desk.database, desk.vault, desk.hint, granted.install, into=into)
    desk.teams.forget(granted.install.team_ref)
    actor = Actor(granted.install.team_ref, granted.install.user_ref, granted.install.team_ref)
    desk.errands.spawn("welcome the installer", _welcome(actor, desk))
    desk.errands.spawn("draw the App Home", publish_home(actor, desk))
    text = _added(granted.install.team_name, begun, into)
    return say("Added to Slack", text, link=(granted.open_link, "Open Slack"))


def _added(team: str, begun: Begun, into: tuple[UUID, UUID] | None) -> str:
    """What became of it, and what comes next."""
    if into is not None and begun.workspace_id != into[0]:
        return f"{team} has a workspace of its own with Amarktai already, so it did not join yours. Nothing moved."
    if begun.member_id is None:
        return f"Amarktai was installed in {team} anew. Ask an owner there to give you a role: /amarktai people grant."
    return f"Amarktai is in {team}. The next step is a message from Amarktai in Slack."


def _cookie(request: Request) -> str:
    value = request.cookies.get(COOKIE, "")
    return value if 16 <= len(value) <= 100 else ""


async def _use_state(state: str, browser: str, desk: Desk) -> tuple[UUID, UUID] | None:
    """Use the state up; for whom it was begun. Raises `Ended` for one that is unknown, old, used, or began in another browser."""
    try:
        return await use_slack_state(desk.database, state, browser)
    except Refused as refused:
        raise Ended(refused.sentence, 403) from refused


@dataclass(frozen=True, slots=True)
class _Granted:
    install: SlackInstall
    open_link: str


async def _exchange(code: str, desk: Desk) -> _Granted:
    """The code for a token. Raises `Ended`."""
    settings = desk.settings
    try:
        answer: Any = await desk.http.client().oauth_v2_access(
            client_id=settings.client_id,
            client_secret=settings.client_secret.reveal(),
            code=code,
            redirect_uri=redirect_uri(desk),
        )
    except SlackApiError as error:
        log.warning("Slack did not exchange a code", why=code_of(error))
        raise Ended("Slack did not accept its own answer. It may have been used already.") from error
    except SLACK_TROUBLE as error:
        raise Ended("Slack did not answer. Try again in a minute.", 502) from error
    team, token = answer.get("team"), answer.get("access_token")
    if not isinstance(team, dict) or not token:
        raise Ended("Amarktai is installed in one Slack workspace at a time. Choose a workspace, not the organisation.")
    return await _granted(answer, team, Secret(str(token)), desk)


async def _granted(answer: Any, team: dict[str, Any], token: Secret, desk: Desk) -> _Granted:
    user_ref = str(answer["authed_user"]["id"])
    install = SlackInstall(
        team_ref=str(team["id"]),
        team_name=str(team.get("name") or team["id"]),
        user_ref=user_ref,
        user_name=await _name(user_ref, str(team["id"]), token, desk),
        bot_user_ref=str(answer.get("bot_user_id") or ""),
        bot_ref=str(answer.get("bot_id") or ""),
        app_ref=str(answer.get("app_id") or ""),
        scopes=str(answer.get("scope") or ""),
        bot_token=token,
    )
    return _Granted(install, f"https://slack.com/app_redirect?app={install.app_ref}&team={install.team_ref}")


async def _name(user_ref: str, team: str, token: Secret, desk: Desk) -> str:
    """The installer's name, if they can own a workspace here: a guest or somebody of another team cannot."""
    try:
        told: Any = await desk.http.client(token).users_info(user=user_ref)
    except SLACK_TROUBLE as error:
        raise Ended("Slack did not tell who you are. Try again in a minute.", 502) from error
    try:
        return fit_for_role(told["user"], team)
    except Refused as refused:
        raise Ended(refused.sentence, 403) from refused


async def _welcome(actor: Actor, desk: Desk) -> None:
    client, words = await desk.client(actor.team), render_words(WELCOME)
    await client.chat_postMessage(channel=actor.user, text=words.text, blocks=list(words.blocks))
