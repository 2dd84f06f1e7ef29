"""What people chose for a film on YouTube, what YouTube would refuse of it, and the resource that is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.payload import Payload, Picture
from domain.platforms import PLATFORMS, Platform
from domain.settings import NO, YES, Form, Setting
from domain.text import utf8_length
from publishers.films import complaints
from publishers.youtube.limits import TAGS_CHARACTERS, THUMBNAIL_BYTES, THUMBNAIL_TYPES, TITLE_CHARACTERS

PUBLIC, UNLISTED, PRIVATE = "public", "unlisted", "private"
_PRIVACY = (PUBLIC, UNLISTED, PRIVATE)
_PEOPLE_AND_BLOGS = "22"


@dataclass(frozen=True, slots=True)
class Visibility:
    """Who sees the film; `at`: it turns public by itself at that instant (UTC), and is private until then."""

    privacy: str
    at: datetime | None = None

    def is_shown(self, status: Mapping[str, Any]) -> bool:
        """Whether the status that YouTube tells of a film is this one. A film whose time has come counts as well."""
        told, at = status.get("privacyStatus"), _instant(str(status.get("publishAt") or ""))
        if self.at is None:
            return told == self.privacy and (at is None or told == PUBLIC)
        return told == PUBLIC or (told == PRIVATE and at is not None and abs(at - self.at).total_seconds() < 1)


def check(payload: Payload) -> list[str]:
    """What YouTube would refuse, in sentences for the reviewer."""
    found: list[str] = []
    if payload.video is None:
        found.append("YouTube needs a film. Add one, or leave YouTube out.")
    else:
        found += complaints(Platform.YOUTUBE, payload.video)
    if payload.document is not None:
        found.append("YouTube takes no documents. Remove it.")
    if payload.settings.get(Setting.FORM) == Form.STORY:
        found.append("YouTube has no stories. Make it an ordinary film.")
    return [*found, *_of_pictures(payload.pictures), *_of_words(payload), *_of_settings(payload.settings)]


def visibility(payload: Payload, now: datetime) -> Visibility:
    """What is wanted from `now` on. A time that has passed means at once, as on YouTube."""
    at = _instant(payload.settings.get(Setting.PUBLISH_AT, ""))
    if at is not None:
        return Visibility(PRIVATE, at) if at > now else Visibility(PUBLIC)
    return Visibility(payload.settings.get(Setting.PRIVACY) or PUBLIC)


def resource(payload: Payload, wanted: Visibility) -> dict[str, Any]:
    """`snippet` and `status`, both whole: an update replaces them whole, and what is left out gets its default."""
    status: dict[str, Any] = {
        "privacyStatus": wanted.privacy,
        "selfDeclaredMadeForKids": payload.settings.get(Setting.MADE_FOR_KIDS) == YES,
        "containsSyntheticMedia": payload.settings.get(Setting.SYNTHETIC) == YES,
    }
    if wanted.at is not None:
        status["publishAt"] = wanted.at.isoformat(timespec="seconds").replace("+00:00", "Z")
    snippet = {
        "title": payload.settings.get(Setting.TITLE, "").strip(),
        "description": payload.text,
        "tags": tags(payload),
        "categoryId": _PEOPLE_AND_BLOGS,
    }
    return {"snippet": snippet, "status": status}


def tags(payload: Payload) -> list[str]:
    """The tags, each once, in order."""
    written = (tag.strip() for tag in payload.settings.get(Setting.TAGS, "").split(","))
    return list(dict.fromkeys(tag for tag in written if tag))


def _of_pictures(pictures: tuple[Picture, ...]) -> list[str]:
    found: list[str] = []
    if len(pictures) > 1:
        found.append(f"YouTube shows one picture in front of a film, not {len(pictures)}. Keep one.")
    for picture in pictures[:1]:
        if picture.content_type not in THUMBNAIL_TYPES:
            found.append(f"YouTube takes a JPEG or PNG in front of a film, not {picture.content_type}.")
        if picture.size > THUMBNAIL_BYTES:
            megabytes = picture.size / 1_000_000
            found.append(
                f"YouTube takes pictures up to {THUMBNAIL_BYTES / 1_000_000:g} MB; this one has {megabytes:.1f}."
            )
    return found


def _of_words(payload: Payload) -> list[str]:
    found: list[str] = []
    title, limit = payload.settings.get(Setting.TITLE, "").strip(), PLATFORMS[Platform.YOUTUBE].limits.text
    if not title:
        found.append("YouTube needs a title of 1 to 100 characters. Add one.")
    if len(title) > TITLE_CHARACTERS:
        over = len(title) - TITLE_CHARACTERS
        found.append(f"YouTube takes titles of {TITLE_CHARACTERS} characters. Shorten the title by {over}.")
    if len(title.splitlines()) > 1:
        found.append("YouTube takes titles of one line. Remove the line break.")
    counted = utf8_length(payload.text)
    if counted > limit:
        found.append(f"YouTube counts {counted} of {limit} bytes. Shorten the text by {counted - limit}.")
    for name, words in (("title", title), ("text", payload.text), ("tags", ",".join(tags(payload)))):
        if "<" in words or ">" in words:
            found.append(f"YouTube takes no < and > in the {name}. Write it without them.")
    length = _tags_length(tags(payload))
    if length > TAGS_CHARACTERS:
        found.append(f"YouTube takes {TAGS_CHARACTERS} characters of tags, not {length}. Remove some.")
    return found


def _of_settings(settings: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    privacy, publish_at = settings.get(Setting.PRIVACY) or PUBLIC, settings.get(Setting.PUBLISH_AT, "")
    if privacy not in _PRIVACY:
        found.append(
            f"YouTube shows a film to everybody, by link or to nobody; “{privacy}” is none of these. Choose one."
        )
    if publish_at and _instant(publish_at) is None:
        found.append("The time at which YouTube shows the film cannot be read. Choose it again.")
    if publish_at and privacy == UNLISTED:
        found.append("YouTube makes a film public at the chosen time; it cannot stay unlisted. Choose one of the two.")
    for setting, meaning in (
        (Setting.MADE_FOR_KIDS, "whether the film is made for kids"),
        (Setting.SYNTHETIC, "whether the film is altered or synthetic"),
    ):
        if settings.get(setting, NO) not in (YES, NO):
            found.append(f"YouTube wants to know {meaning}. Answer yes or no.")
    return found


def _tags_length(chosen: list[str]) -> int:
    """As YouTube counts: a comma between two, two quotation marks round a tag with a space."""
    return sum(len(tag) + (2 if " " in tag else 0) for tag in chosen) + max(0, len(chosen) - 1)


def _instant(written: str) -> datetime | None:
    """An ISO 8601 instant with zone, in UTC, to the second; None for anything else."""
    try:
        at = datetime.fromisoformat(written)
        return at.astimezone(UTC).replace(microsecond=0) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
