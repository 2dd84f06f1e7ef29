"""`python -m tests.storm`: storms by seed, their verdicts, and what they prove."""

import argparse
import logging
import sys
from collections import Counter
from pathlib import Path

from tests.storm.run import Report, Wish, storm
from tests.storm.weather import STRIKES


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    options = _options()
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # lines are broken on purpose
    reports: list[Report] = []
    for seed in range(options.seed, options.seed + options.seeds):
        wish = Wish(seed, options.seconds, frozenset(options.without), options.mutant, options.keep)
        report = storm(wish, say)
        reports.append(report)
        say(told(report))
        for one in report.broken:
            say(f"  {one}")
    if len(reports) > 1:
        say(together(reports))
    return 0 if all(report.good for report in reports) else 1


def told(report: Report) -> str:
    strikes = ", ".join(f"{count} × {name}" for name, count in report.strikes.most_common())
    figures = ", ".join(f"{count} {name}" for name, count in report.figures.items())
    states = ", ".join(f"{count} {state}" for state, count in report.states.items())
    verdict = "nothing lost, doubled or unapproved" if report.good else "BROKEN"
    proved = bound(report.figures) if report.good else "this proves that something is wrong"
    return (
        f"seed {report.wish.seed}: {verdict}; {report.wish.seconds:g} s of storm, "
        f"work went round after {report.beat:.0f} s of calm, drained in {report.drained:.0f} s, {report.seconds:.0f} s in all\n"
        f"  {report.strikes.total()} strikes: {strikes}\n  {figures}\n  posts: {states}\n  {proved}"
    )


def bound(figures: dict[str, int]) -> str:
    """The rule of three: no failure in n trials bounds the rate by 3/n, with 95 % confidence."""
    n = figures.get("ambiguous attempts", 0)
    return (
        f"0 doubles in {n} ambiguous attempts: at most {3 / n:.2%} at 95 %"
        if n
        else "no ambiguous attempt: this proves nothing"
    )


def together(reports: list[Report]) -> str:
    figures: Counter[str] = Counter()
    strikes: Counter[str] = Counter()
    for report in reports:
        figures.update(report.figures)
        strikes.update(report.strikes)
    bad = [report.wish.seed for report in reports if not report.good]
    lines = [f"{len(reports)} storms, {len(bad)} broken{f': seeds {bad}' if bad else ''}"]
    lines.append("  " + ", ".join(f"{count} × {name}" for name, count in strikes.most_common()))
    lines.append("  " + ", ".join(f"{count} {name}" for name, count in figures.items()))
    return "\n".join([*lines, "  " + ("broken" if bad else bound(dict(figures)))])


def _options() -> argparse.Namespace:
    reads = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    reads.add_argument("--seed", type=int, default=20261123, help="the first seed")
    reads.add_argument("--seeds", type=int, default=1, help="so many storms, one after the other")
    reads.add_argument("--seconds", type=float, default=60.0, help="of storm, before the calm")
    reads.add_argument(
        "--without",
        action="append",
        default=[],
        choices=[*STRIKES, "platform faults"],
        metavar="NEMESIS",
        help=f"switch one off: {', '.join(STRIKES)}, platform faults",
    )
    reads.add_argument("--mutant", default="", help="break the product first: a name of tests/storm/mutations.py")
    reads.add_argument("--keep", type=Path, default=None, help="the folder for the history of a failure")
    return reads.parse_args()


if __name__ == "__main__":
    sys.exit(main())
