"""The critic's round: draft after draft until one passes, and what to tell people about the one that did."""

from dataclasses import replace

from domain.critique import critique, fatal, warnings
from domain.draft import Draft, WriteRequest
from domain.sameness import Memory
from pipeline.agents.writer import Writer

ROUNDS = 3
"""So many drafts are tried for one post."""


async def passing(request: WriteRequest, banned: list[str], writer: Writer) -> tuple[Draft | None, list[str]]:
    """The first draft in a few that the critic lets pass; None with the last one's faults otherwise. Raises `NothingToSay`."""
    faults: list[str] = []
    for attempt in range(ROUNDS):
        draft = await writer.draft(_varied(request, attempt))
        faults = list(fatal(critique(draft, request.page, request.platform, request.avoid, banned)))
        if not faults:
            return draft, []
    return None, faults


def _varied(request: WriteRequest, attempt: int) -> WriteRequest:
    """The same request with another seed for each further attempt."""
    return request if attempt == 0 else replace(request, seed=f"{request.seed}/{attempt}")


def remarks(draft: Draft, request: WriteRequest, banned: list[str]) -> list[str]:
    """What the card says beside a draft that passed."""
    return [*warnings(critique(draft, request.page, request.platform, Memory(), banned)), *draft.notes]
