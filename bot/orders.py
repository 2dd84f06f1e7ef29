"""Commands that change something. Each step behind them checks the right again, in its own transaction."""

from uuid import UUID

from bot.answers import Answer, Asker, Desk, Words
from bot.naming import app_and_rest, platform_named, the_app, times_of
from domain.budget import left_in_words
from domain.errors import Refused
from pipeline import pauses, web_apps
from pipeline.accounts import connections
from pipeline.budget import set_budget, what_is_left
from pipeline.plan import Planned, plan_now
from pipeline.ports import Hint
from storage.pauses import Scope
from storage.session import Database
from storage.web_apps import WebApp

_BATCH = {
    "planned": "today's posts are being prepared already; their cards come as soon as they are written",
    "unreadable": "its page could not be read; it is tried again now",
    "written": "today's posts are ready, their cards are coming",
    "delivered": "today's cards are here already",
}
"""By the state in which a batch was found."""


async def batch(words: str, asker: Asker, desk: Desk) -> Answer:
    """Make or finish today's posts, of one web app or of all."""
    first, _, rest = words.strip().partition(" ")
    name = rest.strip() if first.casefold() == "now" else words.strip()
    apps = await _apps(asker, desk)
    chosen = [the_app(name, apps)] if name or len(apps) < 2 else apps
    done = [await plan_now(desk.database, desk.hint, asker.workspace_id, app.id) for app in chosen]
    return Words("\n".join(_planned(one) for one in done if one) or "Nothing was there to be written.")


def _planned(planned: Planned) -> str:
    if planned.new:
        return f"{planned.web_app}: today's posts are being prepared. Their cards come as soon as they are written."
    return f"{planned.web_app}: {_BATCH.get(planned.state, 'today’s posts are under way')}."


async def add(words: str, asker: Asker, desk: Desk) -> Answer:
    """Promote another web app: its address, then perhaps a name."""
    address, _, name = words.strip().partition(" ")
    if not address:
        raise Refused("Write the address of the web app behind it: add https://example.com.")
    before = {one.id for one in await _apps(asker, desk)}
    app = await web_apps.add_web_app(*_by(asker, desk), address, name=name)
    if app.id in before:
        return Words(
            f"{app.name} ({app.url}) is promoted here already, so nothing changed. “apps” lists all there are."
        )
    text = (
        f"{app.name} ({app.url}) is promoted from its next day on; its day begins at {app.batch_at:%H:%M} {app.zone}."
    )
    return Words(f"{text} “batch now” makes today's posts at once; “zone” and “slots” say when posts go out.")


async def remove(words: str, asker: Asker, desk: Desk) -> Answer:
    """Promote a web app no more; its name must be written out."""
    app = the_app(words, await _apps(asker, desk))
    if words.strip().casefold() not in (app.name.casefold(), app.url.casefold()):
        raise Refused(
            f"Write the whole name to remove it: remove {app.name}. What has not gone out is taken back then."
        )
    stopped = await web_apps.remove_web_app(*_by(asker, desk), app.id)
    return Words(f"{app.name} is not promoted any more. {_posts(len(stopped))} taken back.")


async def describe(words: str, asker: Asker, desk: Desk) -> Answer:
    """Say what a web app is, for when its page cannot be read."""
    app, text = app_and_rest(words, await _apps(asker, desk))
    await web_apps.describe_web_app(*_by(asker, desk), app.id, text)
    return Words(described(app.name))


def described(name: str) -> str:
    """What is said once a web app has a description."""
    return f"Thank you. Posts about {name} say only what you wrote. Today's, if they waited for it, are written now."


async def slots(words: str, asker: Asker, desk: Desk) -> Answer:
    """Show or set the times of day at which posts go out."""
    app, rest = app_and_rest(words, await _apps(asker, desk))
    if rest:
        times = times_of(rest)
        app = await web_apps.set_times(*_by(asker, desk), app.id, slot_times=times)
    listed = " ".join(f"{one:%H:%M}" for one in app.slot_times) or "soon after their cards were approved"
    return Words(f"Posts of {app.name} go out at {listed} ({app.zone}). To change it: slots {app.name} 09:00 14:30.")


