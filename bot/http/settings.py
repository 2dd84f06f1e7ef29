"""The page on which a person chooses a post's settings, for whoever decides in a chat without dialogs. It needs no script.

Opening it decides nothing (chats fetch links to preview them); the button on the page does, as the person who got the link.
"""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.cards import heading, post_text
from bot.cards import say as in_words
from bot.http.pages import page, say
from domain.decision import Decision, Outcome, Verdict, answers_in
from domain.errors import Refused
from domain.platforms import PLATFORMS
from pipeline.decide import Deciding, Unusable
from pipeline.links import SPENT
from pipeline.settings_page import Page, choose, look

PATH = "/settings"
AGAIN = "Press Settings on the card again for a new link."
CLOSE = "You can close this page; the card shows it."


def settings_routes(deciding: Deciding) -> APIRouter:
    """GET shows the form, POST decides."""
    router = APIRouter()

    @router.get(PATH)
    async def offer(code: str = "") -> Response:
        return await _opened(code, deciding, None)

    @router.post(PATH)
    async def answer(request: Request) -> Response:
        form = await request.form()
        sent = {name: value for name, value in form.items() if isinstance(value, str)}
        return await _opened(sent.pop("code", ""), deciding, sent)

    return router


async def _opened(code: str, deciding: Deciding, sent: Mapping[str, str] | None) -> Response:
    """The form, or what became of `sent`; or why the link leads nowhere."""
    if not code:
        return say("This link is incomplete", AGAIN, status=404)
    try:
        found = await look(code, deciding)
    except Refused as refused:
        return say("This link does not work", f"{refused.sentence} {AGAIN}", status=403)
    view = found.dialog.view
    if found.dialog.revision != view.revision:
        return _told(found, Verdict(Outcome.STALE_REVISION, number=view.number, revision=view.revision))
    if Decision.CHOOSE not in answers_in(view.state):
        return _told(found, Verdict(Outcome.NOT_POSSIBLE, number=view.number, state=view.state))
    if sent is None:
        return _form(found, code, view.settings, {})
    return await _decided(found, code, sent, deciding)


async def _decided(found: Page, code: str, sent: Mapping[str, str], deciding: Deciding) -> Response:
    try:
        verdict = await choose(found, code, sent, deciding)
    except Unusable as unusable:
        return _form(found, code, sent, unusable.problems, unusable.sentence)
    if verdict.outcome is Outcome.REPLAY:
        return say("This link does not work", f"{SPENT} {AGAIN}", status=403)
    return _told(found, verdict)


def _told(found: Page, verdict: Verdict) -> Response:
    """What became of it, in the words of every chat."""
    done = verdict.outcome is Outcome.APPLIED
    sentence = in_words(verdict, found.name, found.dialog.view.zone)
    return say("Saved" if done else "Nothing was changed", f"{sentence} {CLOSE}", status=200 if done else 409)


def _form(
    found: Page, code: str, values: Mapping[str, str], problems: Mapping[str, str], wrong: str | None = None
) -> Response:
    """The form with what stands there or was sent, and what is wrong with it."""
    view = found.dialog.view
    return page(
        "settings.html",
        status=422 if wrong else 200,
        platform=PLATFORMS[view.platform].name,
        heading=heading(view),
        text=post_text(view),
        who=found.name,
        choices=found.dialog.choices,
        values={one.setting: values.get(one.setting) or one.default for one in found.dialog.choices},
        problems=problems,
        wrong=None if problems else wrong,
        action=PATH,
        code=code,
    )
