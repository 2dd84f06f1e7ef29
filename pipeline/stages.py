"""The stages of work: what a hint may ask for, on which queue it waits, and how patient its actor is.

The names are those of the SQL function `door_due`: for a post that wants looking at, its state.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """A queue per kind of work, so that quick jobs do not wait behind slow ones."""

    queue: str
    seconds: int
    of_workspace: bool = False
    """Whether it looks at the whole workspace, whichever row the hint names: many such hints are one."""


LONGEST_UPLOAD = 900
"""Seconds. A film is uploaded piece by piece, its lease renewed with each; one that takes longer goes on at the next try."""

LONGEST_INTAKE = 900
"""Seconds for fetching and converting what a member handed over; what takes longer begins anew at the next try, and ends there."""

STAGES: dict[str, Stage] = {
    "plan": Stage("plan", 30),
    "batch": Stage("write", 110),
    "planned": Stage("write", 110),
    "in_review": Stage("plan", 30),
    "needs_human": Stage("plan", 30),
    "approved": Stage("publish", LONGEST_UPLOAD),
    "retry_wait": Stage("publish", LONGEST_UPLOAD),
    "publishing": Stage("publish", 30),
    "unknown": Stage("publish", 60),
    "part": Stage("publish", 60),
    "withdraw": Stage("publish", 60),
    "take_in": Stage("media", LONGEST_INTAKE),
    "draw": Stage("draw", 90),
    "redraw": Stage("draw", 30, of_workspace=True),
    "measure": Stage("measure", 60),
    "refresh": Stage("measure", 60),
    "connect": Stage("publish", 60),
    "heartbeat": Stage("plan", 10),
    "anchor": Stage("plan", 60),
    "watch": Stage("plan", 30),
    "tidy": Stage("measure", 110),
}
