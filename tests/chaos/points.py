"""Where a worker can die: each point replaces functions of the product, in the dying process only."""

import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, NoReturn

import publishers.http
from pipeline import part_looks, publish, reconcile
from pipeline import parts as following
from storage import attempts, losses, parts, posts

AnyAsync = Callable[..., Awaitable[Any]]
ATTEMPT, TRAIL = publish._Attempt, publishers.http._Trail


def die() -> NoReturn:
    """As the kernel does it: no finally, no goodbye."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives that")


@dataclass(frozen=True)
class Point:
    """A named place. `step` is what the process runs: publish, sweep, reconcile or follow.

    It dies before (or `after`) the `nth` call of each function of `where` that is named in `what`, or of `also`.
    `lost`: from here on the outcome may be unknown, and the platform has to be asked.
    """

    name: str
    step: str
    where: object
    what: tuple[str, ...]
    after: bool = True
    also: tuple[tuple[object, str], ...] = ()
    nth: int = 1
    lost: bool = True

    def arm(self) -> None:
        """From now on this process dies there."""
        for where, name in (*((self.where, name) for name in self.what), *self.also):
            setattr(where, name, self._dying(getattr(where, name)))

    def _dying(self, original: AnyAsync) -> AnyAsync:
        calls = count(1)

        async def fatal(*args: Any, **named: Any) -> Any:
            if next(calls) < self.nth:
                return await original(*args, **named)
            if self.after:
                await original(*args, **named)
            die()

        return fatal


@dataclass(frozen=True)
class OnTheWire(Point):
    """Dies when the wire reports a stage of the send. Uploads use the same wire, so it is deadly only after the permit."""

    stage: str = ""
    attempt: type = ATTEMPT

    def arm(self) -> None:
        permit, traced = self.attempt.permit, TRAIL.__call__  # type: ignore[attr-defined]
        permitted: list[bool] = []

        async def permitting(attempt: Any) -> None:
            await permit(attempt)
            permitted.append(True)

        async def fatal(trail: Any, stage: str, more: Any) -> None:
            await traced(trail, stage, more)
            if permitted and stage.endswith(self.stage):
                die()

        setattr(self.attempt, "permit", permitting)  # noqa: B010 - a method, replaced on purpose
        setattr(TRAIL, "__call__", fatal)  # noqa: B010


def _wire(name: str, stage: str) -> OnTheWire:
    return OnTheWire(name, "publish", TRAIL, (), stage=stage)


LAST_BYTE = _wire("after the last byte", "send_request_body.complete")
RESPONSE = _wire("after the response", "receive_response_headers.complete")

_ABSENCES = ((losses, "count_absent"), (losses, "release_once"))

BEFORE_A_SAVE = Point(
    "after a step, before its handle is saved", "publish", ATTEMPT, ("save",), after=False, lost=False
)
AFTER_A_SAVE = Point("after a handle is saved", "publish", ATTEMPT, ("save",), lost=False)

POINTS = (
    Point("before the claim is committed", "publish", attempts, ("begin",), lost=False),
    Point("after the claim is committed", "publish", publish, ("_claim",), lost=False),
    BEFORE_A_SAVE,
    AFTER_A_SAVE,
    Point("before the permit", "publish", ATTEMPT, ("permit",), after=False, lost=False),
    Point("before the sent mark is committed", "publish", attempts, ("mark_sent",), lost=False),
    Point("after the sent mark is committed", "publish", ATTEMPT, ("permit",)),
    _wire("after the first bytes", "send_request_headers.complete"),
    LAST_BYTE,
    RESPONSE,
    Point("before the record is committed", "publish", attempts, ("end",)),
    Point("after the record is committed", "publish", publish, ("_record_receipt", "_record_failure")),
    Point("in the sweep, before its commit", "sweep", attempts, ("end",)),
    Point("after the sweep", "sweep", reconcile, ("sweep",)),
    Point("after the lease of a look", "reconcile", losses, ("lock_lost",)),
    Point("after the look", "reconcile", reconcile, ("_act_on",), after=False),
    Point("before the finding is committed", "reconcile", posts, ("confirm", "record_fate"), also=_ABSENCES),
    Point("after the finding is committed", "reconcile", reconcile, ("_act_on",)),
)
BY_NAME = {point.name: point for point in POINTS}
SAVES = (BEFORE_A_SAVE, AFTER_A_SAVE)


PART = following._Attempt


def _part_wire(name: str, stage: str) -> OnTheWire:
    return OnTheWire(name, "follow", TRAIL, (), stage=stage, attempt=PART)


PART_LAST_BYTE = _part_wire("part: after the last byte", "send_request_body.complete")
PART_POINTS = (
    Point("part: before the claim is committed", "follow", attempts, ("begin",), lost=False),
    Point("part: after the claim is committed", "follow", following, ("_send",), after=False, lost=False),
    Point("part: before the sent mark is committed", "follow", attempts, ("mark_sent",), lost=False),
    Point("part: after the sent mark is committed", "follow", PART, ("permit",)),
    _part_wire("part: after the first bytes", "send_request_headers.complete"),
    PART_LAST_BYTE,
    Point("part: before the record is committed", "follow", attempts, ("end",)),
    Point("part: after the record is committed", "follow", following, ("_record_receipt", "_record_failure")),
    Point("part: in the sweep, before its commit", "follow sweep", following, ("_sweep",)),
    Point(
        "part: after the lease of a look",
        "follow look",
        part_looks,
        ("look",),
        after=False,
        also=((following, "look"),),
    ),
    Point(
        "part: before the finding is committed",
        "follow look",
        parts,
        ("confirm", "record_fate", "count_absent", "release_once"),
    ),
    Point("part: after the finding is committed", "follow look", part_looks, ("look",), also=((following, "look"),)),
)
"""The same places of what follows a post. A sweep or a look comes after a death with the request on its way."""
BY_NAME |= {point.name: point for point in PART_POINTS}


def nth_save(point: Point, nth: int) -> Point:
    """One of `SAVES`, at a later save."""
    return replace(point, nth=nth)
