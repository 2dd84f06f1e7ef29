"""Which web app, person, platform or time somebody means by the words they typed."""

from collections.abc import Sequence
from datetime import time
from difflib import get_close_matches
from urllib.parse import urlsplit

from domain.errors import Refused
from domain.platforms import PLATFORMS, Platform
from storage.people import Member
from storage.web_apps import WebApp

NO_APP = "There is no web app here yet. An owner adds one with “add” and its address."


def app_named(words: str, apps: Sequence[WebApp]) -> WebApp | None:
    """The web app called so: its name, address or host, or the one whose name begins so. None when it is not clear."""
    wanted = words.strip().casefold()
    exact = _called(wanted, apps)
    near = exact or [app for app in apps if wanted and app.name.casefold().startswith(wanted)]
    return near[0] if len(near) == 1 else None


def _called(wanted: str, apps: Sequence[WebApp]) -> list[WebApp]:
    return [app for app in apps if wanted in (app.name.casefold(), app.url.casefold(), _host(app.url))]


def the_app(words: str, apps: Sequence[WebApp]) -> WebApp:
    """As `app_named`; without words the only one there is. Raises `Refused`, naming those there are."""
    if not apps:
        raise Refused(NO_APP)
    if not words.strip() and len(apps) == 1:
        return apps[0]
    found = app_named(words, apps)
    if found is None:
        alike = _called(words.strip().casefold(), apps)
        if len(alike) > 1:  # two pages of one host, for example, before they were read
            addresses = " or ".join(app.url for app in alike[:5])
            raise Refused(f"“{words.strip()[:60]}” could be {addresses}. Write the whole address.")
        names = ", ".join(f"“{app.name}”" for app in apps[:10])
        asked = f"There is no web app “{words.strip()[:60]}”. " if words.strip() else "Say which web app. "
        raise Refused(f"{asked}There is {names}.")
    return found


def app_and_rest(words: str, apps: Sequence[WebApp]) -> tuple[WebApp, str]:
    """The web app that the words begin with, and what follows; all words follow when there is only one web app.

    Raises `Refused`, naming those there are.
    """
    parts = words.split()
    for count in range(min(len(parts), 8), 0, -1):
        found = app_named(" ".join(parts[:count]), apps)
        if found is not None:
            return found, words.split(maxsplit=count)[count] if len(parts) > count else ""
    return the_app("" if len(apps) == 1 else " ".join(parts[:1]), apps), words.strip()


def platform_named(word: str) -> Platform | None:
    """A platform by its name or short name; "twitter" is X to many."""
    wanted = {"twitter": "x"}.get(word.casefold(), word.casefold())
    return next((one for one in Platform if wanted in (one.value, PLATFORMS[one].name.casefold())), None)


def person_named(words: str, members: Sequence[Member]) -> Member:
    """The one member of that name, or whose name begins so. Raises `Refused`."""
    wanted = words.strip().lstrip("@").casefold()
    exact = [one for one in members if one.name.casefold() == wanted]
    near = exact or [one for one in members if wanted and one.name.casefold().startswith(wanted)]
    if len(near) == 1:
        return near[0]
    if near:
        raise Refused(
            f"“{words.strip()[:60]}” could be {' or '.join(one.name for one in near[:5])}. Write the whole name."
        )
    raise Refused(f"Nobody here is called “{words.strip()[:60]}”. “people” lists who is.")


def times_of(words: str) -> list[time]:
    """Wall times such as "9:00, 14:30". Raises `Refused`."""
    found: list[time] = []
    for word in words.replace(",", " ").split():
        hour, colon, minute = word.partition(":")
        if not (hour.isdecimal() and (minute.isdecimal() or not colon) and int(hour) < 24 and int(minute or 0) < 60):
            raise Refused(f"“{word[:20]}” is not a time. Write them like 09:00 14:30.")
        found.append(time(int(hour), int(minute or 0)))
    if len(found) > 24:
        raise Refused("A day has room for 24 slots at most.")
    return found


def nearest(word: str, known: Sequence[str]) -> str | None:
    """What somebody who mistyped may have meant."""
    found = get_close_matches(word.casefold(), known, n=1, cutoff=0.5)
    return found[0] if found else None


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").casefold()
