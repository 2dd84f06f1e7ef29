"""The levers of the Slack twin: look at messages, views and homes; act as a person; make events happen."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.slack import choosing, files, gestures, messages, views
from sandbox.slack.delivery import deliver, send_event
from sandbox.slack.installs import installed
from sandbox.slack.meant import who
from sandbox.slack.oauth import farewell
from sandbox.slack.twin import Slack
from sandbox.slack.use import Impossible
from sandbox.slack.workspace import TEAMS, direct

Deed = Callable[[Slack, dict[str, Any]], Awaitable[dict[str, Any]]]


def routes(slack: Slack) -> list[BaseRoute]:
    """Everything under /_sandbox/slack."""
    deeds: dict[str, Deed] = {
        "click": gestures.click,
        "submit": gestures.submit,
        "close": gestures.close,
        "command": gestures.command,
        "event": _event,
        "say": _say,
        "disconnect": _disconnect,
        "delete_file": choosing.delete,
    }

    async def upload(request: Request) -> Response:
        return await choosing.receive(slack, request)

    looks = {"messages": _messages, "channels": _channels, "views": _views, "home": _home}
    return [
        *(Route(f"/_sandbox/slack/{name}", _doing(slack, deed), methods=["POST"]) for name, deed in deeds.items()),
        *(Route(f"/_sandbox/slack/{name}", _looking(slack, look), methods=["GET"]) for name, look in looks.items()),
        Route("/_sandbox/slack/files/{file_id}", _showing(slack), methods=["GET"]),
        Route("/_sandbox/slack/upload", upload, methods=["POST"]),
    ]


def refusal(sentence: str, status: int = 400) -> JSONResponse:
    """A wish that no person could carry out, with the reason."""
    return JSONResponse({"ok": False, "error": "bad_request", "message": sentence}, status)


def _doing(slack: Slack, deed: Deed) -> Callable[[Request], Awaitable[Response]]:
    async def do(request: Request) -> Response:
        try:
            wish = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            wish = None
        if not isinstance(wish, dict):
            return refusal('The body must be a JSON object such as {"user": "U0MARA", …}; see sandbox/CHATS.md.')
        try:
            return JSONResponse(await deed(slack, wish))
        except Impossible as reason:
            return refusal(str(reason))
        except (TypeError, ValueError) as error:
            return refusal(f"A value of the wish has the wrong type: {error}.")

    return do


def _looking(
    slack: Slack, look: Callable[[Slack, dict[str, str]], dict[str, Any]]
) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        return JSONResponse({"ok": True, **look(slack, dict(request.query_params))})

    return show


def _messages(slack: Slack, asked: dict[str, str]) -> dict[str, Any]:
    found = messages.of_channel(slack, asked.get("channel", "C0REVIEW"))
    if "user" in asked:
        found = [one for one in found if one["ephemeral_to"] in (None, asked["user"])]
    if "thread_ts" in asked:
        found = [one for one in found if asked["thread_ts"] in (one["ts"], one.get("thread_ts"))]
    return {"messages": found if asked.get("deleted") else [one for one in found if not one["deleted"]]}


def _channels(slack: Slack, asked: dict[str, str]) -> dict[str, Any]:
    found = slack.world.state.all("slack.channel")
    return {"channels": [one for one in found if "user" not in asked or asked["user"] in one["members"]]}


def _views(slack: Slack, asked: dict[str, str]) -> dict[str, Any]:
    person = asked.get("user", "")
    stacks = [views.stack_of(slack, team, person) for team in TEAMS]
    found = [slack.world.state.get(views.KIND, name) for stack in stacks for name in stack]
    return {"views": [view for view in found if view is not None]}


def _home(slack: Slack, asked: dict[str, str]) -> dict[str, Any]:
    return {"view": views.home_of(slack, asked.get("team", "T0SANDBOX"), asked.get("user", ""))}


async def _event(slack: Slack, wish: dict[str, Any]) -> dict[str, Any]:
    """app_home_opened, app_uninstalled, invite, url_verification, or any other event as it is given."""
    team = str(wish.get("team") or "T0SANDBOX")
    if team not in TEAMS:
        raise Impossible(f"There is no team {team!r}; choose one of {', '.join(TEAMS)}.")
    match wish.get("type"):
        case "app_uninstalled" | "tokens_revoked":
            status = "uninstalled" if wish["type"] == "app_uninstalled" else "revoked"
            return {"ok": True, "delivered": farewell(slack, team, status)}
        case "url_verification":
            body = {"token": "sandbox-verification-token", "challenge": "sandbox-challenge", "type": "url_verification"}
            return _told(await deliver(slack, "events_api", body))
        case "app_home_opened":
            return _told(await send_event(slack, team, _home_opened(slack, team, wish)))
        case "invite":
            return _told(await send_event(slack, team, _invited(slack, team, wish)))
        case str():
            event = {name: value for name, value in wish.items() if name not in ("team", "wait")}
            return _told(await send_event(slack, team, event))
        case _:
            raise Impossible('An event has a "type", such as "app_home_opened".')


def _home_opened(slack: Slack, team: str, wish: dict[str, Any]) -> dict[str, Any]:
    person = who(wish)
    event = {
        "type": "app_home_opened",
        "user": person.slack_id,
        "channel": direct(slack.world.state, team, person.slack_id)["id"],
        "tab": wish.get("tab") or "home",
    }
    home = views.home_of(slack, team, person.slack_id)
    return {**event, "view": views.public(home)} if home else event


def _invited(slack: Slack, team: str, wish: dict[str, Any]) -> dict[str, Any]:
    channel = slack.world.state.get("slack.channel", str(wish.get("channel") or "C0REVIEW"))
    if channel is None or channel["team"] != team or installed(slack.world, team) is None:
        raise Impossible("Invite the app into a channel of a team that has it installed.")
    bot = TEAMS[team].bot_user
    if bot not in channel["members"]:
        channel["members"].append(bot)
        slack.world.state.put("slack.channel", channel["id"], channel)
        slack.tell("channel", channel=channel["id"])
    return {"type": "member_joined_channel", "user": bot, "channel": channel["id"], "channel_type": "C", "team": team}


def _told(reaction: Any) -> dict[str, Any]:
    if reaction is None:
        return {
            "ok": True,
            "delivered": False,
            "http_status": None,
            "ack": None,
            "error": "app_not_installed",
            "shown": [],
        }
    found = {"http_status": reaction.http_status, "ack": reaction.ack, "error": reaction.error, "via": reaction.via}
    return {"ok": True, "delivered": True, **found, "shown": []}


async def _say(slack: Slack, wish: dict[str, Any]) -> dict[str, Any]:
    """A person writes an ordinary message; the app does not listen to those."""
    person = who(wish)
    channel = slack.world.state.get("slack.channel", str(wish.get("channel") or "C0REVIEW"))
    if channel is None or person.slack_id not in channel["members"]:
        raise Impossible(f"{person.name} is in no such channel.")
    content: dict[str, Any] = {"text": str(wish.get("text") or "").strip()}
    if not content["text"]:
        raise Impossible("An empty message cannot be sent.")
    if wish.get("thread_ts"):
        content["thread_ts"] = str(wish["thread_ts"])
    message = messages.write(slack, channel, {"user": person.slack_id}, content)
    return {"ok": True, "ts": message["ts"]}


async def _disconnect(slack: Slack, wish: dict[str, Any]) -> dict[str, Any]:
    """Every socket is asked to come again."""
    return {"ok": True, "asked": await slack.sockets.refresh(str(wish.get("reason") or "refresh_requested"))}


def _showing(slack: Slack) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        document = slack.world.state.get(files.KIND, request.path_params["file_id"])
        if document is None or document["stage"] in ("asked", "deleted"):
            return refusal("There is no such file.", 404)
        return FileResponse(files.path_of(slack, document["id"]), media_type=files.mime_of(document["name"]))

    return show
