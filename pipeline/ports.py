"""What steps need from outside, as protocols. The entry points plug in what fulfils them."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.card import Face, Surface
from domain.handed import HandedFile

Hint = Callable[[str, UUID | None, UUID | None], None]
"""`hint(stage, workspace_id, id)`: look at this row now. It may get lost; the clock finds whatever is due.

The stages are those of the SQL function `door_due`; the stage "due" only tells the clock that an earlier instant appeared."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a chat answered to a drawing: its own ids, and whether the whole text could be shown."""

    message: str
    thread: str | None = None
    picture_ref: str | None = None
    shown_whole: bool = True


class ChatBusy(Exception):
    """The chat wants us to wait `seconds`; nothing was drawn."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds:.1f} s")
        self.seconds = seconds


class ChatGone(Exception):
    """The chat does not take our messages any more (kicked, blocked, deleted, uninstalled). `sentence` is for the owner."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class ChatMoved(Exception):
    """The chat has a new id (a Telegram group became a supergroup)."""

    def __init__(self, chat: str) -> None:
        super().__init__(chat)
        self.chat = chat


class MessageGone(Exception):
    """The message was deleted in the chat; a new one takes its place."""


class ChatRefused(Exception):
    """The chat would not take this drawing; `sentence` says why. It is tried again later."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class ReviewSurface(Protocol):
    """A chat that cards are drawn in. Draws exactly what the face says and never decides."""

    surface: Surface

    async def draw(self, face: Face) -> Drawn:
        """Post the card, or update it when `face.place.message` is set. Raises the Chat… errors above."""
        ...


Surfaces = Mapping[Surface, ReviewSurface]


class FileGone(Exception):
    """The chat does not give this file out and will not later (deleted, too large for bots, no permission).

    `sentence` tells whoever sent it why, and what to do: it stands on the card.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class FileLater(Exception):
    """The file did not come now (no connection, the chat is busy): it is asked for again, at the earliest in `seconds`."""

    def __init__(self, why: str, seconds: float = 0.0) -> None:
        super().__init__(why)
        self.seconds = seconds


class FileSource(Protocol):
    """A chat that files are fetched from."""

    surface: Surface

    def fetch(self, workspace_id: UUID, team: str, file: HandedFile) -> AsyncIterator[bytes]:
        """The file's bytes as they come, in pieces of any size; the reader stops when it has too many.

        `team` as in the click that handed it over. Raises `FileGone` or `FileLater`, at the beginning or between pieces.
        May be closed before its end (`aclose`): an async generator frees its connection then.
        """
        ...


FileSources = Mapping[Surface, FileSource]


class Pace(Protocol):
    """Spaces calls to one chat. Fails open: without Valkey it spaces within the process."""

    async def reserve(self, key: str, *, burst: int, per_minute: float, spare: bool = False) -> float:
        """Seconds to wait before the call; the call is counted as made then.

        With `spare` only room is taken that the next call can do without: if there is none, nothing is counted, and the
        answer says when to ask again.
        """
        ...