async def zone(words: str, asker: Asker, desk: Desk) -> Answer:
    """Show or set a web app's time zone."""
    app, rest = app_and_rest(words, await _apps(asker, desk))
    if rest:
        app = await web_apps.set_times(*_by(asker, desk), app.id, zone=rest)
    return Words(f"{app.name} lives in the zone {app.zone}. To change it: zone {app.name} Europe/Berlin.")


async def budget(words: str, asker: Asker, desk: Desk) -> Answer:
    """Show what is left of the month's budgets, or set one: a platform, then dollars or "none"."""
    name, _, amount = words.strip().partition(" ")
    if not name:
        left = await what_is_left(desk.database, asker.workspace_id, all_platforms=True)
        return Words(" ".join([*left, "To set it: budget x 20. To take it away: budget x none."]))
    platform = platform_named(name)
    if platform is None:
        raise Refused(f"There is no platform “{name[:20]}”. Write it like: budget x 20.")
    if not amount.strip():
        raise Refused(f"Write the dollars a month behind it: budget {platform} 20. Or: budget {platform} none.")
    purse = await set_budget(*_by(asker, desk), platform, amount)
    return Words(f"{left_in_words(purse)} Posts that waited for it are looked at now.")


async def pause(words: str, asker: Asker, desk: Desk) -> Answer:
    """Hold everything of one web app, or of one account."""
    scope, ident, name = await _pausable(words, asker, desk)
    before = await pauses.open_pauses(desk.database, asker.workspace_id)
    held = await pauses.pause(*_by(asker, desk), scope, ident)
    if not held and any(one.scope_id == ident for one in before):
        return Words(f"{name} is paused already. “resume” lets it go on.")
    return Words(f"{name} is paused. {_posts(len(held))} on hold. “resume” lets it go on.")


async def stop_everything(words: str, asker: Asker, desk: Desk) -> Answer:
    """Hold everything of the workspace."""
    before = await pauses.open_pauses(desk.database, asker.workspace_id)
    held = await pauses.stop_everything(*_by(asker, desk))
    if not held and any(one.scope is Scope.WORKSPACE for one in before):
        return Words("Everything is stopped already. Nothing goes out until somebody says “resume”.")
    return Words(f"Everything is stopped. {_posts(len(held))} on hold. Nothing goes out until somebody says “resume”.")


async def resume(words: str, asker: Asker, desk: Desk) -> Answer:
    """Let one web app or account go on, or, without a name, everything that was paused."""
    opened = await pauses.open_pauses(desk.database, asker.workspace_id)
    if not opened:
        return Words("Nothing is paused.")
    _, ident, name = await _pausable(words, asker, desk) if words.strip() else (None, None, "Everything")
    ended = [one for one in opened if ident is None or one.scope_id == ident]
    released = 0
    for one in ended:
        released += len(await pauses.resume(*_by(asker, desk), one.scope, one.scope_id))
    stopped = ident is not None and any(one.scope is Scope.WORKSPACE for one in opened)
    more = " Everything is still stopped: “resume” without a name ends that." if stopped else ""
    return Words(
        f"{name} goes on. {_posts(released)} on the way again.{more}" if ended else f"{name} is not paused.{more}"
    )


async def _pausable(words: str, asker: Asker, desk: Desk) -> tuple[Scope, UUID, str]:
    """The account of that name, with or without its platform before it, else the web app. Raises `Refused`."""
    wanted = " ".join(words.casefold().split())
    known = [(f"{one.platform} {one.name}", one) for one in await connections(desk.database, asker.workspace_id)]
    named = [(full, one) for full, one in known if wanted in (one.name.casefold(), full.casefold())]
    if len(named) > 1:
        raise Refused(f"Several accounts are called so. Write one of: {', '.join(full for full, _ in named)}.")
    for full, account in named:
        return Scope.ACCOUNT, account.id, full
    app = the_app(words, await _apps(asker, desk))
    return Scope.WEB_APP, app.id, app.name


def _by(asker: Asker, desk: Desk) -> tuple[Database, Hint, UUID, UUID]:
    """Where, and by whom: what every step behind these commands wants first."""
    return desk.database, desk.hint, asker.workspace_id, asker.member.id


async def _apps(asker: Asker, desk: Desk) -> list[WebApp]:
    return await web_apps.list_web_apps(desk.database, asker.workspace_id)


def _posts(count: int) -> str:
    return f"{count} post{' is' if count == 1 else 's are'}"
