"""What the product's answer to a submitted modal does: close, clear, show errors, change the view or stack another."""

from typing import Any

from sandbox.slack import views
from sandbox.slack.delivery import Reaction
from sandbox.slack.installs import scopes_of
from sandbox.slack.refusals import Refused
from sandbox.slack.twin import Slack


def after_submission(slack: Slack, view: dict[str, Any], reaction: Reaction) -> list[str]:
    """What the answer to a submission does to the person's modals; the texts that appear in them."""
    if reaction.error is not None:
        return []
    team, user = view["team_id"], view["user"]
    stack = views.stack_of(slack, team, user)
    ack = reaction.ack if isinstance(reaction.ack, dict) else {}
    if reaction.ack not in (None, "", {}) and "response_action" not in ack:
        return ['Submitting failed with the error "invalid_response"']
    match ack.get("response_action"):
        case None:
            views.keep_stack(slack, team, user, [name for name in stack if name != view["id"]])
        case "clear":
            views.keep_stack(slack, team, user, [])
        case "errors":
            return _field_errors(view, ack.get("errors"))
        case "update" | "push" as deed:
            return _next_view(slack, view, deed, ack.get("view"))
        case unknown:
            return [f'Submitting failed with the error "unknown response_action {unknown}"']
    return []


def _field_errors(view: dict[str, Any], errors: Any) -> list[str]:
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not inputs.issuperset(errors):
        return ['Submitting failed with the error "errors must name input blocks of the view"']
    return [str(words) for words in errors.values()]


def _next_view(slack: Slack, view: dict[str, Any], deed: str, wanted: Any) -> list[str]:
    try:
        problems = views.check_view(slack, wanted, "modal")
        if problems:
            return [f'Submitting failed with the error "{problems[0]}"']
        views.may_ask(wanted, scopes_of(slack.world, view["team_id"]))
        if deed == "update":
            views.change(slack, view, wanted)
        else:
            views.place(slack, view["team_id"], view["user"], wanted)
    except Refused as refused:
        return [f'Submitting failed with the error "{refused.row.code}"']
    return []
