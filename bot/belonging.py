"""Commands about who belongs and what is connected: people and their roles, one-time links for chats and accounts."""

from bot.answers import Answer, Asker, Desk, Doors, Meant, People, Words
from bot.naming import person_named, platform_named
from bot.words import count
from domain.card import Surface
from domain.errors import Refused
from domain.platforms import PLATFORMS, Platform
from domain.roles import Role
from pipeline import people as steps
from pipeline import report
from pipeline.accounts import connections
from pipeline.disconnect import disconnect as step
from pipeline.links import Purpose, make_link_code
from storage.accounts import Connection
from storage.people import Member

ONCE = "It works once, within ten minutes."
HOW_TO_GRANT = (
    "Write: people grant Ben Osei reviewer – or owner, or viewer; “people revoke Ben Osei” takes every right."
)


async def people(words: str, asker: Asker, desk: Desk, meant: Meant | None) -> Answer:
    """Who may do what; `grant NAME ROLE`, `revoke NAME`. A mention, or a reply to a message, names them too."""
    verb, _, rest = words.strip().partition(" ")
    match verb.casefold():
        case "":
            return People(await report.people(desk.database, asker.workspace_id))
        case "grant":
            return await _grant(rest, asker, desk, meant)
        case "revoke":
            return await _revoke(rest, asker, desk, meant)
        case _:
            raise Refused(HOW_TO_GRANT)


async def _grant(words: str, asker: Asker, desk: Desk, meant: Meant | None) -> Answer:
    name, role = _name_and_role(words)
    if meant is not None:
        who = (meant.surface, meant.team_ref, meant.user_ref)
        known = await steps.member_of(desk.database, asker.workspace_id, *who) or await _add(meant, role, asker, desk)
    elif name:
        known = person_named(name, await _members(asker, desk))
    else:
        raise Refused(HOW_TO_GRANT)
    return Words(
        _granted(await steps.grant(desk.database, desk.hint, asker.workspace_id, asker.member.id, known.id, role), role)
    )


async def _add(meant: Meant, role: Role, asker: Asker, desk: Desk) -> Member:
    return await steps.add_person(
        desk.database,
        asker.workspace_id,
        asker.member.id,
        surface=meant.surface,
        team_ref=meant.team_ref,
        user_ref=meant.user_ref,
        name=meant.name,
        role=role,
    )


def _granted(member: Member, role: Role) -> str:
    return f"{member.name} is {'an' if role is Role.OWNER else 'a'} {role} now."


async def _revoke(words: str, asker: Asker, desk: Desk, meant: Meant | None) -> Answer:
    if meant is not None:
        who = (meant.surface, meant.team_ref, meant.user_ref)
        known = await steps.member_of(desk.database, asker.workspace_id, *who)
        if known is None:
            raise Refused(f"{meant.name} is not a member here, so there is nothing to revoke.")
    elif words.strip():
        known = person_named(words, await _members(asker, desk))
    else:
        raise Refused(HOW_TO_GRANT)
    returned = await steps.revoke(desk.database, desk.hint, asker.workspace_id, asker.member.id, known.id)
    posts = count(len(returned), "approved post is", "approved posts are")
    back = f" {posts} back in review." if returned else ""
    return Words(f"{known.name} may not decide or look here any more.{back}")


def _name_and_role(words: str) -> tuple[str, Role]:
    """The role is the last word or the first; the rest is a name. Raises `Refused`."""
    parts = words.split()
    for place in (-1, 0):
        if parts and parts[place].casefold() in set(Role):
            role = Role(parts.pop(place).casefold())
            return " ".join(parts), role
    raise Refused(HOW_TO_GRANT)


async def _members(asker: Asker, desk: Desk) -> list[Member]:
    return [member for member, _ in await steps.everybody(desk.database, asker.workspace_id)]


