"""Dialogs are opened: at once with "One moment", because a trigger lives three seconds, then with what they ask."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.cards import LABELS, say
from bot.slack.desk import SLACK_TROUBLE, TROUBLE, Desk, know, tell
from bot.slack.errors import code_of
from bot.slack.payloads import Press
from bot.slack.render import (
    Block,
    choose_modal,
    describe_modal,
    edit_modal,
    live_modal,
    loading_modal,
    media_modal,
    message_modal,
    move_modal,
    regenerate_modal,
    reject_modal,
    render_words,
)
from domain.card import Surface
from domain.decision import Decision, Outcome, Verdict, answers_in
from domain.errors import Refused
from domain.roles import Right
from pipeline.decide import Dialog, open_dialog
from pipeline.web_apps import list_web_apps
from storage.subjects import AppSubject, web_app_of_message

log = structlog.get_logger(__name__)

NOT_OPENED = "Slack did not open the dialog in time. Please press the button again."
CLOSED = frozenset({"not_found", "hash_conflict"})
"""The person closed the dialog, or pressed twice, before it was filled."""
NO_APP = "It is not clear which web app is meant. Type /amarktai describe, then its name and what it does."

FILES_READ = "files:read"
NOT_GRANTED = (
    "Amarktai may not read files in this Slack workspace yet: it was installed before it asked for that. {how} Nothing else"
    " changes by it. Then press the button again."
)
INSTALL_AGAIN = "Whoever manages the apps here adds Amarktai once more: {address}"
REINSTALL = "Whoever runs Amarktai adds the scope files:read to its Slack app (OAuth & Permissions) and reinstalls it."

MODALS: dict[Decision, Callable[[Dialog, str], Block]] = {
    Decision.EDIT: lambda dialog, token: edit_modal(dialog.view, token),
    Decision.CHOOSE: lambda dialog, token: choose_modal(dialog.view, token, dialog.choices),
    Decision.MEDIA: lambda dialog, token: media_modal(dialog.view, token),
    Decision.REGENERATE: lambda dialog, token: regenerate_modal(dialog.view, token),
    Decision.REJECT: lambda dialog, token: reject_modal(dialog.view, token),
    Decision.LIVE: lambda dialog, token: live_modal(dialog.view, token),
    Decision.MOVE: lambda dialog, token: move_modal(dialog.view, token, dialog.slots),
}


async def open_for(press: Press, decision: Decision, desk: Desk) -> None:
    """Ask what an answer needs. What cannot be asked now is said in the same dialog."""
    needs = FILES_READ if decision is Decision.MEDIA else None
    await _open(press, LABELS[decision].text, lambda: _dialog(press, decision, desk), desk, needs)


async def open_describe(press: Press, desk: Desk) -> None:
    """Ask what a web app is whose page cannot be read."""
    await _open(press, "Describe it", lambda: _describing(press, desk), desk)


async def _open(
    press: Press, title: str, fill: Callable[[], Awaitable[Block]], desk: Desk, needs: str | None = None
) -> None:
    """`needs` names a scope without which Slack would refuse what the dialog asks; its lack is said in the dialog instead."""
    try:
        client = await desk.client(press.actor.team)
        answer = await client.views_open(trigger_id=press.trigger, view=loading_modal(title))
    except SLACK_TROUBLE as error:
        log.info("a dialog did not open", why=str(error)[:200])
        await tell(press, render_words(NOT_OPENED), desk)
        return
    lacking = needs is not None and needs not in _granted(answer.headers, needs)
    view = message_modal(title, _not_granted(desk)) if lacking else await _said(title, fill)
    await _fill(client, answer["view"], view)


def _granted(headers: Mapping[str, Any], otherwise: str) -> Iterable[str]:
    """What the token may do, which Slack tells in a header of every answer; `otherwise` where it does not."""
    told = [value for name, value in headers.items() if name.lower() == "x-oauth-scopes"]
    return [one.strip() for one in str(told[0]).split(",")] if told else [otherwise]


def _not_granted(desk: Desk) -> str:
    address = f"{desk.settings.base_url.rstrip('/')}/slack/install"
    return NOT_GRANTED.format(how=INSTALL_AGAIN.format(address=address) if desk.settings.client_id else REINSTALL)


async def _said(title: str, fill: Callable[[], Awaitable[Block]]) -> Block:
    try:
        return await fill()
    except Refused as refused:
        return message_modal(title, refused.sentence)
    except Exception:  # whatever it was, the person must not wait before "One moment" for ever
        log.exception("a dialog could not be filled")
        return message_modal(title, TROUBLE)


async def _fill(client: AsyncWebClient, opened: dict[str, Any], view: Block) -> None:
    try:
        await client.views_update(view_id=opened["id"], hash=opened["hash"], view=view)
    except SlackApiError as error:
        if code_of(error) not in CLOSED:
            raise


async def _dialog(press: Press, decision: Decision, desk: Desk) -> Block:
    """The dialog, or words when this answer cannot be given (any more). Deciding checks all of it again."""
    known = await know(press.actor, desk, Right.DECIDE)
    dialog = await open_dialog(press.value, desk.deciding)
    problem = _problem(dialog, known.installed.workspace_id, decision)
    if dialog is None or problem is not None:
        return message_modal(LABELS[decision].text, say(problem or Verdict(Outcome.UNKNOWN_CARD), known.member.name))
    return MODALS[decision](dialog, press.value)


def _problem(dialog: Dialog | None, workspace_id: object, decision: Decision) -> Verdict | None:
    if dialog is None:
        return Verdict(Outcome.UNKNOWN_CARD)
    view = dialog.view
    if dialog.workspace_id != workspace_id:
        return Verdict(Outcome.WRONG_PLACE)
    if dialog.revision != view.revision:
        return Verdict(Outcome.STALE_REVISION, number=view.number, revision=view.revision)
    if decision not in answers_in(view.state):
        return Verdict(Outcome.NOT_POSSIBLE, number=view.number, state=view.state)
    return None


async def _describing(press: Press, desk: Desk) -> Block:
    known = await know(press.actor, desk, Right.DECIDE)
    app = await _app_meant(press, known.installed.workspace_id, desk)
    if app is None:
        return message_modal("Describe it", NO_APP)
    return describe_modal(app.name, str(app.id))


async def _app_meant(press: Press, workspace_id: Any, desk: Desk) -> AppSubject | None:
    """The web app of the day that the card opens, else the only one there is."""
    async with desk.database.transaction(workspace_id) as tx:
        found = await web_app_of_message(tx, Surface.SLACK, press.chat or "", press.message or "")
    if found is not None:
        return found
    apps = await list_web_apps(desk.database, workspace_id)
    return AppSubject(apps[0].id, apps[0].name) if len(apps) == 1 else None
