"""Finds what a person means: themselves, the view on top, a channel they are in, a message they see, a button in it."""

from typing import Any

from sandbox.people import BY_SLACK, Person
from sandbox.slack import messages, views
from sandbox.slack.refusals import Refused
from sandbox.slack.twin import Slack
from sandbox.slack.use import Impossible, pick

Wish = dict[str, Any]


def who(wish: Wish) -> Person:
    """The person who acts."""
    person = BY_SLACK.get(str(wish.get("user")))
    if person is None:
        raise Impossible(f"There is nobody called {wish.get('user')!r}; choose one of {', '.join(BY_SLACK)}.")
    return person


def open_view(slack: Slack, person: Person, view_id: str) -> dict[str, Any]:
    """The view, if the person has it before them: the modal on top, or their Home tab."""
    view = slack.world.state.get(views.KIND, view_id)
    if view is None or view["user"] != person.slack_id:
        raise Impossible(f"{person.name} has no view {view_id!r}.")
    stack = views.stack_of(slack, view["team_id"], person.slack_id)
    if view["type"] == "modal" and stack[-1:] != [view_id]:
        raise Impossible(f"The view {view_id!r} is not on top: {stack or 'no modal is open'}.")
    return view


def channel_meant(slack: Slack, person: Person, name: str) -> dict[str, Any]:
    channel = slack.world.state.get("slack.channel", name)
    if channel is None or person.slack_id not in channel["members"]:
        raise Impossible(f"{person.name} is in no channel {name!r}.")
    return channel


def message_meant(slack: Slack, person: Person, wish: Wish) -> tuple[dict[str, Any], dict[str, Any]]:
    channel = channel_meant(slack, person, str(wish.get("channel") or "C0REVIEW"))
    try:
        message = messages.find(slack, channel["id"], str(wish.get("ts")), ephemeral=True)
    except Refused as refused:
        raise Impossible(f"There is no message {wish.get('ts')!r} in {channel['id']}.") from refused
    if message["ephemeral_to"] not in (None, person.slack_id):
        raise Impossible(f"{person.name} does not see that message.")
    return channel, message


def versions_of(message: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The blocks of the message, the present ones first: a slow client may still show older ones."""
    return [message.get("blocks") or [], *(old.get("blocks") or [] for old in reversed(message["history"]))]


def element_meant(versions: list[list[dict[str, Any]]], wish: Wish) -> tuple[dict[str, Any], dict[str, Any]]:
    action_id, block_id = str(wish.get("action_id")), wish.get("block_id")
    for blocks in versions:
        found = pick(blocks, action_id, block_id, wish.get("value"))
        if found is not None:
            return found
    for blocks in versions:  # no version offered that value: a forged press of a button that exists
        found = pick(blocks, action_id, block_id, None)
        if found is not None and found[1]["type"] == "button":
            return found
    raise Impossible(f"There is nothing to press with the action_id {action_id!r}.")
