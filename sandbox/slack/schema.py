"""A small language for saying what Slack accepts: lengths, counts, required fields, and the words of a refusal."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Report:
    """What is wrong with one payload so far, in Slack's words, and what must be unique within it."""

    surface: str  # message, modal or home
    file_ready: Callable[[str], bool] = lambda _file_id: False
    problems: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    action_ids: set[str] = field(default_factory=set)  # of the block being read
    markdown_length: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def say(self, words: str, pointer: str) -> None:
        """Note a problem as Slack writes it: the sentence, then where it stands as a JSON pointer."""
        self.problems.append(f"{words} [json-pointer:{pointer}]")


Check = Callable[[Any, str, Report], None]


@dataclass(frozen=True)
class Field:
    """One field of an object: how it is checked and whether it must be there."""

    check: Check
    required: bool = False


Shape = Mapping[str, Field]


def must(check: Check) -> Field:
    """A field that has to be there."""
    return Field(check, required=True)


def may(check: Check) -> Field:
    """A field that can be left out."""
    return Field(check)


def string(longest: int, shortest: int = 1) -> Check:
    """A string of `shortest`..`longest` characters."""

    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, str):
            report.say("must be a string", pointer)
        elif len(value) > longest:
            report.say(f"must be less than {longest + 1} characters", pointer)
        elif len(value) < shortest:
            report.say(f"must be more than {shortest - 1} characters", pointer)

    return check


def boolean(value: Any, pointer: str, report: Report) -> None:
    """true or false."""
    if not isinstance(value, bool):
        report.say("must be a boolean", pointer)


def number(low: int, high: int) -> Check:
    """A whole number within bounds."""

    def check(value: Any, pointer: str, report: Report) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            report.say("must be an integer", pointer)
        elif not low <= value <= high:
            report.say(f"must be between {low} and {high}", pointer)

    return check


def anything(_value: Any, _pointer: str, _report: Report) -> None:
    """A field that the sandbox lets pass unread."""


def one_of(*allowed: str) -> Check:
    """One of a few words."""

    def check(value: Any, pointer: str, report: Report) -> None:
        if value not in allowed:
            report.say(f"must be a valid enum value, one of: {', '.join(allowed)}", pointer)

    return check


def text(longest: int, *kinds: str) -> Check:
    """A text object of one of `kinds` (both when none is named), 1..`longest` characters."""
    allowed = kinds or ("plain_text", "mrkdwn")
    fields = {"type", "text", "emoji", "verbatim"}

    def check(value: Any, pointer: str, report: Report) -> None:
        before = len(report.problems)
        if not isinstance(value, dict):
            report.say("must be an object", pointer)
            return
        if value.get("type") not in allowed:
            report.say(f"unsupported type: {value.get('type')}", f"{pointer}/type")
        only(value, fields, pointer, report)
        if "text" not in value:
            report.say("missing required field: text", pointer)
        else:
            string(longest)(value["text"], f"{pointer}/text", report)
        if len(report.problems) > before:
            report.problems.insert(before, f"failed to match all allowed schemas [json-pointer:{pointer}]")

    return check


def items(most: int, check_one: Check, least: int = 1) -> Check:
    """A list of `least`..`most`, each checked."""

    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, list):
            report.say("must be an array", pointer)
            return
        if len(value) > most:
            report.say(f"no more than {most} items allowed", pointer)
        if len(value) < least:
            report.say(f"must have at least {least} items", pointer)
        for place, one in enumerate(value):
            check_one(one, f"{pointer}/{place}", report)

    return check


def shape(fields: Shape, *, also: Collection[str] = ()) -> Check:
    """An object with exactly these fields (and `also`, which somebody else checks)."""

    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.say("must be an object", pointer)
            return
        only(value, {*fields, *also}, pointer, report)
        for name, spec in fields.items():
            if name in value:
                spec.check(value[name], f"{pointer}/{name}", report)
            elif spec.required:
                report.say(f"missing required field: {name}", pointer)

    return check


def only(value: Mapping[str, Any], allowed: Collection[str], pointer: str, report: Report) -> None:
    """Refuse fields that nobody asked for."""
    for name in value:
        if name not in allowed:
            report.say(f"invalid additional property: {name}", pointer)


def by_type(shapes: Mapping[str, Check]) -> Check:
    """An object whose "type" chooses the shape; an unknown type is refused by name."""

    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.say("must be an object", pointer)
            return
        known = shapes.get(str(value.get("type")))
        if known is None:
            report.say(f"unsupported type: {value.get('type')}", f"{pointer}/type")
        else:
            known(value, pointer, report)

    return check
