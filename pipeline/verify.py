"""Verification: every workspace's audit trail in itself, against its rows, and against what was kept outside the database."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from storage import audit, workspaces
from storage.anchors import Anchor, AnchorsBroken, Why, read
from storage.keys import Keyring
from storage.session import Database

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Seal:
    """What a chat showed of a trail: a link's number, and how its hash begins."""

    seq: int
    begins: str


@dataclass(slots=True)
class Anchored:
    """What the file of anchors says: by workspace the links that must stand, by number."""

    links: dict[UUID, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    first: str = ""
    lines: int = 0

    def take(self, anchor: Anchor) -> None:
        self.first = self.first or anchor.digest
        self.lines = anchor.n
        if anchor.why is Why.RESTORE:
            self._went_back({head.workspace_id: head.seq for head in anchor.heads})
        for head in anchor.heads:
            # Anchored twice with two hashes, the first counts: the second was read after it had been tampered with.
            self.links[head.workspace_id].setdefault(head.seq, head.hash)

    def _went_back(self, ends: dict[UUID, int]) -> None:
        """The operator accepted an older copy: what was anchored beyond its ends is not expected any more."""
        for workspace_id, links in list(self.links.items()):
            end = ends.get(workspace_id, 0)
            self.links[workspace_id] = {seq: digest for seq, digest in links.items() if seq <= end}
            if not self.links[workspace_id]:
                del self.links[workspace_id]


async def verify(database: Database, anchors: Path, keyring: Keyring, seal: Seal | None = None) -> list[str]:
    """A sentence for all that is wrong, each with the workspace and the link; an empty list when nothing is."""
    wrong: list[str] = []
    anchored = Anchored()
    noted = await audit.noted_anchors(database)
    try:
        await asyncio.to_thread(_take_all, anchored, anchors, keyring)
    except AnchorsBroken as broken:
        wrong.append(f"The anchors are broken. {broken}")
    else:
        if noted and (noted.lines > anchored.lines and anchored.first in ("", noted.first)):
            wrong.append(
                f"The anchors are not all there: {anchors} has {anchored.lines} lines, and {noted.lines} were written."
            )
    seen = seal is None
    async for workspace_id in _known(database, anchored.links):
        async with database.transaction(workspace_id) as tx:
            found = (
                await audit.first_bad_row(tx),
                await audit.first_unanchored(tx, anchored.links.get(workspace_id, {})),
            )
            seen = seen or (seal is not None and await audit.sealed(tx, seal.seq, seal.begins))
        wrong += [f"Workspace {workspace_id}, {_place(bad)}: {bad.reason}." for bad in found if bad is not None]
    if not seen and seal is not None:
        wrong.append(
            f"No trail has the seal {seal.seq}:{seal.begins}: the one that a chat showed was written anew or cut."
        )
    return wrong


def _take_all(anchored: Anchored, path: Path, keyring: Keyring) -> None:
    for anchor in read(path, keyring):
        anchored.take(anchor)


async def _known(database: Database, anchored: Iterable[UUID]) -> AsyncIterator[UUID]:
    """Every workspace that is there, was there, or was anchored; each once."""
    done: set[UUID] = set()
    after: UUID | None = None
    while True:
        async with database.transaction() as tx:
            page = await workspaces.page(tx, after, _PAGE)
        for workspace_id in page:
            done.add(workspace_id)
            yield workspace_id
        if not page:
            break
        after = page[-1]
    for workspace_id in sorted(({head.workspace_id for head in await audit.heads(database)} | set(anchored)) - done):
        yield workspace_id


def _place(bad: audit.BadRow) -> str:
    named = {"link": bad.seq, "event": bad.event_id, "at": bad.at}
    return ", ".join(f"{name} {value}" for name, value in named.items() if value is not None) or "the whole trail"
