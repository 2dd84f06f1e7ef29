"""What people do in Slack: press, submit, close, type a command. Each gesture ends with what the person saw."""

import asyncio
import time
from typing import Any

from sandbox.chats import Sight, Watch
from sandbox.people import Person
from sandbox.slack import messages, response_url, views
from sandbox.slack.choosing import unfit, with_files
from sandbox.slack.delivery import Reaction, deliver
from sandbox.slack.installs import installed
from sandbox.slack.meant import Wish, channel_meant, element_meant, message_meant, open_view, versions_of, who
from sandbox.slack.refusals import Refused
from sandbox.slack.submissions import after_submission
from sandbox.slack.twin import Slack
from sandbox.slack.use import Impossible, action_of, unanswered, values_of
from sandbox.slack.workspace import APP_ID, TEAMS, username

PATIENCE = 3.0
Outcome = dict[str, Any]


async def click(slack: Slack, wish: Wish) -> Outcome:
    """A person uses an element of a message or of an open view; an old button too, when its value is given."""
    person = who(wish)
    if wish.get("view_id"):
        view = open_view(slack, person, str(wish["view_id"]))
        team, place = view["team_id"], _view_place(view)
        block, element = element_meant([view["blocks"]], wish)
    else:
        channel, message = message_meant(slack, person, wish)
        team, place = channel["team"], _message_place(slack, person, channel, message)
        block, element = element_meant(versions_of(message), wish)
    payload = {
        "type": "block_actions",
        **_actor(person, team),
        **place,
        "trigger_id": slack.trigger(person.slack_id, team),
        "actions": [action_of(block, element, wish.get("value"), slack.ts())],
    }
    mine = wish.get("ts")

    def wanted(sight: Sight) -> bool:
        if sight["user"] is None:  # everybody in the channel sees it: what became of this very card or thread
            return mine is not None and mine in (sight["ts"], sight["thread_ts"])
        return bool(sight["user"] == person.slack_id)

    with slack.eyes.watching(wanted) as watch:
        return await _played(slack, wish, team, "interactive", payload, watch, "This button")


async def submit(slack: Slack, wish: Wish) -> Outcome:
    """A person fills in the modal on top and presses its button."""
    person = who(wish)
    view = open_view(slack, person, str(wish.get("view_id")))
    given = wish.get("values") or {}
    if not isinstance(given, dict) or not all(isinstance(fields, dict) for fields in given.values()):
        raise Impossible("values must look like {block_id: {action_id: value}}.")
    strange = set(given) - {block["block_id"] for block in view["blocks"]}
    if strange:
        raise Impossible(f"The view has no block {sorted(strange)[0]!r}.")
    view["state"] = {"values": values_of(view["blocks"], with_files(slack, view, wish, given))}
    missing = unanswered(view["blocks"], view["state"]["values"]) + unfit(view["blocks"], view["state"]["values"])
    if missing:
        return {
            "ok": True,
            "delivered": False,
            "http_status": None,
            "ack": None,
            "shown": missing,
            "views": [view["id"]],
        }
    payload = {
        "type": "view_submission",
        **_actor(person, view["team_id"]),
        "trigger_id": slack.trigger(person.slack_id, view["team_id"]),
        "view": views.public(view),
        "response_urls": [],
    }
    with slack.eyes.watching(lambda sight: sight["user"] == person.slack_id) as watch:
        reaction = await _dispatched(slack, view["team_id"], "interactive", payload)
        said = after_submission(slack, view, reaction)
        patience = 0.0 if said or reaction.error else _patience(wish)
        outcome = _outcome(reaction, await watch.settle(patience), reaction.shown("Submitting") + said)
    return {**outcome, "open": views.stack_of(slack, view["team_id"], person.slack_id)}


async def close(slack: Slack, wish: Wish) -> Outcome:
    """A person closes the modal on top; the product hears of it when it asked to."""
    person = who(wish)
    view = open_view(slack, person, str(wish.get("view_id")))
    team, stack = view["team_id"], views.stack_of(slack, view["team_id"], person.slack_id)
    views.keep_stack(slack, team, person.slack_id, [] if view.get("clear_on_close") else stack[:-1])
    if not view.get("notify_on_close"):
        return {"ok": True, "delivered": False, "http_status": None, "ack": None, "shown": []}
    payload = {"type": "view_closed", **_actor(person, team), "view": views.public(view), "is_cleared": False}
    reaction = await _dispatched(slack, team, "interactive", payload)
    return _outcome(reaction, [], reaction.shown("Closing"))


