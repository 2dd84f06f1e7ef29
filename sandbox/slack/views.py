"""Modals and the App Home: opened by a trigger, changed by hash, stacked three deep."""

import secrets
from collections.abc import Collection
from typing import Any

import orjson

from sandbox.slack import messages
from sandbox.slack.arguments import Arguments
from sandbox.slack.blocks import problems_of
from sandbox.slack.files import ready_in
from sandbox.slack.installs import Caller
from sandbox.slack.refusals import Refused, broken_rules, missing
from sandbox.slack.schema import Report, anything, boolean, may, must, one_of, shape, string, text
from sandbox.slack.twin import Slack
from sandbox.slack.workspace import APP_ID, BOT_ID, user_body

KIND = "slack.view"
STACKS = "slack.stack"
HOMES = "slack.home"
MOST_STACKED = 3
LARGEST = 250_000
_COMMON = {
    "blocks": must(anything),
    "private_metadata": may(string(3000, 0)),
    "callback_id": may(string(255, 0)),
    "external_id": may(string(255, 0)),
}
_MODAL = shape(
    {
        "type": must(one_of("modal")),
        "title": must(text(24, "plain_text")),
        "submit": may(text(24, "plain_text")),
        "close": may(text(24, "plain_text")),
        "clear_on_close": may(boolean),
        "notify_on_close": may(boolean),
        "submit_disabled": may(boolean),
        **_COMMON,
    }
)
_HOME = shape({"type": must(one_of("home")), **_COMMON})


