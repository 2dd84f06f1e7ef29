"""The Slack workspaces of the sandbox: teams, people, channels, as Slack's methods describe them."""

from dataclasses import dataclass
from typing import Any

from sandbox.people import BY_SLACK, PEOPLE, SLACK_CHANNEL, SLACK_OTHER_TEAM, SLACK_TEAM, Person
from sandbox.slack.refusals import Refused
from sandbox.state import State

APP_ID = "A0SANDBOX"
BOT_ID = "B0AMARKTAI"
CREATED = 1_700_000_000


@dataclass(frozen=True)
class Team:
    """One workspace and the app's own user in it."""

    id: str
    name: str
    domain: str
    bot_user: str


TEAMS = {
    SLACK_TEAM["id"]: Team(bot_user="U0AMARKTAI", **SLACK_TEAM),
    SLACK_OTHER_TEAM["id"]: Team(bot_user="U1AMARKTAI", **SLACK_OTHER_TEAM),
}
SHARED = [person.slack_id for person in PEOPLE]
CHANNELS: tuple[dict[str, Any], ...] = (
    {"id": SLACK_CHANNEL["id"], "name": SLACK_CHANNEL["name"], "team": "T0SANDBOX", "members": SHARED, "shared": True},
    {"id": "C0GENERAL", "name": "general", "team": "T0SANDBOX", "members": SHARED[:3]},
    {"id": "C0OLD", "name": "old-campaigns", "team": "T0SANDBOX", "members": SHARED[:1], "archived": True},
    {"id": "C0SECRET", "name": "board-room", "team": "T0SANDBOX", "members": SHARED[:1], "private": True},
    {"id": "C1GENERAL", "name": "elsewhere", "team": "T0OTHER", "members": ["U0OLGA"]},
)


def seed(state: State) -> None:
    """Put the channels there that every sandbox starts with; those that exist stay as they are."""
    for channel in CHANNELS:
        if state.get("slack.channel", channel["id"]) is None:
            state.put("slack.channel", channel["id"], {"archived": False, "private": False, "shared": False, **channel})


def channel_of(state: State, team: str, name: str) -> dict[str, Any]:
    """The channel by id, by "#name", or the direct message with a person by user id. Raises channel_not_found."""
    if name.startswith(("U", "W")) and name in BY_SLACK:
        return direct(state, team, name)
    for channel in state.all("slack.channel"):
        if channel["team"] == team and name in (channel["id"], f"#{channel['name']}", channel["name"]):
            if channel["private"] and TEAMS[team].bot_user not in channel["members"]:
                break  # a private channel does not exist for those outside
            return channel
    raise Refused("channel_not_found")


def direct(state: State, team: str, user: str) -> dict[str, Any]:
    """The direct message between the app and a person, opened when there is none yet."""
    key = f"D0{user[2:]}" if team == "T0SANDBOX" else f"D1{user[2:]}"
    found = state.get("slack.channel", key)
    if found is None:
        members = [user, TEAMS[team].bot_user]
        found = {"id": key, "name": "", "team": team, "members": members, "im": True, "user": user}
        found |= {"archived": False, "private": True, "shared": False}
        state.put("slack.channel", key, found)
    return found


def channel_body(channel: dict[str, Any], bot_user: str) -> dict[str, Any]:
    """A channel as conversations.info shows it."""
    if channel.get("im"):
        return {
            "id": channel["id"],
            "created": CREATED,
            "is_im": True,
            "is_archived": False,
            "user": channel["user"],
            "context_team_id": channel["team"],
        }
    return {
        "id": channel["id"],
        "name": channel["name"],
        "name_normalized": channel["name"],
        "is_channel": not channel["private"],
        "is_group": channel["private"],
        "is_im": False,
        "is_mpim": False,
        "is_private": channel["private"],
        "created": CREATED,
        "is_archived": channel["archived"],
        "is_general": channel["name"] == "general",
        "is_shared": channel["shared"],
        "is_ext_shared": channel["shared"],
        "is_org_shared": False,
        "is_member": bot_user in channel["members"],
        "num_members": len(channel["members"]),
        "context_team_id": channel["team"],
        "creator": "U0MARA",
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def user_body(user: str, asking: Team) -> dict[str, Any]:
    """A person, or the app's own user, as users.info shows them to that team. Raises user_not_found."""
    if user == asking.bot_user:
        return _profile(user, asking.id, "amarktai", "Amarktai Marketing") | {"is_bot": True}
    person = BY_SLACK.get(user)
    if person is None:
        raise Refused("user_not_found")
    owner = person.part == "owner" or (person.slack_team == asking.id == "T0OTHER")
    return _profile(user, person.slack_team, username(person), person.name) | {
        "is_admin": owner,
        "is_owner": owner,
        "is_primary_owner": owner,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": False,
        "is_stranger": person.slack_team != asking.id,
    }


def username(person: Person) -> str:
    """The short name in payloads."""
    return person.telegram_username.replace("_", ".")


def _profile(user: str, team: str, name: str, real_name: str) -> dict[str, Any]:
    return {
        "id": user,
        "team_id": team,
        "name": name,
        "deleted": False,
        "real_name": real_name,
        "tz": "Europe/Stockholm",
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "profile": {"real_name": real_name, "display_name": real_name.split(maxsplit=1)[0], "team": team},
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_app_user": False,
        "updated": CREATED,
    }
