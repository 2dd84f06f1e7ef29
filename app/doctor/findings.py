"""What the doctor found: a mark, what it is about, and what to do; printed as plain lines or, on a terminal, as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


class Mark(StrEnum):
    """How something is. A note is for reading: something is not configured, or waits for a person."""

    GOOD = "✓"
    NOTE = "!"
    BROKEN = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `remedy` is empty where nothing is to be done."""

    mark: Mark
    group: str
    what: str
    remedy: str = ""

    @property
    def is_broken(self) -> bool:
        return self.mark is Mark.BROKEN


def good(group: str, what: str) -> Finding:
    return Finding(Mark.GOOD, group, what)


def note(group: str, what: str, remedy: str = "") -> Finding:
    return Finding(Mark.NOTE, group, what, remedy)


def broken(group: str, what: str, remedy: str = "") -> Finding:
    return Finding(Mark.BROKEN, group, what, remedy)


def lines(found: Sequence[Finding]) -> list[str]:
    """The report as plain lines, a heading for each group."""
    said = []
    for group, findings in groupby(found, key=lambda finding: finding.group):
        said.append(group)
        for finding in findings:
            said.append(f"  {finding.mark} {finding.what}")
            if finding.remedy:
                said.append(f"      {finding.remedy}")
    return said


def conclusion(found: Sequence[Finding]) -> str:
    bad = sum(finding.is_broken for finding in found)
    notes = sum(finding.mark is Mark.NOTE for finding in found)
    if bad:
        return f"{bad} broken, {notes} to read."
    return f"Nothing is broken, {notes} to read." if notes else "Everything is well."


def print_report(found: Sequence[Finding], secrets: Sequence[str]) -> None:
    """Print it. Whatever an error message may have quoted, none of `secrets` appears."""
    clean = [
        Finding(finding.mark, finding.group, masked(finding.what, secrets), masked(finding.remedy, secrets))
        for finding in found
    ]
    from rich.console import Console

    console = Console()
    if console.is_terminal:
        _print_table(console, clean)
    else:
        print("\n".join(lines(clean)))
    print(conclusion(found))


def masked(text: str, secrets: Sequence[str]) -> str:
    """The text without any of the secrets, the longest first, so that none leaves a part of another behind."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "•••")
    return text


def _print_table(console: "Console", found: Sequence[Finding]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE, show_header=False, pad_edge=False)
    before = ""
    for finding in found:
        group = finding.group if finding.group != before else ""
        before = finding.group
        what = Text(finding.what)
        if finding.remedy:
            what.append(f"\n{finding.remedy}", style="dim")
        table.add_row(Text(group, style="bold"), Text(finding.mark, style=_STYLES[finding.mark]), what)
    console.print(table)


_STYLES = {Mark.GOOD: "green", Mark.NOTE: "yellow", Mark.BROKEN: "bold red"}
