"""What people do in Slack, read from its deliveries into values. Whatever does not look like Slack is `Malformed`."""

import hashlib
from dataclasses import dataclass
from typing import Any

from domain.handed import HandedFile

Json = dict[str, Any]


class Malformed(Exception):
    """The delivery was signed and is still none that Slack makes."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a user, the team whose channel or app it happened in, and the team that the user belongs to."""

    team: str
    user: str
    home: str

    @property
    def is_foreign(self) -> bool:
        """From another Slack team, through a shared channel."""
        return self.home != self.team


@dataclass(frozen=True, slots=True)
class Press:
    """A button, or an option of a menu. `chat` and `message` are None inside a dialog or the App Home."""

    actor: Actor
    action: str
    value: str
    at: str
    trigger: str
    response_url: str | None
    chat: str | None = None
    message: str | None = None
    thread: str | None = None

    @property
    def key(self) -> str:
        """Names this press: a second one has another `at`, a delivery of the same one has not."""
        return _key("press", self.actor.team, self.actor.user, self.message or "", self.action, self.value, self.at)


@dataclass(frozen=True, slots=True)
class Submission:
    """A dialog that was sent. `values` are Slack's `view.state.values`."""

    actor: Actor
    callback: str
    token: str
    values: Json
    view: str
    hash: str

    @property
    def key(self) -> str:
        return _key("view", self.actor.team, self.actor.user, self.view, self.hash)


@dataclass(frozen=True, slots=True)
class Typed:
    """A slash command."""

    actor: Actor
    command: str
    text: str
    chat: str
    chat_name: str
    trigger: str
    response_url: str | None

    @property
    def key(self) -> str:
        return _key("command", self.actor.team, self.actor.user, self.command, self.trigger)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event. `bot` is our own user in that team, when Slack says so."""

    team: str
    id: str
    kind: str
    event: Json
    bot: str | None = None


@dataclass(frozen=True, slots=True)
class Other:
    """Something that Slack sends and that we do not listen to: it is acknowledged."""

    kind: str


Gesture = Press | Submission | Typed | Happened | Other


def read_gesture(payload: Json) -> Gesture:
    """The gesture behind a delivery. Raises `Malformed`."""
    kind = payload.get("type")
    match kind:
        case "block_actions":
            return _press(payload)
        case "view_submission":
            return _submission(payload)
        case "event_callback":
            return _happened(payload)
        case None if "command" in payload:
            return _typed(payload)
        case str():
            return Other(kind)
        case _:
            raise Malformed("no type")


def _press(payload: Json) -> Press:
    actions = payload.get("actions")
    if not isinstance(actions, list) or not actions:
        raise Malformed("no actions")
    action, container = _object(actions[0]), _object(payload.get("container") or {})
    option = _object(action.get("selected_option") or {})
    return Press(
        actor=_actor(payload),
        action=_text(action, "action_id"),
        value=_maybe(option if option else action, "value") or "",
        at=_maybe(action, "action_ts") or "",
        trigger=_maybe(payload, "trigger_id") or "",
        response_url=_maybe(payload, "response_url"),
        chat=_maybe(container, "channel_id"),
        message=_maybe(container, "message_ts"),
        thread=_maybe(container, "thread_ts"),
    )


def _submission(payload: Json) -> Submission:
    view = _object(payload.get("view"))
    return Submission(
        actor=_actor(payload),
        callback=_maybe(view, "callback_id") or "",
        token=_maybe(view, "private_metadata") or "",
        values=_object(_object(view.get("state") or {}).get("values") or {}),
        view=_text(view, "id"),
        hash=_maybe(view, "hash") or "",
    )


def _typed(payload: Json) -> Typed:
    team = _text(payload, "team_id")
    return Typed(
        actor=Actor(team, _text(payload, "user_id"), team),
        command=_text(payload, "command"),
        text=_maybe(payload, "text") or "",
        chat=_maybe(payload, "channel_id") or "",
        chat_name=_maybe(payload, "channel_name") or "",
        trigger=_maybe(payload, "trigger_id") or "",
        response_url=_maybe(payload, "response_url"),
    )


def _happened(payload: Json) -> Happened:
    event = _object(payload.get("event"))
    grants = payload.get("authorizations")
    ours = grants[0] if isinstance(grants, list) and grants and isinstance(grants[0], dict) else {}
    team = _maybe(ours, "team_id") or _text(payload, "team_id")
    return Happened(team, _text(payload, "event_id"), _text(event, "type"), event, _maybe(ours, "user_id"))


def _actor(payload: Json) -> Actor:
    user = _object(payload.get("user"))
    home = _maybe(user, "team_id")
    # An install across an organisation leaves the team empty; then the user's own stands for it.
    team = _maybe(_object(payload.get("team") or {}), "id") or home
    if not team:
        raise Malformed("no team")
    return Actor(team, _text(user, "id"), home or team)


def shaped(gesture: Press | Submission | Typed | Happened) -> Json:
    """What Bolt needs to route the gesture, and nothing more: whatever else came cannot trip Bolt's own reading."""
    match gesture:
        case Press(actor=actor):
            action = {"action_id": gesture.action, "block_id": "b", "type": "button"}
            return {"type": "block_actions", **_who(actor), "actions": [action], "response_url": gesture.response_url}
        case Submission(actor=actor):
            return {
                "type": "view_submission",
                **_who(actor),
                "view": {"type": "modal", "callback_id": gesture.callback},
            }
        case Typed(actor=actor):
            who = {"team_id": actor.team, "user_id": actor.user}
            return {**who, "command": gesture.command, "response_url": gesture.response_url}
        case Happened():
            return {"type": "event_callback", "team_id": gesture.team, "event": {"type": gesture.kind}}


def _who(actor: Actor) -> Json:
    return {"team": {"id": actor.team}, "user": {"id": actor.user, "team_id": actor.home}}


def chosen(values: Json, name: str) -> str | None:
    """What was typed or chosen in the input `name` of a dialog; several choices are joined. None for nothing."""
    field = values.get(name)
    given = field.get(name) if isinstance(field, dict) else None
    if not isinstance(given, dict):
        return None
    if isinstance(given.get("value"), str):
        return str(given["value"])
    option, options = given.get("selected_option"), given.get("selected_options")
    if isinstance(option, dict):
        return _maybe(option, "value")
    if isinstance(options, list):
        return ", ".join(str(one["value"]) for one in options if isinstance(one, dict) and "value" in one) or None
    return None


def files_in(values: Json, name: str) -> tuple[HandedFile, ...]:
    """The files chosen in the input `name` of a dialog, in their order, as Slack tells of them."""
    field = values.get(name)
    given = field.get(name) if isinstance(field, dict) else None
    files = given.get("files") if isinstance(given, dict) else None
    told = [one for one in files if isinstance(one, dict) and _maybe(one, "id")] if isinstance(files, list) else []
    return tuple(_file(one) for one in told)


def _file(told: Json) -> HandedFile:
    size = told.get("size")
    known = size if isinstance(size, int) and not isinstance(size, bool) else None
    return HandedFile(_text(told, "id"), _maybe(told, "name") or "", known, _maybe(told, "mimetype") or "")


def _object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise Malformed("an object was expected")
    return value


def _text(values: Json, name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(f"no {name}")
    return value


def _maybe(values: Json, name: str) -> str | None:
    value = values.get(name)
    return value if isinstance(value, str) and value else None


def _key(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]
