"""The chats: who we are at Slack and Telegram, by asking them; and whether what was installed may do what we need."""

from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, TelegramError

from app.doctor.findings import Finding, broken, good, note
from app.doctor.stores import Opened
from app.operate import every_workspace
from app.settings import HOW, Settings
from app.wiring.shared import telegram_settings
from bot.slack.errors import code_of
from domain.secret import Secret
from pipeline.workspaces import bot_token
from storage.keys import KeysUnusable

if TYPE_CHECKING:
    from bot.slack.client import SlackHttp

MOST = 25
"""Installations to ask for: Slack limits the pace, and a hundredth answer teaches nothing."""

_INSTALLATIONS = """
SELECT team_ref, team_name, scopes FROM installations
WHERE workspace_id = %(workspace_id)s AND surface = 'slack' AND uninstalled_at IS NULL ORDER BY installed_at
"""


async def slack(settings: Settings, opened: Opened | None) -> list[Finding]:
    """The app's own credentials, and `auth.test` with the token of each installation."""
    found = _slack_settings(settings)
    if not settings.has_slack and not settings.slack_bot_token:
        return found
    from bot.slack.client import SlackHttp

    http = SlackHttp(settings.slack_api_url)
    try:
        found.append(await _slack_answers(http))
        if found[-1].is_broken:
            return found
        if settings.slack_app_token:
            found.append(await _socket(http, Secret(settings.slack_app_token.get_secret_value())))
        if settings.slack_bot_token:
            token = Secret(settings.slack_bot_token.get_secret_value())
            found.append(await _installation(http, "SLACK_BOT_TOKEN", token, None))
        if opened is not None:
            found += await _installations(http, settings, opened)
    finally:
        await http.close()
    return found


def _slack_settings(settings: Settings) -> list[Finding]:
    if not settings.has_slack:
        remedy = "Make an app from docs/slack-app-manifest.yaml and set SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and "
        return [note("Slack", "Not configured", f"{remedy}SLACK_SIGNING_SECRET (or SLACK_APP_TOKEN for Socket Mode).")]
    ways = [
        *(["HTTP"] if settings.slack_signing_secret else []),
        *(["Socket Mode"] if settings.slack_app_token else []),
    ]
    found = [good("Slack", f"Deliveries come by {' and '.join(ways)}")]
    if not settings.slack_client_id:
        remedy = f"SLACK_CLIENT_ID: {HOW['SLACK_CLIENT_ID']}"
        found.append(note("Slack", "Nobody can add us to Slack: the app's client is missing", remedy))
    return found


async def _slack_answers(http: "SlackHttp") -> Finding:
    try:
        await http.client().api_test()
    except SlackApiError:
        pass  # a refusal is an answer too
    except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
        remedy = "Check SLACK_API_URL and this machine's way to the internet."
        return broken("Slack", f"{http.api_url} does not answer: {_slack_reason(error)}", remedy)
    return good("Slack", f"{http.api_url} answers")


async def _socket(http: "SlackHttp", token: Secret) -> Finding:
    try:
        await http.client(token).apps_connections_open(app_token=token.reveal())
    except (SlackApiError, SlackClientError, aiohttp.ClientError, TimeoutError) as error:
        remedy = (
            "Make an app-level token with connections:write (Basic Information → App-Level Tokens): SLACK_APP_TOKEN."
        )
        return broken("Slack", f"Socket Mode does not open: {_slack_reason(error)}", remedy)
    return good("Slack", "Socket Mode opens")


async def _installations(http: "SlackHttp", settings: Settings, opened: Opened) -> list[Finding]:
    found: list[Finding] = []
    async for workspace_id in every_workspace(opened.database):
        async with opened.database.transaction(workspace_id) as tx:
            rows = await tx.dicts(_INSTALLATIONS)
        for row in rows:
            if len(found) == MOST:
                return [*found, note("Slack", f"There are more installations; the first {MOST} were asked")]
            team = f"{row['team_name']} ({row['team_ref']})"
            try:
                token = await bot_token(opened.database, opened.vault, workspace_id, row["team_ref"])
            except KeysUnusable as error:
                found.append(broken("Slack", f"{team}: {error}"))
                continue
            found.append(await _installation(http, team, token or Secret(""), row["scopes"] or None))
    if not found:
        where = (
            f"{settings.amarktai_base_url.rstrip('/')}/slack/install"
            if settings.amarktai_base_url
            else "/slack/install"
        )
        found.append(note("Slack", "Nobody has added us to a Slack workspace yet", f"Open {where}."))
    return found


