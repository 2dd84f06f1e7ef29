"""What goes out: the final text, its media by digest, and the settings people chose. What was seen is what is sent."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of a revision. `digest` is the SHA-256 (hex) of its bytes, which also names it in the media store."""

    digest: str
    content_type: str
    width: int
    height: int
    size: int
    alt: str


@dataclass(frozen=True, slots=True)
class Video:
    """A film of a revision, named like a picture. `seconds` is its length, `rate` frames a second; codecs as the file names
    them ("avc1", "mp4a"), "" where there is no such track."""

    digest: str
    content_type: str
    width: int
    height: int
    size: int
    seconds: float
    rate: float
    video_codec: str
    audio_codec: str
    alt: str = ""
    still: str = ""
    """The digest of a picture that stands for it in chats; it is not sent."""


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF of a revision, named like a picture. `title` is shown above it."""

    digest: str
    content_type: str
    size: int
    pages: int
    title: str


@dataclass(frozen=True, slots=True)
class Payload:
    """The bytes that go out: final text (links included), pictures or a film or a document. What was seen is what is sent.

    `settings` are what people chose for the platform (a title, who may see it); their names stand in `domain.settings`.
    """

    text: str
    pictures: tuple[Picture, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    video: Video | None = None
    document: Document | None = None

    @classmethod
    def of_row(
        cls,
        text: str,
        pictures: Sequence[Mapping[str, Any]],
        settings: Mapping[str, str],
        video: Mapping[str, Any] | None,
        document: Mapping[str, Any] | None,
    ) -> "Payload":
        """From a revision's columns."""
        return cls(
            text,
            tuple(Picture(**picture) for picture in pictures),
            settings,
            Video(**video) if video else None,
            Document(**document) if document else None,
        )

    def sha256(self, account_id: UUID) -> bytes:
        """Names this payload for this account: 32 bytes, the same in every process and version."""
        canonical: dict[str, object] = {
            "account": str(account_id),
            "text": self.text,
            "pictures": [[picture.digest, picture.alt] for picture in self.pictures],
            "settings": dict(self.settings),
        }
        if self.video is not None:
            canonical["video"] = [self.video.digest, self.video.alt]
        if self.document is not None:
            canonical["document"] = [self.document.digest, self.document.title]
        return hashlib.sha256(json.dumps(canonical, sort_keys=True, ensure_ascii=False).encode()).digest()