def open_view(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """views.open"""
    wanted = _checked(slack, who, asked, "modal")
    _free_name(slack, who.team.id, wanted)
    user = slack.spend(asked.need("trigger_id"), who.team.id).user
    view = place(slack, who.team.id, user, wanted, fresh_stack=True)
    return {"view": public(view)}


def push(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """views.push"""
    wanted = _checked(slack, who, asked, "modal")
    _free_name(slack, who.team.id, wanted)
    user = slack.spend(asked.need("trigger_id"), who.team.id).user
    view = place(slack, who.team.id, user, wanted)
    return {"view": public(view)}


def update(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """views.update by view_id or external_id, if it is still open and the hash (when given) still right."""
    if not asked.has("view_id") and not asked.has("external_id"):
        raise missing("view_id")
    view = _named(slack, who.team.id, asked)
    if asked.has("hash") and asked.text("hash") != view["hash"]:
        raise Refused("hash_conflict")
    wanted = _checked(slack, who, asked, view["type"])
    _free_name(slack, who.team.id, wanted, except_view=view["id"])
    return {"view": public(change(slack, view, wanted))}


def publish(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """views.publish: the person's Home tab."""
    user = asked.need("user_id")
    user_body(user, who.team)
    wanted = _checked(slack, who, asked, "home")
    before = home_of(slack, who.team.id, user)
    if asked.has("hash") and before is not None and asked.text("hash") != before["hash"]:
        raise Refused("hash_conflict")
    view = change(slack, before, wanted) if before else _new(slack, who.team.id, user, wanted)
    slack.world.state.put(HOMES, f"{who.team.id}:{user}", {"view": view["id"]})
    slack.world.ledger.accept("slack", "home", who.team.id, view["id"], {"user": user})
    return {"view": public(view)}


def check_view(slack: Slack, view: Any, kind: str) -> list[str]:
    """What Slack would say against a view. Raises view_too_large."""
    report = Report(kind)
    (_MODAL if kind == "modal" else _HOME)(view, "/view", report)
    if not isinstance(view, dict):
        return report.problems
    if len(orjson.dumps(view)) > LARGEST:
        raise Refused("view_too_large")
    report.problems += problems_of(view.get("blocks"), kind, "/view/blocks", ready_in(slack))
    blocks = view["blocks"] if isinstance(view.get("blocks"), list) else []
    for number, block in enumerate(blocks):
        if kind == "modal" and isinstance(block, dict) and block.get("type") == "input" and "submit" not in view:
            report.say("must define `submit` to use an `input` block in modals", f"/view/blocks/{number}/input")
    return report.problems


def place(slack: Slack, team: str, user: str, wanted: dict[str, Any], fresh_stack: bool = False) -> dict[str, Any]:
    """Show a modal on top of the person's others, or as the only one. Raises push_limit_reached."""
    stack = [] if fresh_stack else stack_of(slack, team, user)
    if len(stack) >= MOST_STACKED:
        raise Refused("push_limit_reached")
    links = {"previous_view_id": stack[-1] if stack else None, "root_view_id": stack[0] if stack else None}
    view = _new(slack, team, user, wanted, links)
    keep_stack(slack, team, user, [*stack, view["id"]])
    return view


def change(slack: Slack, view: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The same view with other content: a new hash, and nothing of the old fields."""
    kept = ("id", "team_id", "user", "root_view_id", "previous_view_id", "type")
    return _store(slack, {**_body(wanted), **{name: view[name] for name in kept}})


def stack_of(slack: Slack, team: str, user: str) -> list[str]:
    """The ids of the modals that the person has open, the lowest first."""
    found = slack.world.state.get(STACKS, f"{team}:{user}")
    return list(found["views"]) if found else []


def keep_stack(slack: Slack, team: str, user: str, views: list[str]) -> None:
    """Remember which modals the person has open."""
    slack.world.state.put(STACKS, f"{team}:{user}", {"views": views})
    slack.tell("views", user=user)


def home_of(slack: Slack, team: str, user: str) -> dict[str, Any] | None:
    """The person's Home tab, if one was published."""
    found = slack.world.state.get(HOMES, f"{team}:{user}")
    return slack.world.state.get(KIND, found["view"]) if found else None


def public(view: dict[str, Any]) -> dict[str, Any]:
    """The view as Slack's answers and payloads show it."""
    return {name: value for name, value in view.items() if name != "user"}


def may_ask(view: dict[str, Any], scopes: Collection[str]) -> None:
    """Raises missing_scope for a field that takes files when the install cannot read them: "your app must have the
    files:read scope" (docs.slack.dev, File input element). The code is this twin's guess; the page names none."""
    asks = any(block["type"] == "input" and block["element"]["type"] == "file_input" for block in view["blocks"])
    if asks and "files:read" not in scopes:
        raise Refused("missing_scope", needed="files:read", provided=",".join(sorted(scopes)))


def _checked(slack: Slack, who: Caller, asked: Arguments, kind: str) -> dict[str, Any]:
    view = asked.structure("view", "invalid_arguments")
    if view is None:
        raise missing("view")
    problems = check_view(slack, view, kind)
    if problems:
        raise broken_rules("invalid_arguments", problems)
    checked: dict[str, Any] = view
    may_ask(checked, who.scopes)
    return checked


def _named(slack: Slack, team: str, asked: Arguments) -> dict[str, Any]:
    for view in slack.world.state.all(KIND):
        by_id = view["id"] == asked.text("view_id")
        by_name = asked.has("external_id") and view.get("external_id") == asked.text("external_id")
        if view["team_id"] == team and (by_id or by_name) and _is_open(slack, view):
            return view
    raise Refused("not_found")


def _is_open(slack: Slack, view: dict[str, Any]) -> bool:
    if view["type"] == "home":
        return True
    return view["id"] in stack_of(slack, view["team_id"], view["user"])


def _free_name(slack: Slack, team: str, wanted: dict[str, Any], except_view: str = "") -> None:
    name = wanted.get("external_id")
    for view in slack.world.state.all(KIND):
        taken = bool(name) and view["team_id"] == team and view.get("external_id") == name
        if taken and view["id"] != except_view and _is_open(slack, view):
            raise Refused("duplicate_external_id")


def _new(
    slack: Slack, team: str, user: str, wanted: dict[str, Any], links: dict[str, Any] | None = None
) -> dict[str, Any]:
    number = f"V0{slack.world.state.next('slack.view'):08d}"
    links = links or {"previous_view_id": None, "root_view_id": None}
    links["root_view_id"] = links["root_view_id"] or number
    return _store(slack, {**_body(wanted), "id": number, "team_id": team, "user": user, **links})


def _body(wanted: dict[str, Any]) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "title": None,
        "submit": None,
    }
    flags = {"close": None, "clear_on_close": False, "notify_on_close": False}
    return {**empty, **flags, **wanted, "blocks": messages.named(wanted["blocks"]), "state": {"values": {}}}


def _store(slack: Slack, view: dict[str, Any]) -> dict[str, Any]:
    view |= {"hash": f"{int(slack.world.now())}.{secrets.token_hex(4)}", "app_id": APP_ID, "bot_id": BOT_ID}
    slack.world.state.put(KIND, view["id"], view)
    slack.eyes.show(kind="view", user=view["user"], view=view["id"], text="")
    slack.tell("views", user=view["user"])
    return view
