"""Add to Slack: the consent page, the code, the token, and the ways in which an install ends."""

import html
import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sandbox.people import BY_SLACK, PEOPLE, Person
from sandbox.slack import installs
from sandbox.slack.arguments import Arguments
from sandbox.slack.delivery import send_event
from sandbox.slack.installs import Caller
from sandbox.slack.refusals import Refused
from sandbox.slack.twin import Slack
from sandbox.slack.workspace import APP_ID, TEAMS

CODES = "slack.code"
CODE_LIFE = 600.0
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Add to Slack (sandbox)</title>
<style>body{{font:16px/1.5 system-ui;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1d1c1d}}
button{{font:inherit;padding:.5rem 1rem;margin:.2rem;border:1px solid #bbb;border-radius:.4rem;background:#fff}}
code{{background:#f4f4f4;padding:0 .3rem}}</style>
<h1>Amarktai Marketing wants to join a workspace</h1>{body}</html>"""


async def authorize(slack: Slack, request: Request) -> Response:
    """The page that the product sends people to. `_auto=U…` consents at once for unattended runs."""
    asked = dict(request.query_params)
    try:
        _check_link(slack, asked)
    except Refused as refused:
        row = refused.row
        return HTMLResponse(PAGE.format(body=f"<p><b>{row.code}</b>: {html.escape(row.when)}.</p>"), 400)
    person = BY_SLACK.get(asked.pop("_auto", ""))
    return _consent(asked) if person is None else _decide(slack, asked, person)


async def decide(slack: Slack, request: Request) -> Response:
    """Somebody pressed a button of the consent page."""
    asked = {name: str(value) for name, value in (await request.form()).items()}
    person = BY_SLACK.get(asked.pop("_person", ""))
    try:
        _check_link(slack, asked)
    except Refused as refused:
        return refused.response()
    return _back(asked, {"error": "access_denied"}) if person is None else _decide(slack, asked, person)


def access(slack: Slack, asked: Arguments) -> dict[str, Any]:
    """oauth.v2.access: the code for a token. The client proves itself by HTTP Basic or in the body."""
    _check_client(slack, asked)
    code = asked.need("code")
    found = slack.world.state.get(CODES, code)
    if found is None or slack.world.now() - found["at"] > CODE_LIFE:
        raise Refused("invalid_code")
    if found["used"]:
        raise Refused("code_already_used")
    if asked.text("redirect_uri", found["redirect_uri"]) != found["redirect_uri"]:
        raise Refused("bad_redirect_uri")
    slack.world.state.put(CODES, code, {**found, "used": True})
    granted = installs.install(slack.world, found["team"], found["scopes"], found["user"])
    slack.world.ledger.accept("slack", "install", found["team"], APP_ID, {"user": found["user"]})
    team = TEAMS[found["team"]]
    return {
        "app_id": APP_ID,
        "authed_user": {"id": found["user"]},
        "scope": ",".join(granted["scopes"]),
        "token_type": "bot",
        "access_token": granted["token"],
        "bot_user_id": team.bot_user,
        "team": {"id": team.id, "name": team.name},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def revoke(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """auth.revoke: the bot token was the only one, so the app is uninstalled with it."""
    if asked.flag("test"):
        return {"revoked": False}
    farewell(slack, who.team.id, "revoked")
    return {"revoked": True}


def uninstall(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """apps.uninstall"""
    identity, secret = asked.client or (asked.text("client_id"), asked.text("client_secret"))
    if identity != slack.world.secrets.slack_client_id:
        raise Refused("client_id_token_mismatch")
    if not secrets.compare_digest(secret.encode(), slack.world.secrets.slack_client_secret.encode()):
        raise Refused("bad_client_secret")
    farewell(slack, who.team.id, "uninstalled")
    return {}


def farewell(slack: Slack, team: str, status: str) -> bool:
    """The install is over: its tokens are dead before the two events leave, and their order is not fixed."""
    if not installs.end(slack.world, team, status):
        return False
    revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [TEAMS[team].bot_user]}}
    slack.world.spawn(send_event(slack, team, revoked))
    slack.world.spawn(send_event(slack, team, {"type": "app_uninstalled"}))
    return True


def _check_client(slack: Slack, asked: Arguments) -> None:
    identity, secret = asked.client or (asked.text("client_id"), asked.text("client_secret"))
    if identity != slack.world.secrets.slack_client_id:
        raise Refused("invalid_client_id")
    if not secrets.compare_digest(secret.encode(), slack.world.secrets.slack_client_secret.encode()):
        raise Refused("bad_client_secret")


def _check_link(slack: Slack, asked: dict[str, str]) -> None:
    """Raises invalid_client_id, bad_redirect_uri, invalid_scope."""
    if asked.get("client_id") != slack.world.secrets.slack_client_id:
        raise Refused("invalid_client_id")
    allowed = urlsplit(slack.world.config.product_url)
    try:
        given = urlsplit(asked.get("redirect_uri", ""))
    except ValueError as error:
        raise Refused("bad_redirect_uri") from error
    if (given.scheme, given.netloc) != (allowed.scheme, allowed.netloc) or given.fragment:
        raise Refused("bad_redirect_uri")
    scopes = _scopes(asked)
    if not scopes or not installs.SCOPES.issuperset(scopes):
        raise Refused("invalid_scope")


def _scopes(asked: dict[str, str]) -> list[str]:
    return [scope for scope in asked.get("scope", "").replace(" ", ",").split(",") if scope]


def _decide(slack: Slack, asked: dict[str, str], person: Person) -> Response:
    if person.is_restricted:  # a guest may not install apps
        return _back(asked, {"error": "access_denied"})
    code = f"sandbox-code-{secrets.token_hex(16)}"
    document = {"user": person.slack_id, "team": person.slack_team, "scopes": _scopes(asked), "used": False}
    slack.world.state.put(CODES, code, {**document, "redirect_uri": asked["redirect_uri"], "at": slack.world.now()})
    return _back(asked, {"code": code})


def _back(asked: dict[str, str], answer: dict[str, str]) -> Response:
    joint = "&" if urlsplit(asked["redirect_uri"]).query else "?"
    query = urlencode({**answer, "state": asked.get("state", "")})
    return RedirectResponse(f"{asked['redirect_uri']}{joint}{query}", 302)


def _consent(asked: dict[str, str]) -> Response:
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in asked.items()
    )
    scopes = " ".join(f"<code>{html.escape(scope)}</code>" for scope in _scopes(asked))
    allow = "".join(
        f'<button name="_person" value="{person.slack_id}">'
        f"Allow as {person.name} ({TEAMS[person.slack_team].name})</button>"
        for person in PEOPLE
    )
    deny = '<button name="_person" value="">Cancel</button>'
    form = f'<form method="post" action="/slack/oauth/v2/decide">{hidden}{allow}{deny}</form>'
    return HTMLResponse(PAGE.format(body=f"<p>It asks for {scopes}</p>{form}"))
