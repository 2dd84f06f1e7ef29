"""What an account itself leaves to choose from, where its platform tells: TikTok does, and wants it shown before each post."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.payload import Payload
from domain.platforms import PLATFORMS, Platform
from domain.secret import Secret
from domain.settings import Choice, Setting, choices_of

ASKED: frozenset[Platform] = frozenset({Platform.TIKTOK})
"""The platforms that tell. The others leave every account the same."""

OLD_SECONDS = 3_600.0
"""After so long an account is asked again when somebody opens its posts' settings, and when one of them goes out."""


def is_old(row: Mapping[str, Any], now: datetime) -> bool:
    """Whether what `accounts.options` keeps was asked for too long ago, or never."""
    asked_at = row.get("asked_at")
    return asked_at is None or (now - datetime.fromisoformat(asked_at)).total_seconds() > OLD_SECONDS


@dataclass(frozen=True, slots=True)
class AccountOptions:
    """`values` may be chosen, by setting; a setting that is not named is not narrowed. `seconds` is the longest film."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seconds: int | None = None

    def to_row(self) -> dict[str, object]:
        """As `accounts.options` keeps it."""
        return {"values": {name: list(values) for name, values in self.values.items()}, "seconds": self.seconds}

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> "AccountOptions | None":
        """From `accounts.options`; None while the platform has not told."""
        if "values" not in row:
            return None
        return cls({name: tuple(values) for name, values in row["values"].items()}, row.get("seconds"))


AskOptions = Callable[[Secret], Awaitable[AccountOptions]]
"""Asks a platform about the account that a token opens. Raises `PublishError`."""

_CLOSED: dict[Setting, str] = {
    Setting.COMMENTS: "Comments are off: the account allows none in its own settings at {platform}.",
}
"""What a form says in place of a question to which an account leaves one answer."""


def choices_for(platform: Platform, options: AccountOptions | None) -> tuple[Choice, ...]:
    """What a person chooses for a post of an account, no more than the account offers."""
    return tuple(_narrowed(platform, one, options) for one in choices_of(platform))


def _narrowed(platform: Platform, one: Choice, options: AccountOptions | None) -> Choice:
    offered = options.values.get(one.setting) if options else None
    left = tuple(option for option in one.options if offered is not None and option.value in offered)
    if not left or left == one.options:
        return one
    alone = one.setting in _CLOSED and [option.value for option in left] == [one.default]
    closed = _CLOSED[one.setting].format(platform=PLATFORMS[platform].name) if alone else ""
    return replace(one, options=left, closed=closed)


def withdrawn(platform: Platform, account: str, payload: Payload, options: AccountOptions | None) -> list[str]:
    """What was chosen, or made, and the account does not offer (any more): a sentence each, for the reviewer."""
    if options is None:
        return []
    found: list[str] = []
    for one in choices_of(platform):
        value = payload.settings.get(one.setting) or one.default
        said, offered = one.said(value), options.values.get(one.setting)
        if value and said is not None and offered is not None and value not in offered:
            found.append(f"{account} no longer offers “{one.short}: {said}”. Choose again in Settings.")
    film = payload.video
    if film is not None and options.seconds is not None and film.seconds > options.seconds:
        found.append(
            f"{PLATFORMS[platform].name} takes films up to {options.seconds} seconds of {account}; this one lasts"
            f" {film.seconds:.0f}. Choose a shorter one."
        )
    return found