async def link(words: str, asker: Asker, desk: Desk) -> Answer:
    """A one-time link by which the asker becomes known in Telegram, a group shows the cards, or Slack is added."""
    if words.strip().casefold() == "slack":
        return await _add_slack(asker, desk)
    bot = await desk.telegram_name()
    if bot is None:
        raise Refused("Telegram is not connected to this installation, or does not answer at the moment.")
    group = words.strip().casefold() == "group"
    purpose = Purpose.CHAT if group else Purpose.PERSON
    code = await make_link_code(desk.database, asker.workspace_id, asker.member.id, purpose)
    if group:
        text = f"Add @{bot} to the Telegram group and write there: /start@{bot} {code}\n{ONCE}"
        return Doors(text, (("Choose a group", f"https://t.me/{bot}?startgroup={code}"),))
    text = f"Write to @{bot} in Telegram, from the account that shall answer as {asker.member.name}: /start {code}"
    text += f"\n{ONCE} “link group” adds a group instead."
    return Doors(text, (("Open Telegram", f"https://t.me/{bot}?start={code}"),))


async def connect(words: str, asker: Asker, desk: Desk) -> Answer:
    """One-time links to connect a profile, on one platform or on whichever the asker chooses; or to add Slack."""
    if words.strip().casefold() == "slack":
        return await _add_slack(asker, desk)
    there = desk.offers.platforms
    wanted = (platform_named(words.strip()),) if words.strip() else there
    links = [await _connect_link(platform, asker, desk) for platform in wanted if platform in there]
    if not links:
        names = ", ".join(PLATFORMS[one].name for one in there)
        raise Refused(
            f"I can connect accounts on {names} here. Name one of them, or none."
            if names
            else "No platform is set up here yet. The operator has to enter a platform's keys."
        )
    text = f"Open the link in your browser to connect an account. {ONCE}"
    if desk.offers.slack and not words.strip():
        text += " “connect slack” adds a Slack workspace, so that posts are approved there, too."
    return Doors(text, tuple(links))


async def _add_slack(asker: Asker, desk: Desk) -> Doors:
    """The page that leads to "Add to Slack", into the asker's own workspace."""
    if not desk.offers.slack:
        raise Refused("Slack is not set up here. The operator has to enter Slack's client id and secret.")
    code = await make_link_code(
        desk.database, asker.workspace_id, asker.member.id, Purpose.CONNECT, {"chat": Surface.SLACK.value}
    )
    text = f"Open the link in your browser to add a Slack workspace to this one. {ONCE}"
    return Doors(text, (("Add to Slack", f"{desk.base_url.rstrip('/')}/slack/join?code={code}"),))


async def disconnect(words: str, asker: Asker, desk: Desk) -> Answer:
    """Take an account away; its name must be written out, with the platform before it where two are called so."""
    connected = await connections(desk.database, asker.workspace_id)
    if not connected:
        raise Refused("No account is connected, so there is nothing to disconnect.")
    wanted = " ".join(words.casefold().split())
    named = [one for one in connected if wanted in (one.name.casefold(), _full_name(one).casefold())]
    if len(named) != 1:
        names = ", ".join(f"disconnect {_full_name(one)}" for one in connected[:10])
        raise Refused(f"Write the whole name of the account: {names}. What has not gone out there is held then.")
    account = named[0]
    held = await step(desk.database, desk.hint, asker.workspace_id, asker.member.id, account.id)
    posts = count(len(held), "approved post is", "approved posts are")
    return Words(f"{_full_name(account)} is disconnected. {posts} on hold; connected again, they go on.")


def _full_name(account: Connection) -> str:
    return f"{account.platform} {account.name}"


async def _connect_link(platform: Platform, asker: Asker, desk: Desk) -> tuple[str, str]:
    detail = {"platform": platform.value}
    code = await make_link_code(desk.database, asker.workspace_id, asker.member.id, Purpose.CONNECT, detail)
    return f"Connect {PLATFORMS[platform].name}", f"{desk.base_url.rstrip('/')}/connect/{platform}?code={code}"