async def _installation(http: "SlackHttp", name: str, token: Secret, scopes: str | None) -> Finding:
    """`scopes` are those that Slack granted, separated by commas; None when they are not known."""
    from bot.slack.oauth import SCOPES

    again = "An owner of the team adds the app again at /slack/install."
    try:
        told: Any = await http.client(token).auth_test()
    except (SlackApiError, SlackClientError, aiohttp.ClientError, TimeoutError) as error:
        return broken("Slack", f"{name}: the token is not taken: {_slack_reason(error)}", again)
    missing = [scope for scope in SCOPES if scopes is not None and scope not in scopes.split(",")]
    if missing:
        return broken("Slack", f"{name}: the installation lacks {', '.join(missing)}", again)
    return good("Slack", f"{name}: we are {told.get('user', 'there')}")


def _slack_reason(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        return code_of(error) or "it refuses"
    return "no connection" if isinstance(error, aiohttp.ClientConnectionError) else type(error).__name__


async def telegram(settings: Settings) -> list[Finding]:
    """Who our bot is, and where its updates go."""
    if not settings.has_telegram:
        return [note("Telegram", "Not configured", f"TELEGRAM_BOT_TOKEN: {HOW['TELEGRAM_BOT_TOKEN']}")]
    from bot.telegram.client import make_bot

    wanted = telegram_settings(settings)
    bot = make_bot(wanted)
    try:
        me = await bot.get_me()
        webhook = await bot.get_webhook_info()
    except TelegramError as error:
        return [_telegram_trouble(error, settings)]
    finally:
        await bot.shutdown()
    found = [good("Telegram", f"We are @{me.username}")]
    if me.can_read_all_group_messages:
        remedy = "@BotFather, /setprivacy, Enable: the bot needs only commands and replies to it."
        found.append(note("Telegram", "The bot reads everything that is written in its groups", remedy))
    found.append(_webhook(webhook.url, wanted.webhook_url, webhook.pending_update_count, webhook.last_error_message))
    return found


def _webhook(url: str, ours: str, waiting: int, trouble: str | None) -> Finding:
    kept = f", {waiting} updates wait" if waiting else ""
    if not url:
        remedy = (
            "`amarktai telegram` fetches them; with a public https address the web process sets a webhook at its start."
        )
        return note("Telegram", f"Updates are not delivered to a webhook{kept}", remedy)
    if url != ours:
        remedy = "The web process sets it anew at its start. One bot serves one installation only."
        return note("Telegram", f"Updates are delivered elsewhere than to {ours}{kept}", remedy)
    if trouble and waiting:
        remedy = "Look at the web process and at its certificate."
        return broken("Telegram", f"Telegram cannot deliver: {trouble}{kept}", remedy)
    return good("Telegram", f"Updates are delivered to {url}{kept}")


def _telegram_trouble(error: TelegramError, settings: Settings) -> Finding:
    """The library's sentence for a refused token quotes it, so it is not repeated."""
    # BadRequest is a NetworkError in this library.
    if isinstance(error, NetworkError) and not isinstance(error, BadRequest):
        remedy = "Check TELEGRAM_API_URL and this machine's way to the internet."
        return broken("Telegram", f"{settings.telegram_api_url} does not answer", remedy)
    if isinstance(error, InvalidToken | Forbidden):
        return broken(
            "Telegram", "Telegram does not take the token", f"TELEGRAM_BOT_TOKEN: {HOW['TELEGRAM_BOT_TOKEN']}"
        )
    return broken("Telegram", f"Telegram refuses: {type(error).__name__}")
