"""Trouble on purpose: one place that plays every fault round an acceptance, for every twin."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.bus import Bus
from sandbox.overload import broken, throttled

REFUSED = (b'{"ok":false', b'{"error":"')  # refusals that come as 200: of the chats, and of TikTok's token endpoint
TRANSPORT = "sandbox.transport"  # the key under which server.py leaves the socket in the ASGI scope


class Kind(StrEnum):
    """What can go wrong, as POST /_sandbox/faults names it."""

    ACCEPT_THEN_500 = "accept_then_500"
    ACCEPT_THEN_CLOSE = "accept_then_close"
    ACCEPT_THEN_HANG = "accept_then_hang"
    ACCEPT_LATE = "accept_late"
    REJECT_5XX = "reject_5xx"
    CLOSE = "close"
    THROTTLE = "429"
    SLOW = "slow"
    MALFORMED_2XX = "malformed_2xx"


# Seconds when the wish names none: a hang outlasts every sensible client, a late acceptance comes soon.
PATIENCE = {Kind.ACCEPT_THEN_HANG: 60.0, Kind.ACCEPT_LATE: 1.0, Kind.SLOW: 2.0}


@dataclass(frozen=True)
class Fault:
    """One fault to play. `seconds` is the length of slow, hang (then the socket closes) and accept_late."""

    target: str
    kind: Kind
    retry_after: int = 30
    seconds: float = 1.0
    counted: bool = True


@dataclass
class Rule:
    """A fault with its dose: `count` times, or each time with `probability` (from `seed`, so a run can be repeated)."""

    fault: Fault
    count: int | None = 1
    probability: float | None = None
    chance: random.Random = field(default_factory=random.Random)

    def fires(self) -> bool:
        """Whether it strikes this time; counted rules use themselves up."""
        if self.probability is not None and self.chance.random() >= self.probability:
            return False
        if self.count is None:
            return True
        self.count -= 1
        return self.count >= 0


class BadFault(ValueError):
    """The wish for a fault cannot be understood; the message says why."""


class Faults:
    """The faults that are armed now. Not kept over a restart: a fresh process is a healthy one."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(self, wish: Mapping[str, Any]) -> None:
        """Arm one fault from the JSON of POST /_sandbox/faults. Raises BadFault."""
        self._rules.append(_rule(wish))

    def clear(self) -> None:
        """Everything works again."""
        self._rules.clear()

    def armed(self) -> list[dict[str, Any]]:
        """What is armed, for the page."""
        return [
            {
                "target": rule.fault.target,
                "fault": rule.fault.kind.value,
                "count": rule.count,
                "probability": rule.probability,
                "retry_after": rule.fault.retry_after,
                "seconds": rule.fault.seconds,
            }
            for rule in self._rules
        ]

    def take(self, target: str) -> Fault | None:
        """The fault to play for this call ("x.posts"), used up as it is taken; None is the good day."""
        for rule in self._rules:
            if fnmatchcase(target, rule.fault.target) and rule.fires():
                self._rules = [other for other in self._rules if other.count is None or other.count > 0]
                return rule.fault
        return None

    def give_back(self, fault: Fault) -> None:
        """The call was refused for its own sake, so the fault was not played: it strikes the next one."""
        if fault.counted:
            self._rules.insert(0, Rule(fault))


def _rule(wish: Mapping[str, Any]) -> Rule:
    target, name = wish.get("target"), str(wish.get("fault"))
    if not isinstance(target, str) or not target:
        raise BadFault('A fault needs a target such as "x.posts", "slack.chat.postMessage" or "linkedin.*".')
    if name not in set(Kind):
        raise BadFault(f"Unknown fault {name!r}; choose one of {', '.join(Kind)}.")
    kind = Kind(name)
    probability = None if wish.get("probability") is None else _number(wish, "probability", 1, most=1)
    endless = probability is not None and wish.get("count") is None
    fault = Fault(
        target,
        kind,
        retry_after=int(_number(wish, "retry_after", 30)),
        seconds=_number(wish, "seconds", PATIENCE.get(kind, 1.0)),
        counted=not endless,
    )
    count = None if endless else int(_number(wish, "count", 1, least=1))
    return Rule(fault, count, probability, random.Random(str(wish["seed"]) if "seed" in wish else None))