async def command(slack: Slack, wish: Wish) -> Outcome:
    """A person types a slash command."""
    person, name = who(wish), str(wish.get("command") or "")
    if not name.startswith("/"):
        raise Impossible('A command starts with a slash, such as "/amarktai".')
    channel = channel_meant(slack, person, str(wish.get("channel") or "C0REVIEW"))
    answers = response_url.issue(slack, channel["team"], channel["id"], person.slack_id)
    payload = {
        "token": "sandbox-verification-token",
        "team_id": person.slack_team,
        "team_domain": TEAMS[person.slack_team].domain,
        "channel_id": channel["id"],
        "channel_name": "directmessage" if channel.get("im") else channel["name"],
        "user_id": person.slack_id,
        "user_name": username(person),
        "command": name,
        "text": str(wish.get("text") or ""),
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": answers,
        "trigger_id": slack.trigger(person.slack_id, channel["team"]),
    }

    def wanted(sight: Sight) -> bool:
        return sight["user"] == person.slack_id or (sight["user"] is None and sight.get("channel") == channel["id"])

    with slack.eyes.watching(wanted) as watch:
        return await _played(slack, wish, channel["team"], "slash_commands", payload, watch, name)


async def _played(
    slack: Slack, wish: Wish, team: str, kind: str, payload: dict[str, Any], watch: Watch, what: str
) -> Outcome:
    """Deliver (as often as the wish says: a double click), let the product's answer take effect, and look."""
    times = max(1, min(20, int(wish.get("times") or 1)))
    started = time.monotonic()
    reactions = await asyncio.gather(*(_dispatched(slack, team, kind, payload) for _ in range(times)))
    said = [line for reaction in reactions for line in reaction.shown(what)]
    if kind == "slash_commands":
        for reaction in reactions:
            said += _spoken(slack, team, payload, reaction, what)
    left = _patience(wish) - (time.monotonic() - started)
    seen = await watch.settle(0.0 if said else max(0.0, left))
    outcome = _outcome(reactions[0], seen, said)
    return outcome if times == 1 else {**outcome, "acks": [_brief(reaction) for reaction in reactions]}


async def _dispatched(slack: Slack, team: str, kind: str, payload: dict[str, Any]) -> Reaction:
    if installed(slack.world, team) is None:
        return Reaction("none", None, None, "app_not_installed")
    return await deliver(slack, kind, payload)


def _spoken(slack: Slack, team: str, payload: dict[str, Any], reaction: Reaction, what: str) -> list[str]:
    """A command may be answered in the acknowledgement itself."""
    if reaction.error is not None or reaction.ack in (None, "", {}):
        return []
    body = reaction.ack if isinstance(reaction.ack, dict) else {"text": str(reaction.ack)}
    place = {"team": team, "channel": payload["channel_id"], "user": payload["user_id"], "message": None}
    try:
        response_url.respond(slack, place, body)
    except Refused:
        return [f'{what} failed with the error "invalid_command_response"']
    return []


def _actor(person: Person, team: str) -> dict[str, Any]:
    name = username(person)
    return {
        "user": {"id": person.slack_id, "username": name, "name": name, "team_id": person.slack_team},
        "api_app_id": APP_ID,
        "token": "sandbox-verification-token",
        "team": {"id": team, "domain": TEAMS[team].domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _view_place(view: dict[str, Any]) -> dict[str, Any]:
    view["state"] = {"values": values_of(view["blocks"], {})}
    return {"container": {"type": "view", "view_id": view["id"]}, "view": views.public(view)}


def _message_place(slack: Slack, person: Person, channel: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
    container = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel["id"],
        "is_ephemeral": bool(message["ephemeral_to"]),
    }
    if message.get("thread_ts"):
        container["thread_ts"] = message["thread_ts"]
    place: dict[str, Any] = {
        "container": container,
        "channel": {"id": channel["id"], "name": "directmessage" if channel.get("im") else channel["name"]},
        "state": {"values": values_of(message.get("blocks") or [], {})},
        "response_url": response_url.issue(slack, channel["team"], channel["id"], person.slack_id, message["ts"]),
    }
    if not message["ephemeral_to"]:  # Slack does not send ephemeral messages back
        place["message"] = messages.public(message)
    return place


def _patience(wish: Wish) -> float:
    wait = wish.get("wait", PATIENCE)
    return float(wait) if isinstance(wait, int | float) and 0 <= wait <= 60 else PATIENCE


def _brief(reaction: Reaction) -> dict[str, Any]:
    return {"http_status": reaction.http_status, "ack": reaction.ack, "error": reaction.error, "via": reaction.via}


def _outcome(reaction: Reaction, seen: list[Sight], said: list[str]) -> Outcome:
    """The answer of the control API: acknowledgement, texts for this person alone, views and messages that changed."""
    return {
        "ok": True,
        "delivered": reaction.via != "none",
        **_brief(reaction),
        "shown": said + [sight["text"] for sight in seen if sight["kind"] == "ephemeral"],
        "views": list(dict.fromkeys(sight["view"] for sight in seen if sight["kind"] == "view")),
        "messages": [
            {"channel": sight["channel"], "ts": sight["ts"], "effect": sight["kind"], "text": sight["text"]}
            for sight in seen
            if sight["kind"] in ("message", "update", "deleted")
        ],
    }
