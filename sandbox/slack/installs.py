"""Who may call the Slack twin: installs, their tokens and scopes, and how they end."""

from dataclasses import dataclass
from typing import Any

from sandbox.secrets import token as fresh_token
from sandbox.slack.refusals import Refused
from sandbox.slack.workspace import APP_ID, BOT_ID, TEAMS, Team
from sandbox.world import World

TOKENS = "slack.token"
SCOPES = frozenset(
    (
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "chat:write.customize",
        "chat:write.public",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "links:read",
        "links:write",
        "mpim:read",
        "mpim:write",
        "reactions:read",
        "reactions:write",
        "team:read",
        "usergroups:read",
        "users:read",
        "users:read.email",
        "users.profile:read",
    )
)
DEAD = {"revoked": "token_revoked", "uninstalled": "account_inactive"}


@dataclass(frozen=True)
class Caller:
    """Who a valid token speaks for."""

    token: str
    team: Team
    scopes: frozenset[str]

    @property
    def bot_user(self) -> str:
        """The app's own user in that team."""
        return self.team.bot_user


def install(world: World, team: str, scopes: list[str], installer: str) -> dict[str, Any]:
    """Install the app; a team that has it already keeps its token and gets the scopes added, as on Slack."""
    found = installed(world, team) or {
        "token": fresh_token("xoxb-sandbox-"),
        "team": team,
        "scopes": [],
        "status": "active",
    }
    found["scopes"] = sorted({*found["scopes"], *scopes})
    found["installer"] = installer
    world.state.put(TOKENS, found["token"], found)
    world.bus.publish({"type": "slack.install", "team": team})
    return found


def installed(world: World, team: str) -> dict[str, Any] | None:
    """The living install of a team."""
    for found in world.state.all(TOKENS):
        if found["team"] == team and found["status"] == "active":
            return found
    return None


def scopes_of(world: World, team: str) -> frozenset[str]:
    """What the living install of a team was granted; nothing where there is none."""
    found = installed(world, team)
    return frozenset(found["scopes"]) if found else frozenset()


def end(world: World, team: str, status: str) -> bool:
    """End a team's install ("revoked" or "uninstalled"); False when there was none. The app leaves every channel."""
    found = installed(world, team)
    if found is None:
        return False
    world.state.put(TOKENS, found["token"], {**found, "status": status})
    for channel in world.state.all("slack.channel"):
        if channel["team"] == team and not channel.get("im") and TEAMS[team].bot_user in channel["members"]:
            channel["members"].remove(TEAMS[team].bot_user)
            world.state.put("slack.channel", channel["id"], channel)
    world.ledger.accept("slack", status, team, APP_ID, {})
    world.bus.publish({"type": "slack.install", "team": team})
    return True


def caller(world: World, token: str | None) -> Caller:
    """Whom a bot token speaks for. Raises not_authed, invalid_auth, token_revoked, account_inactive."""
    if not token:
        raise Refused("not_authed")
    if token == world.secrets.slack_app_token:
        raise Refused("not_allowed_token_type")
    found = world.state.get(TOKENS, token)
    if found is None:
        raise Refused("invalid_auth")
    if found["status"] in DEAD:
        raise Refused(DEAD[found["status"]])
    return Caller(token, TEAMS[found["team"]], frozenset(found["scopes"]))


def app_caller(world: World, token: str | None) -> None:
    """An app token (xapp-…), as Socket Mode wants it. Raises like `caller`."""
    if not token:
        raise Refused("not_authed")
    if world.state.get(TOKENS, token) is not None:
        raise Refused("not_allowed_token_type")
    if token != world.secrets.slack_app_token:
        raise Refused("invalid_auth")


def identity(who: Caller, base_url: str) -> dict[str, Any]:
    """auth.test."""
    return {
        "url": f"{base_url}/slack/{who.team.domain}/",
        "team": who.team.name,
        "user": "amarktai",
        "team_id": who.team.id,
        "user_id": who.bot_user,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }
