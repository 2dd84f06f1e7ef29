"""Somebody sends a dialog. It is decided within the answer, so that the dialog itself can say what became of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from bot.cards import DESCRIBE, LABELS, say
from bot.slack.desk import Desk, know, stranger
from bot.slack.payloads import Json, Submission, chosen, files_in
from bot.slack.render import CHIPS, FILES, LINK, SLOT, TEXT, WORDS, message_modal
from domain.card import Surface
from domain.decision import Decision, Outcome, Verdict
from domain.errors import Refused
from domain.roles import Right
from domain.settings import Setting
from pipeline.decide import Brought, Click, Unusable, decide
from pipeline.hand_over import hand_over
from pipeline.web_apps import describe_web_app

Ack = dict[str, Any]
CLOSE: Ack = {}
"""An empty answer closes the dialog."""


def _reason(values: Json) -> Brought:
    said = [part.strip() for part in (chosen(values, CHIPS), chosen(values, WORDS)) if part and part.strip()]
    return Brought(reason=". ".join(said) or None)


def _slot(values: Json) -> Brought:
    try:
        slot = datetime.fromisoformat(chosen(values, SLOT) or "")
    except ValueError:
        return Brought()
    return Brought(slot=slot if slot.tzinfo else slot.replace(tzinfo=UTC))


def _settings(values: Json) -> Brought:
    return Brought(settings={name.value: chosen(values, name) or "" for name in Setting if name in values})


BROUGHT: dict[Decision, Callable[[Json], Brought]] = {
    Decision.EDIT: lambda values: Brought(text=chosen(values, TEXT)),
    Decision.CHOOSE: _settings,
    Decision.REGENERATE: _reason,
    Decision.REJECT: _reason,
    Decision.LIVE: lambda values: Brought(link=chosen(values, LINK)),
    Decision.MEDIA: lambda values: Brought(files=files_in(values, FILES), description=chosen(values, WORDS) or ""),
    Decision.MOVE: _slot,
}

FIELDS: dict[Decision, str] = {
    Decision.EDIT: TEXT,
    Decision.REGENERATE: WORDS,
    Decision.REJECT: WORDS,
    Decision.LIVE: LINK,
    Decision.MEDIA: FILES,
    Decision.MOVE: SLOT,
}
"""The input under which it stands what is wrong with it."""


async def submitted(submission: Submission, desk: Desk) -> Ack:
    """What Slack is answered: nothing closes the dialog, otherwise it says why not. An unknown dialog closes."""
    if submission.callback == DESCRIBE:
        return await _described(submission, desk)
    if submission.callback not in {decision.value for decision in BROUGHT}:
        return CLOSE
    return await _decided(submission, Decision(submission.callback), desk)


async def _decided(submission: Submission, decision: Decision, desk: Desk) -> Ack:
    actor, brought = submission.actor, BROUGHT[decision](submission.values)
    if actor.is_foreign:
        return _say(decision, await _strangers_sentence(submission, desk))
    click = Click(submission.key, Surface.SLACK, actor.team, actor.user, submission.token)
    try:
        verdict = await _answer(click, decision, brought, desk)
    except Unusable as unusable:
        return _wrong(submission, decision, unusable)
    if verdict.outcome is Outcome.APPLIED:
        return _say(decision, say(verdict, "")) if verdict.objection else CLOSE
    return _say(decision, await _sentence(submission, verdict, desk) + _kept(brought))


async def _answer(click: Click, decision: Decision, brought: Brought, desk: Desk) -> Verdict:
    """Files are handed over; everything else is decided as it came."""
    if decision is Decision.MEDIA:
        return await hand_over(click, brought.files, brought.description, desk.deciding)
    return await decide(click, decision, desk.deciding, brought)


def _wrong(submission: Submission, decision: Decision, unusable: Unusable) -> Ack:
    """What is wrong, under the inputs that it is about; settings have many of them. Slack refuses names of other inputs."""
    problems = {name: why for name, why in unusable.problems.items() if name in submission.values}
    field = FIELDS.get(decision) or next(iter(submission.values), None)
    if not problems and field is None:
        return _say(decision, unusable.sentence)
    return {"response_action": "errors", "errors": problems or {field: unusable.sentence}}


async def _sentence(submission: Submission, verdict: Verdict, desk: Desk) -> str:
    if verdict.outcome is Outcome.STRANGER:
        return await _strangers_sentence(submission, desk)
    if verdict.outcome is not Outcome.ALREADY_DECIDED:
        return say(verdict, "")
    return say(verdict, (await know(submission.actor, desk)).member.name)


async def _strangers_sentence(submission: Submission, desk: Desk) -> str:
    return await stranger(await desk.installed(submission.actor.team), desk)


def _kept(brought: Brought) -> str:
    """An edited text that came too late is shown once more, so that nobody has to write it again."""
    return f"\n\nThis is what you wrote:\n\n{brought.text}" if brought.text else ""


def _say(decision: Decision, sentence: str) -> Ack:
    return {"response_action": "update", "view": message_modal(LABELS[decision].text, sentence)}


async def _described(submission: Submission, desk: Desk) -> Ack:
    """The description of a web app whose page cannot be read; its batch is written from it."""
    try:
        known = await know(submission.actor, desk, Right.DECIDE)
        app_id, words = UUID(submission.token), chosen(submission.values, WORDS) or ""
        await describe_web_app(desk.database, desk.hint, known.installed.workspace_id, known.member.id, app_id, words)
    except Refused as refused:
        return {"response_action": "errors", "errors": {WORDS: refused.sentence}}
    except ValueError:
        return CLOSE
    return CLOSE
