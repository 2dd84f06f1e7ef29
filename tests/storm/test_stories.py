"""Every story of the benchmarks runs, in its quick form: they must not rot between two releases."""

import subprocess
import sys

import pytest

from benchmarks import batch, decision, limits, memory, publishing, slot, upload


@pytest.mark.timeout(600)
def test_the_stories_run_and_each_prints_its_table() -> None:
    """All in one run, on the same servers."""
    told_of = (decision, slot, publishing, upload, batch, limits, memory)
    stories = [story.__name__.rpartition(".")[2] for story in told_of]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", *stories], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for told, story in zip(done.stdout.split("### ")[1:], told_of, strict=True):
        assert told.startswith(story.TITLE) and "| figure" in told
    assert "Measured in" in done.stdout
