"""How Meta counts calls: the application's hour, a Page's or an Instagram account's day; headers that say so."""

import math
from dataclasses import dataclass

import orjson

from sandbox.knobs import knob
from sandbox.meta.refusals import refused
from sandbox.world import World

HOUR, DAY = 3600, 86400  # seconds
PER_USER, PER_ENGAGED = 200, 4800  # calls an hour for each daily user; calls a day for each engaged one
PENALTY = 60  # seconds by which a call while throttled lengthens the block
WINDOWS = "meta.windows"


@dataclass(frozen=True)
class Window:
    """A limit that a call counts against. `kind` is application, pages or instagram."""

    kind: str
    id: str

    @property
    def seconds(self) -> int:
        """Its length."""
        return HOUR if self.kind == "application" else DAY


def count(world: World, window: Window, headers: dict[str, str]) -> None:
    """Count one call and add the header that tells the use in percent. Raises Refused when it is one too many."""
    key, now, most = f"{window.kind}:{window.id}", world.now(), _most(world, window)
    stored = world.state.get(WINDOWS, key)
    if stored is None or stored["reset"] <= now:
        stored = {"used": 0, "reset": now + window.seconds}
    throttled = stored["used"] >= most
    stored["used"] += 1
    if throttled:
        stored["reset"] += PENALTY
    world.state.put(WINDOWS, key, stored)
    percent = min(100, math.ceil(stored["used"] * 100 / most)) if not throttled else 100
    wait = math.ceil((stored["reset"] - now) / 60) if throttled else 0
    name, value = _header(window, percent, wait)
    headers[name] = value
    if throttled:
        raise refused({"application": "app_limit", "pages": "page_limit"}.get(window.kind, "instagram_limit"))


def _most(world: World, window: Window) -> int:
    if window.kind == "application":
        return int(PER_USER * knob(world, "meta.daily_users"))
    return int(PER_ENGAGED * knob(world, "meta.engaged_users"))


def _header(window: Window, percent: int, wait_minutes: int) -> tuple[str, str]:
    used = {"call_count": percent, "total_cputime": percent // 4, "total_time": percent // 3}
    if window.kind == "application":
        return "x-app-usage", orjson.dumps(used).decode()
    entry = {"type": window.kind, **used, "estimated_time_to_regain_access": wait_minutes}
    return "x-business-use-case-usage", orjson.dumps({window.id: [entry]}).decode()
