"""The methods about people, channels and the team itself."""

from typing import Any

from sandbox.people import BY_SLACK
from sandbox.slack.arguments import Arguments
from sandbox.slack.installs import Caller, identity
from sandbox.slack.refusals import Refused
from sandbox.slack.twin import Slack
from sandbox.slack.workspace import channel_body, channel_of, direct, user_body


def auth_test(slack: Slack, who: Caller, _asked: Arguments) -> dict[str, Any]:
    """auth.test"""
    return identity(who, slack.world.config.base_url)


def team_info(slack: Slack, who: Caller, _asked: Arguments) -> dict[str, Any]:
    """team.info"""
    team = who.team
    address = f"{slack.world.config.base_url}/slack/{team.domain}/"
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "url": address, "email_domain": ""}}


def users_info(_slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """users.info"""
    return {"user": user_body(asked.need("user"), who.team)}


def info(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """conversations.info"""
    channel = channel_of(slack.world.state, who.team.id, asked.need("channel"))
    return {"channel": channel_body(channel, who.bot_user)}


def open_direct(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """conversations.open with one person."""
    user = asked.need("users").split(",")[0]
    if user not in BY_SLACK:
        raise Refused("user_not_found")
    channel = direct(slack.world.state, who.team.id, user)
    shown = channel_body(channel, who.bot_user) if asked.flag("return_im") else {"id": channel["id"]}
    return {"channel": shown}


def join(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """conversations.join: public channels only; joining twice is fine."""
    channel = channel_of(slack.world.state, who.team.id, asked.need("channel"))
    if channel.get("im"):
        raise Refused("method_not_supported_for_channel_type")
    if channel["archived"]:
        raise Refused("is_archived")
    if who.bot_user not in channel["members"]:
        channel["members"].append(who.bot_user)
        slack.world.state.put("slack.channel", channel["id"], channel)
        slack.tell("channel", channel=channel["id"])
    return {"channel": channel_body(channel, who.bot_user)}


def listing(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """conversations.list: `types` as asked for, public channels by default, a page at a time."""
    types = set(asked.text("types", "public_channel").replace(" ", "").split(","))
    found = []
    for channel in slack.world.state.all("slack.channel"):
        kind = "im" if channel.get("im") else "private_channel" if channel["private"] else "public_channel"
        hidden = kind == "private_channel" and who.bot_user not in channel["members"]
        if channel["team"] != who.team.id or kind not in types or hidden:
            continue
        if not (asked.flag("exclude_archived") and channel["archived"]):
            found.append(channel_body(channel, who.bot_user))
    return _page("channels", found, asked)


def members(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """conversations.members"""
    channel = channel_of(slack.world.state, who.team.id, asked.need("channel"))
    return _page("members", channel["members"], asked)


def _page(name: str, everything: list[Any], asked: Arguments) -> dict[str, Any]:
    place = asked.text("cursor").removeprefix("c")
    start = int(place) if place.isdecimal() else 0
    limit = asked.count("limit", 100, 1000)
    following = f"c{start + limit}" if start + limit < len(everything) else ""
    return {name: everything[start : start + limit], "response_metadata": {"next_cursor": following}}
