"""The frame of the benchmarks: what is asked, printed and met. `tests/storm/test_stories.py` runs the stories."""

import subprocess
import sys

from benchmarks.figures import at_least, at_most, figure, percentile, table
from benchmarks.limits import fullest


def test_an_unknown_story_is_refused_in_words() -> None:
    done = subprocess.run([sys.executable, "-m", "benchmarks", "nothing"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no story 'nothing'" in done.stderr


def test_a_missed_goal_is_said_aloud() -> None:
    printed = table("t", [figure("slow", [3.0, 2.0, 4.0], "s", at_most(1)), figure("quick", [9.0], "/s", at_least(5))])
    assert "3 s (2–4)" in printed
    assert "GOAL MISSED" in printed.splitlines()[4]
    assert "met" in printed.splitlines()[5]


def test_the_fullest_window_is_found_wherever_it_begins() -> None:
    assert fullest([0.0, 1.0, 1.1, 1.2, 1.9, 2.0, 5.0], 1.0) == 4
    assert fullest([0.0, 1.0, 2.0], 1.0) == 1  # exactly a window apart
    assert fullest([], 1.0) == 0


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([float(n) for n in range(100)], 0.99) == 99.0
    assert percentile([1.0], 0.5) == 1.0
