"""The shape of a grammar: which tables each language has to fill."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.brief import Angle

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grammar:
    """One language. Keys of `openings` are angles; "quote" and "said" stand in for proof with and without an author.

    `short` are openings for X, one or two lines; `long` are first lines for LinkedIn, the lead stands under them.
    """

    language: str
    short: Mapping[str, Lines]
    long: Mapping[str, Lines]
    supports: Lines
    list_heads: Lines
    more: Lines
    with_call: Lines
    questions: Lines
    member_openings: Lines
    organisation_openings: Lines
    playful: Lines
    pointers: Lines
    labels: Mapping[Angle, str]
    sharing_alt: str
    card_alt: str
