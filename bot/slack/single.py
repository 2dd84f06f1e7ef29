"""One Slack team without OAuth: SLACK_BOT_TOKEN speaks for us, and the first Slack admin who asks is the owner."""

from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot.slack.desk import SLACK_TROUBLE, Desk
from bot.slack.errors import TOKEN_DEAD, code_of
from bot.slack.guests import fit_for_role
from bot.slack.payloads import Actor
from domain.card import Surface
from domain.errors import Refused
from domain.secret import Secret
from pipeline.workspaces import SlackInstall, bot_token, install_slack, workspace_of

log = structlog.get_logger(__name__)

ASK_AN_ADMIN = "Amarktai has no owner here yet. An admin of this Slack workspace types /amarktai help once and owns it."


async def adopt(actor: Actor, desk: Desk) -> None:
    """Begin the workspace of the configured token, owned by the Slack admin who asks. Raises `Refused` for others.

    Does nothing when the team is installed already, or no token is configured, or the token is another team's.
    """
    token = desk.settings.bot_token
    if not token or actor.is_foreign or await desk.teams.of(actor.team) is not None:
        return
    bot = await _whose(token, desk)
    if bot is None or bot["team_id"] != actor.team:
        return
    told: Any = await desk.http.client(token).users_info(user=actor.user)
    name = fit_for_role(told["user"], actor.team)
    if not (told["user"].get("is_admin") or told["user"].get("is_owner")):
        raise Refused(ASK_AN_ADMIN)
    await install_slack(desk.database, desk.vault, desk.hint, _install(bot, token, actor.user, name))
    desk.teams.forget(actor.team)


async def keep_bot_token(desk: Desk) -> None:
    """At the start of the process: a token that was replaced in the settings replaces the one in the vault."""
    token = desk.settings.bot_token
    bot = await _whose(token, desk) if token else None
    if bot is None:
        return
    workspace_id = await workspace_of(desk.database, Surface.SLACK, bot["team_id"])
    if workspace_id is None or await bot_token(desk.database, desk.vault, workspace_id, bot["team_id"]) == token:
        return
    await install_slack(desk.database, desk.vault, desk.hint, _install(bot, token, bot["user_id"], bot["user"]))
    desk.teams.forget(bot["team_id"])


async def _whose(token: Secret, desk: Desk) -> Any:
    """auth.test, or None with a line in the log."""
    try:
        return await desk.http.client(token).auth_test()
    except SlackApiError as error:
        hint = "copy the Bot User OAuth Token anew" if code_of(error) in TOKEN_DEAD else "it is tried again later"
        log.warning("Slack does not take SLACK_BOT_TOKEN", why=code_of(error), hint=hint)
    except SLACK_TROUBLE as error:
        log.warning("Slack did not answer about SLACK_BOT_TOKEN", why=type(error).__name__)
    return None


def _install(bot: Any, token: Secret, user_ref: str, name: str) -> SlackInstall:
    return SlackInstall(
        team_ref=bot["team_id"],
        team_name=bot["team"],
        user_ref=user_ref,
        user_name=name,
        bot_user_ref=bot["user_id"],
        bot_ref=bot.get("bot_id") or "",
        app_ref="",
        scopes="",
        bot_token=token,
    )
