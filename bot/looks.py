"""Commands that only look: the queue, the web apps, the people, the figures, and what can be asked."""

from bot.answers import Answer, Apps, Asker, Desk, Figures, Help, Queue, Words
from bot.naming import platform_named
from domain.errors import Refused
from domain.platforms import Platform
from pipeline import report
from pipeline.budget import what_is_left


async def queue(words: str, asker: Asker, desk: Desk) -> Answer:
    """What waits, what goes out when, what keeps everything, and what is left of the budgets."""
    views = await report.queue(desk.database, asker.workspace_id)
    halts = await report.halts(desk.database, asker.workspace_id)
    return Queue(views, (*halts, *await what_is_left(desk.database, asker.workspace_id)))


async def apps(words: str, asker: Asker, desk: Desk) -> Answer:
    """The web apps and their accounts."""
    return Apps(await report.apps(desk.database, asker.workspace_id))


async def help_(words: str, asker: Asker, desk: Desk) -> Answer:
    """What can be asked, and the support that the plan promises."""
    return Help(await report.help_view(desk.database, asker.workspace_id))


async def analytics(words: str, asker: Asker, desk: Desk) -> Answer:
    """Figures and a chart: a period, a web app and a platform in any order."""
    period, app, platform = scope_of(words)
    view = await report.analytics(desk.database, asker.workspace_id, period, app, platform)
    if view is None:
        return Words(
            f"There is no web app “{app}” and no such period. Periods are 24h, 7d and 30d; “apps” lists the web apps."
        )

    async def chart() -> bytes:
        return await report.analytics_chart(desk.database, asker.workspace_id, period, app, platform, desk.draw_chart)

    return Figures(view, chart)


def scope_of(words: str) -> tuple[str, str | None, Platform | None]:
    """Period, web app and platform from words in any order. Raises `Refused` for a period that there is not."""
    period, platform, rest = "7d", None, []
    for word in words.split():
        if word.lower() in report.PERIODS:
            period = word.lower()
        elif word[:-1].isdecimal() and word[-1].lower() in "hdwm":
            raise Refused(f"There are no figures for “{word}”. Ask for 24h, 7d or 30d.")
        elif (found := platform_named(word)) is not None:
            platform = found
        else:
            rest.append(word)
    return period, " ".join(rest) or None, platform
