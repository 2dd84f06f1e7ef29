"""The Slack app: one listener for each kind of delivery, tables behind them, the same for HTTP and Socket Mode.

One listener a kind, because Bolt tries its listeners one by one and each try costs; `process_before_response`, because
otherwise Bolt looks for the answer only every 10 ms. Both were measured.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.slack.actions import press
from bot.slack.commands import command
from bot.slack.desk import NOT_INSTALLED, TROUBLE, Desk, tell
from bot.slack.events import happened
from bot.slack.payloads import Gesture, Happened, Press, Submission, Typed
from bot.slack.render import message_modal, render_words
from bot.slack.submissions import CLOSE, submitted
from domain.errors import Refused

log = structlog.get_logger(__name__)

ANYTHING = re.compile("")
OK = 200

Answering = Callable[[Any, Desk], Awaitable[dict[str, Any] | None]]


def build_app(desk: Desk) -> AsyncApp:
    """The app. It verifies nothing: `bot.slack.ingress` and the socket only hand it what is known to be Slack's."""
    bolts = logging.getLogger("slack_bolt")
    bolts.setLevel(logging.WARNING)  # it announces file stores that it found settings for, and that nobody uses
    app = AsyncApp(
        logger=bolts,
        name="amarktai",
        client=desk.http.client(),
        authorize=_authorize(desk),
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        ignoring_self_events_enabled=False,  # it would hide that our own bot joined a channel
        ignoring_self_assistant_message_events_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
        user_facing_authorize_error_message=NOT_INSTALLED,
    )
    # A gesture from a team without us is answered in words; to Bolt it is an error of whoever runs this.
    logging.getLogger("slack_bolt.AsyncMultiTeamsAuthorization").setLevel(logging.CRITICAL)
    listen = _router(desk)
    app.action(ANYTHING)(listen)
    app.view(ANYTHING)(listen)
    app.command(ANYTHING)(listen)
    app.event(ANYTHING)(listen)
    return app


def _authorize(desk: Desk) -> Callable[..., Awaitable[Any]]:
    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        """From what we stored, without asking Slack; None: not installed. Bolt gets no token: our own clients have it."""
        installed = await desk.teams.of(team_id) if team_id else None
        # A configured token without a workspace yet: the first command begins one, see bot.slack.single.
        if installed is None and not desk.settings.bot_token:
            return None
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)

    return authorize


def _router(desk: Desk) -> Callable[..., Awaitable[BoltResponse]]:
    async def listen(context: AsyncBoltContext) -> BoltResponse:
        """Hand the gesture to its table. What it raises is logged and told to the person, and Slack hears of it."""
        gesture: Gesture = context["gesture"]
        try:
            return _acknowledged(await _handle(gesture, desk))
        except Refused as refused:
            return _excused(gesture, refused.sentence, desk)
        except Exception:  # the last place: the person must read something, and Slack must know
            log.exception("a delivery of Slack failed", kind=type(gesture).__name__)
            return _excused(gesture, TROUBLE, desk, broken=True)

    return listen


async def _handle(gesture: Gesture, desk: Desk) -> dict[str, Any] | None:
    handler = HANDLERS.get(type(gesture))
    return await handler(gesture, desk) if handler else None


async def _pressed(gesture: Press, desk: Desk) -> None:
    await press(gesture, desk)


async def _happened(gesture: Happened, desk: Desk) -> None:
    await happened(gesture, desk)


HANDLERS: dict[type, Answering] = {
    Press: _pressed,
    Submission: submitted,
    Typed: command,
    Happened: _happened,
}


def _acknowledged(body: dict[str, Any] | None) -> BoltResponse:
    return BoltResponse(status=OK, body=body or "")


def _excused(gesture: Gesture, sentence: str, desk: Desk, *, broken: bool = False) -> BoltResponse:
    """Say what went wrong where the person is. An event has nobody to tell: Slack brings it again when we broke."""
    match gesture:
        case Submission():
            view = message_modal("Not done", sentence)
            return _acknowledged({"response_action": "update", "view": view})
        case Press() | Typed():
            desk.errands.spawn("say what went wrong", tell(gesture, render_words(sentence), desk))
            return _acknowledged(CLOSE)
        case _:
            return BoltResponse(status=503 if broken else OK, body="")