def _number(wish: Mapping[str, Any], name: str, default: float, least: float = 0, most: float = 1e6) -> float:
    value = default if wish.get(name) is None else wish[name]
    if not isinstance(value, int | float) or not least <= value <= most:
        raise BadFault(f"{name} must be a number from {least:g} to {most:g}, not {value!r}.")
    return float(value)


class Drop(Response):
    """No answer at all: the connection closes, after `after` seconds of silence."""

    def __init__(self, after: float = 0.0) -> None:
        super().__init__()
        self.after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = scope.get("extensions", {}).get(TRANSPORT)
        if self.after:
            await _until_gone(receive, self.after)
        if transport is None:  # without a socket (tests in process) this is as close as it gets
            raise ConnectionAbortedError("the sandbox closed the connection without an answer")
        transport.close()
        await _until_gone(receive, 5.0)


async def _until_gone(receive: Receive, seconds: float) -> None:
    """Wait until the client has hung up, at most so long."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return


class Stage(Protocol):
    """What playing a fault takes of the world: `sandbox.world.World` is one."""

    @property
    def faults(self) -> Faults: ...

    @property
    def bus(self) -> Bus: ...

    def now(self) -> float: ...

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]: ...


async def answer(stage: Stage, target: str, accept: Callable[[], Awaitable[Response]]) -> Response:
    """Answer one call under the fault that is armed for `target`, if any.

    `accept` validates, writes the ledger and gives the good answer (or the platform's refusal, 4xx). It must have
    read its request already: accept_late calls it when the request is gone. reject_5xx, close and 429 never call it.
    A refused call uses up no accept_* fault. In Slack and Telegram a refusal may be a 200 whose body says ok: false.
    """
    fault = stage.faults.take(target)
    if fault is None:
        return await accept()
    stage.bus.publish({"type": "fault", "target": target, "fault": fault.kind.value})
    match fault.kind:
        case Kind.REJECT_5XX | Kind.CLOSE | Kind.THROTTLE:
            return _turned_away(stage, target, fault)
        case Kind.ACCEPT_LATE:
            stage.spawn(_later(fault.seconds, accept))
            return Drop()
        case Kind.SLOW:
            await asyncio.sleep(fault.seconds)
            return await accept()
        case _:
            good = await accept()
            if _is_refusal(good):
                stage.faults.give_back(fault)
                return good
            return _spoiled(target, fault, good)


def _turned_away(stage: Stage, target: str, fault: Fault) -> Response:
    """The answer to a call that never got through the door."""
    match fault.kind:
        case Kind.REJECT_5XX:
            return broken(target, 503)
        case Kind.THROTTLE:
            return throttled(target, fault.retry_after, stage.now())
        case _:
            return Drop()


async def _later(seconds: float, accept: Callable[[], Awaitable[Response]]) -> None:
    await asyncio.sleep(seconds)
    await accept()


def _is_refusal(response: Response) -> bool:
    return response.status_code >= 400 or bytes(response.body).startswith(REFUSED)


def _spoiled(target: str, fault: Fault, good: Response) -> Response:
    """What the caller sees instead of the good answer."""
    match fault.kind:
        case Kind.ACCEPT_THEN_500:
            return broken(target, 500)
        case Kind.ACCEPT_THEN_HANG:
            return Drop(after=fault.seconds)
        case Kind.MALFORMED_2XX:
            return Response("<html><body>Bad gateway, but politely", good.status_code, media_type="text/html")
        case _:
            return Drop()
