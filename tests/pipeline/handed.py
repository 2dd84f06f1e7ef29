"""A desk for tests of handed files: a post on a platform, a chat that gives files out, and a worker that takes them in."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from PIL import Image

from domain.card import Surface
from domain.decision import Verdict
from domain.handed import HandedFile
from domain.platforms import Platform
from pipeline.agents.film import ffmpeg
from pipeline.decide import Click, Deciding
from pipeline.hand_over import hand_over
from pipeline.take_in import Taking, take_in
from storage import cards
from storage.session import Database
from tests.pipeline.conftest import Hints, Team

HANDED = """SELECT * FROM handed WHERE workspace_id = %(workspace_id)s AND post_id = %(post)s ORDER BY handed_at"""
REVISIONS = "SELECT * FROM revisions WHERE workspace_id = %(workspace_id)s AND post_id = %(post)s ORDER BY n"


@dataclass
class Chat:
    """Gives out files by their ids, in small pieces. `before` is called ahead of each file; what it raises, the fetch raises."""

    files: dict[str, bytes] = field(default_factory=dict)
    surface: Surface = Surface.SLACK
    before: list[Callable[[], None]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    gate: asyncio.Event | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    given: int = 0

    async def fetch(self, workspace_id: UUID, team: str, file: HandedFile) -> AsyncIterator[bytes]:
        self.asked.append((team, file.ref))
        if self.before:
            self.before.pop(0)()
        self.reached.set()
        if self.gate is not None:
            await self.gate.wait()
        content = self.files[file.ref]
        for at in range(0, len(content), 65_536):
            self.given += 1
            yield content[at : at + 65_536]


@dataclass
class Desk:
    """One post of a workspace and everything around it."""

    team: Team
    post: UUID
    card: UUID
    deciding: Deciding
    taking: Taking
    chat: Chat
    pressed: int = 0

    async def hand(self, *files: HandedFile, description: str = "") -> Verdict:
        self.pressed += 1
        async with self.team.worker.transaction(self.team.workspace_id) as tx:
            post = await tx.dicts("SELECT revision_n FROM posts WHERE id = %(post)s", {"post": self.post})
            token = await cards.face_token(tx, self.card, self.post, post[0]["revision_n"], f"t{self.pressed}")
        return await hand_over(
            Click(f"k{self.pressed}", Surface.SLACK, "T1", "U2", token), files, description, self.deciding
        )

    async def send(self, content: bytes, name: str, content_type: str = "", description: str = "") -> None:
        """Hand one file over and let a worker take it in."""
        self.chat.files[name] = content
        await self.hand(HandedFile(name, name, len(content), content_type), description=description)
        await self.work()

    async def work(self, worker: str = "w1") -> None:
        for wish in await self.wishes():
            if wish["outcome"] is None:
                taking = self.taking if worker == "w1" else replace(self.taking, worker=worker)
                await take_in(self.team.workspace_id, wish["id"], taking)

    async def wishes(self) -> list[dict[str, Any]]:
        return await self._rows(HANDED)

    async def revisions(self) -> list[dict[str, Any]]:
        return await self._rows(REVISIONS)

    async def problem(self) -> str:
        """What the newest hand-over came to, which made no revision."""
        assert len(await self.revisions()) == 1
        wish = (await self.wishes())[-1]
        assert wish["outcome"] == "problem" and wish["next_at"] is None
        return str(wish["problem"])

    async def shown(self) -> dict[str, Any]:
        """The second revision, which the newest hand-over made."""
        assert [wish["outcome"] for wish in await self.wishes()][-1] == "taken", await self.wishes()
        rows = await self.revisions()
        assert [row["n"] for row in rows] == [1, 2]
        return rows[1]

    async def due_now(self) -> None:
        """As if the pause before the next try, or the lease of a worker that is gone, were over."""
        await self.team.value(
            "UPDATE handed SET next_at = now(), lease_until = now() - interval '1 second'"
            " WHERE workspace_id = %(workspace_id)s AND ended_at IS NULL RETURNING 1"
        )

    async def _rows(self, statement: str) -> list[dict[str, Any]]:
        async with self.team.worker.transaction(self.team.workspace_id) as tx:
            return await tx.dicts(statement, {"post": self.post})


async def a_desk(
    team: Team, web: Database, hint: Hints, media: Any, folder: Path, *, state: str = "in_review", platform: Platform
) -> Desk:
    account = await team.account()
    post = await team.post(account, state=state)
    await team.value(
        "UPDATE accounts SET platform = %(p)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s RETURNING 1",
        p=platform, id=account,
    )  # fmt: skip
    card = await team.value("SELECT id FROM cards WHERE workspace_id = %(workspace_id)s AND post_id = %(p)s", p=post)
    assert isinstance(card, UUID)
    chat = Chat()

    def check(platform: Platform, payload: Any) -> list[str]:
        return []

    taking = Taking(team.worker, {Surface.SLACK: chat}, media, check, hint, "w1", folder / "intake")
    return Desk(team, post, card, Deciding(web, check, hint), taking, chat)


def picture(path: Path, form: str = "JPEG", sides: tuple[int, int] = (640, 480), **more: Any) -> bytes:
    """A picture with more than one colour in it."""
    Image.linear_gradient("L").resize(sides).convert("RGB").save(path, form, **more)
    return path.read_bytes()


def film(path: Path, *more: str, sides: str = "320x180", seconds: float = 3.5, rate: int = 25) -> bytes:
    """A short film with sound, as H.264 and AAC unless `more` says otherwise."""
    program = ffmpeg()
    assert program is not None
    order = [program, "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", f"testsrc=s={sides}:r={rate}"]
    order += ["-f", "lavfi", "-i", "sine", "-t", str(seconds), "-pix_fmt", "yuv420p", "-c:v", "libx264", "-c:a", "aac"]
    subprocess.run([*order, *more, str(path)], check=True, capture_output=True, timeout=60)
    return path.read_bytes()
