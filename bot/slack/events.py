"""Slack's events: somebody opens the App Home, our bot joins or leaves a channel, our app is removed."""

from collections.abc import Awaitable, Callable

from slack_sdk.errors import SlackApiError

from bot.slack.channels import joined, left
from bot.slack.desk import Desk, know
from bot.slack.errors import TOKEN_DEAD, code_of
from bot.slack.payloads import Actor, Happened
from bot.slack.render import Block, render_home, render_words
from domain.errors import Refused
from domain.secret import Secret
from pipeline import report
from pipeline.workspaces import uninstall_slack
from storage import inbox


async def happened(event: Happened, desk: Desk) -> None:
    """Do what follows from an event, once however often Slack brings it. An exception makes Slack bring it again."""
    handler = EVENTS.get(event.kind)
    if handler is None or not await inbox.first_time(desk.database, "slack", event.id):
        return
    try:
        await handler(event, desk)
    except BaseException:
        await inbox.forget(desk.database, "slack", event.id)
        raise


async def _home_opened(event: Happened, desk: Desk) -> None:
    user = event.event.get("user")
    if event.event.get("tab", "home") == "home" and isinstance(user, str):
        desk.errands.spawn("draw the App Home", publish_home(Actor(event.team, user, event.team), desk))


async def publish_home(actor: Actor, desk: Desk) -> None:
    """Show the dashboard to a member, and to anybody else whom to ask."""
    client = await desk.client(actor.team)
    await client.views_publish(user_id=actor.user, view=await _home(actor, desk))


async def _home(actor: Actor, desk: Desk) -> Block:
    try:
        known = await know(actor, desk)
    except Refused as refused:
        return _sentence(refused.sentence)
    view = await report.home(desk.database, known.installed.workspace_id)
    return render_home(view) if view else _sentence("Nothing is here yet.")


def _sentence(text: str) -> Block:
    return {"type": "home", "blocks": list(render_words(text).blocks)}


async def _removed(event: Happened, desk: Desk) -> None:
    """Two events tell of it, in any order, and perhaps so late that we have been installed anew: then our token works."""
    tokens = event.event.get("tokens")
    if event.kind == "tokens_revoked" and not (isinstance(tokens, dict) and tokens.get("bot")):
        return  # somebody's own token ended; ours lives on
    desk.teams.forget(event.team)
    found = await desk.teams.of(event.team)
    if found is not None and not await _works(found.token, desk):
        await uninstall_slack(desk.database, desk.vault, desk.hint, event.team, dead=found.token)
    desk.teams.forget(event.team)


async def _works(token: Secret, desk: Desk) -> bool:
    """Whether Slack knows the token. Raises `SlackApiError` when it says anything else than yes or no."""
    try:
        await desk.http.client(token).auth_test()
    except SlackApiError as error:
        if code_of(error) not in TOKEN_DEAD:
            raise
        return False
    return True


Handler = Callable[[Happened, Desk], Awaitable[None]]
EVENTS: dict[str, Handler] = {
    "app_home_opened": _home_opened,
    "member_joined_channel": joined,
    "channel_left": left,
    "group_left": left,
    "channel_archive": left,
    "group_archive": left,
    "app_uninstalled": _removed,
    "tokens_revoked": _removed,
}
"""What the app subscribes to, and what follows."""
