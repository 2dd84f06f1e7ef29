"""How the tests share a machine: a few processes take one test after the other, but whole houses stand one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

HOUSES = "houses"
TOGETHER = dict.fromkeys(
    (
        "tests/journeys/test_tour.py",
        "tests/journeys/test_browser.py",
        "tests/chaos/test_crash_points.py",
        "tests/chaos/test_part_crash_points.py",
    ),
    HOUSES,
)
"""Files whose tests one process runs one after the other, and before anything else: they take minutes and mostly wait, and two
houses at a time on two cores miss deadlines of their own."""

TABLE = "table of a journey"
"""The property in which a test keeps a text to be printed at the end of the run."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests that start processes of ours come last, when the houses have fallen: both would wait for each other."""
    items.sort(key=lambda item: item.nodeid.startswith("tests/app/"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Every test goes to whoever is free. Groups go first: the largest scopes are handed out first."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return TOGETHER.get(nodeid.partition("::")[0], nodeid)

    return Scheduling(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables, whichever process their tests ran in."""
    for kind in ("passed", "failed"):
        for report in terminalreporter.stats.get(kind, []):
            for name, text in getattr(report, "user_properties", []):
                if name == TABLE and report.when == "call":
                    terminalreporter.write_line("")
                    terminalreporter.write_line(str(text))
