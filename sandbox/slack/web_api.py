"""The Web API: one table of methods with their scope and pace, and one way in for all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.faults import answer
from sandbox.slack import arguments, chat, conversations, files, installs, oauth, views
from sandbox.slack.arguments import Arguments
from sandbox.slack.installs import Caller
from sandbox.slack.refusals import Refused
from sandbox.slack.twin import Slack
from sandbox.slack.workspace import APP_ID

Work = Callable[[Slack, Caller, Arguments], dict[str, Any]]


@dataclass(frozen=True)
class Method:
    """One method: its rate tier, the scopes of which one is needed, and what it does."""

    tier: str
    scopes: tuple[str, ...]
    work: Work


_CONVERSATIONS = ("channels:read", "groups:read", "im:read", "mpim:read")
METHODS: dict[str, Method] = {
    "auth.test": Method("special", (), conversations.auth_test),
    "auth.revoke": Method("3", (), oauth.revoke),
    "apps.uninstall": Method("1", (), oauth.uninstall),
    "blocks.validate": Method("4", (), chat.validate),
    "chat.postMessage": Method("message", ("chat:write",), chat.post_message),
    "chat.update": Method("3", ("chat:write",), chat.update),
    "chat.delete": Method("3", ("chat:write",), chat.delete),
    "chat.postEphemeral": Method("4", ("chat:write",), chat.post_ephemeral),
    "chat.getPermalink": Method("special", (), chat.permalink),
    "views.open": Method("4", (), views.open_view),
    "views.push": Method("4", (), views.push),
    "views.update": Method("4", (), views.update),
    "views.publish": Method("4", (), views.publish),
    "users.info": Method("4", ("users:read",), conversations.users_info),
    "conversations.info": Method("3", _CONVERSATIONS, conversations.info),
    "conversations.open": Method("3", ("im:write", "mpim:write"), conversations.open_direct),
    "conversations.join": Method("3", ("channels:join",), conversations.join),
    "conversations.list": Method("2", _CONVERSATIONS, conversations.listing),
    "conversations.members": Method("4", _CONVERSATIONS, conversations.members),
    "files.getUploadURLExternal": Method("4", ("files:write",), files.get_upload_url),
    "files.completeUploadExternal": Method("4", ("files:write",), files.complete_upload),
    "files.info": Method("4", ("files:read",), files.info),
    "team.info": Method("3", ("team:read",), conversations.team_info),
}


async def call(slack: Slack, request: Request) -> Response:
    """One call, under whatever fault is armed for it."""
    name = request.path_params["method"]
    try:
        asked = await arguments.read(request)  # before the fault: accept_late works when the request is gone
    except Refused as refused:
        return refused.response()

    async def accept() -> Response:
        try:
            body, headers = _run(slack, name, asked)
            return JSONResponse({"ok": True, **body}, headers=headers)
        except Refused as refused:
            return refused.response()

    return await answer(slack.world, f"slack.{name}", accept)


def _run(slack: Slack, name: str, asked: Arguments) -> tuple[dict[str, Any], dict[str, str]]:
    """The answer, and headers that tell what the token may do, as Slack sends them with every call."""
    if name == "oauth.v2.access":
        return oauth.access(slack, asked), {}
    if name == "apps.connections.open":
        return _connection(slack, asked), {}
    method = METHODS.get(name)
    if method is None:
        raise Refused("unknown_method", req_method=name)
    who = installs.caller(slack.world, asked.token)
    if method.scopes and not who.scopes.intersection(method.scopes):
        raise Refused("missing_scope", needed=method.scopes[0], provided=",".join(sorted(who.scopes)))
    _pace(slack, name, method, who, asked)
    scopes = {"X-OAuth-Scopes": ",".join(sorted(who.scopes)), "X-Accepted-OAuth-Scopes": ",".join(method.scopes)}
    return method.work(slack, who, asked), scopes


def _pace(slack: Slack, name: str, method: Method, who: Caller, asked: Arguments) -> None:
    """Raises ratelimited, with the seconds to wait in Retry-After."""
    now = slack.world.now()
    if method.tier == "message":
        wait = slack.team_pace.take(who.team.id, now) or slack.channel_pace.take(
            f"{who.team.id} {asked.text('channel')}", now
        )
    else:
        wait = slack.tiers[method.tier].take(f"{who.team.id} {name}", now)
    if wait:
        raise Refused("ratelimited", headers={"Retry-After": str(wait)})


def _connection(slack: Slack, asked: Arguments) -> dict[str, Any]:
    """apps.connections.open: a WebSocket address for Socket Mode."""
    installs.app_caller(slack.world, asked.token)
    wait = slack.tiers["3"].take("apps.connections.open", slack.world.now())
    if wait:
        raise Refused("ratelimited", headers={"Retry-After": str(wait)})
    base = slack.world.config.base_url.replace("http://", "ws://", 1)
    return {"url": f"{base}/slack/socket?ticket={slack.sockets.ticket()}&app_id={APP_ID}"}
