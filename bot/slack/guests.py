"""Who of Slack's users may get a role: people of this team; no guests, no strangers from a shared channel, no bots."""

from typing import Any

from slack_sdk.errors import SlackApiError

from bot.answers import Meant
from bot.slack.client import Installed
from bot.slack.desk import Desk
from bot.slack.errors import code_of
from bot.words import line
from domain.card import Surface
from domain.errors import Refused

_GUEST = "{name} is a guest in this Slack workspace. Guests cannot decide; make them a full member in Slack first."
NOT_OURS: tuple[tuple[str, str], ...] = (
    ("deleted", "{name} left this Slack workspace."),
    ("is_bot", "{name} is a bot; only people decide."),
    ("is_stranger", "{name} belongs to another Slack workspace. Only people of this one can decide."),
    ("is_restricted", _GUEST),
    ("is_ultra_restricted", _GUEST),
)
"""Flags of users.info that keep somebody from a role, and what is said then."""


async def meant_by(user_ref: str, installed: Installed, desk: Desk, *, strictly: bool) -> Meant:
    """Whom a mention means. `strictly`: they are to get a role. Raises `Refused` for whoever cannot have one."""
    try:
        told: Any = await desk.http.client(installed.token).users_info(user=user_ref)
    except SlackApiError as error:
        if code_of(error) not in ("user_not_found", "user_not_visible"):
            raise
        raise Refused("Slack does not know that person here. Choose them from Slack's list.") from error
    name = fit_for_role(told["user"], installed.team) if strictly else name_of(told["user"])
    return Meant(Surface.SLACK, installed.team, user_ref, name)


def fit_for_role(user: dict[str, Any], team: str) -> str:
    """The name of a user of users.info who may get a role in `team`. Raises `Refused` with why they may not."""
    name = name_of(user)
    for flag, sentence in NOT_OURS:
        if user.get(flag):
            raise Refused(sentence.format(name=name))
    if user.get("team_id", team) != team:
        raise Refused(f"{name} belongs to another Slack workspace. Only people of this one can decide.")
    return name


def name_of(user: dict[str, Any]) -> str:
    """How people call the user."""
    profile = user.get("profile") or {}
    return line(profile.get("real_name") or user.get("real_name") or user.get("name") or "", 80)
