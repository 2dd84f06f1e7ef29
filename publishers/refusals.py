"""Refusals as tables: what a platform answers, and who must act on it. A row that is not there was never understood."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from domain.publishing import Block, ContentRefused, OutcomeUnknown, PublishError, TokenRejected, TryLater
from domain.text import clean, shorten
from publishers.http import Answer

_TELLING = ("code", "type", "title", "detail", "message", "reason", "error", "error_description", "errorDetailType")
_FOR_PEOPLE = ("error_user_msg", "message", "detail", "error_description", "title")
ANY_REFUSAL = 0
"""As a row's status: every 4xx. For platforms that tell what they mean by a code in the body."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row: an HTTP status (or `ANY_REFUSAL`), a pattern searched in what the body tells, and the error it means.

    The sentence says the next step; "{words}" in it stands for the platform's own words. An empty pattern fits all.
    """

    status: int
    pattern: str
    error: type[TryLater] | type[TokenRejected] | type[ContentRefused] | type[OutcomeUnknown]
    sentence: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """A platform's table with what its rows need: when to come back after a 429, and what a duplicate points to."""

    name: str
    rows: tuple[Refusal, ...]
    retry_at: Callable[[Answer], datetime | None]
    link: Callable[[Answer], str | None]
    read: Callable[[Answer], str] = field(default_factory=lambda: telling)
    """What the rows' patterns are searched in."""
    blocks: Callable[[Answer], tuple[Block, ...]] = lambda _: ()
    """What an answer says is used up for other posts, too."""
    steps_block: bool = True
    """Whether a refused step says so as well, or only the call that publishes: each may have an allowance of its own."""

    def of_send(self, answer: Answer, what: str = "the post") -> PublishError:
        """What an answer to the irreversible call means, which sends `what`. Whatever the table does not know is unknown,
        never refused."""
        unknown = f"{self.name} answered {answer.status} to {what}, which does not say whether it is out."
        return self._known(answer, self.blocks(answer)) or OutcomeUnknown(unknown)

    def of_step(self, answer: Answer, what: str) -> PublishError:
        """What an answer to a repeatable call means; `what` names it. What no row knows may be tried again."""
        known = self._known(answer, self.blocks(answer) if self.steps_block else ())
        if known is not None and not isinstance(known, OutcomeUnknown):
            return known
        if answer.status in (400, 413, 415, 422):
            return ContentRefused(
                f"{self.name} refused {what}: {words(answer)} Edit the post, or choose another picture or film."
            )
        return TryLater(f"{self.name} answered {answer.status} for {what}.", self.retry_at(answer))

    def _known(self, answer: Answer, blocks: tuple[Block, ...]) -> PublishError | None:
        told = self.read(answer)
        for row in self.rows:
            meant = answer.status == row.status or (row.status == ANY_REFUSAL and 400 <= answer.status < 500)
            if meant and re.search(row.pattern, told, re.IGNORECASE):
                sentence = row.sentence.replace("{words}", words(answer))
                if issubclass(row.error, TryLater):
                    return row.error(sentence, self.retry_at(answer), blocks)
                if issubclass(row.error, OutcomeUnknown):
                    return row.error(sentence, self.link(answer))
                if issubclass(row.error, TokenRejected):
                    return row.error(sentence, not_permitted=answer.status == 403)
                return row.error(sentence)
        return None


def telling(answer: Answer) -> str:
    """The parts of an error body that carry meaning, joined. Never the whole body: it may quote the post itself."""
    return " · ".join(
        str(part[key]) for part in _parts(answer) for key in _TELLING if isinstance(part.get(key), str | int)
    )


def reason(said: object) -> str:
    """A platform's words of why its work failed, cleaned and short, as the end of a sentence; "" when it has none."""
    if not isinstance(said, str) or not said.strip():
        return ""
    return ": " + shorten(" ".join(clean(said).split()), 200).rstrip(".")


def words(answer: Answer) -> str:
    """The platform's own words for a person, cleaned and short, as one sentence."""
    for part in _parts(answer)[::-1]:
        for key in _FOR_PEOPLE:
            said = part.get(key)
            if isinstance(said, str) and said.strip():
                short = shorten(" ".join(clean(said).split()), 200)
                return short if short.endswith((".", "!", "?", "…")) else short + "."
    return "no reason given."


def _parts(answer: Answer) -> list[dict[str, object]]:
    body = answer.fields()
    deeper = body.get("error")  # Google, Meta and TikTok put everything one level down
    parts = [body, deeper] if isinstance(deeper, dict) else [body]
    listed = [part.get("errors") for part in parts]
    inner = [one for errors in listed if isinstance(errors, list) for one in errors]
    return [*parts, *(part for part in inner if isinstance(part, dict))]
