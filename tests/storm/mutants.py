"""`python -m tests.storm.mutants`: breaks the product in every way that the mutations name; a test that does not notice fails.

First the same tests run unbroken, for a test that fails anyway notices nothing. Two mutants live at a time.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from tests.journeys.stage import PYTHON, ROOT, environment
from tests.storm.child import MUTANT
from tests.storm.mutations import MUTATIONS, STORM, Mutation

AT_ONCE = 2
LONGEST = 300.0
"""Seconds for one mutant, on a busy machine."""
TESTS_FAILED = 1
"""The exit code of pytest and of the storm when a promise was broken; anything else means that they did not get so far."""
STORM_SECONDS, STORM_SEED = 25, 1


@dataclass(frozen=True)
class Fate:
    mutation: Mutation
    code: int
    seconds: float
    printed: str

    @property
    def caught(self) -> bool:
        return self.code == TESTS_FAILED and ("FAILED" in self.printed or "BROKEN" in self.printed)


def main() -> int:
    reads = argparse.ArgumentParser(prog="python -m tests.storm.mutants", description=__doc__)
    reads.add_argument("--only", default="", help="mutants with this in their name")
    only = reads.parse_args().only
    chosen = [one for one in MUTATIONS if only in one.name]
    if _unbroken(chosen) != 0:
        print("The tests do not even pass on the product as it is: nothing can be said about mutants.")
        return 1
    with ThreadPoolExecutor(AT_ONCE) as pool:
        under_way = [pool.submit(_fate, one) for one in sorted(chosen, key=lambda one: one.caught_by != (STORM,))]
        fates = [_told(done.result()) for done in as_completed(under_way)]
    caught = sum(fate.caught for fate in fates)
    print(f"{caught} of {len(fates)} mutants caught")
    return 0 if caught == len(fates) else 1


def _told(fate: Fate) -> Fate:
    print(
        f"{'caught' if fate.caught else 'ALIVE ':8}{fate.seconds:6.0f} s  {fate.mutation.name}  ({fate.mutation.caught_by[0]})",
        flush=True,
    )
    if not fate.caught:
        print(f"exit code {fate.code}\n{fate.printed[-3000:]}")
    return fate


def _unbroken(chosen: Iterable[Mutation]) -> int:
    """The exit code of all tests that are to catch something, on the product as it is."""
    tests = [one.caught_by for one in chosen if one.caught_by != (STORM,)]
    if not tests:
        return 0
    files = sorted({test[0] for test in tests})
    words = " or ".join(test[-1] if len(test) > 1 else test[0].rpartition("/")[2].removesuffix(".py") for test in tests)
    return _run("", _pytest(*files, "-k", words))[0]


def _fate(mutation: Mutation) -> Fate:
    begun = time.monotonic()
    if mutation.caught_by == (STORM,):
        storm = ("tests.storm", "--seconds", str(STORM_SECONDS), "--seed", str(STORM_SEED), "--mutant", mutation.name)
        code, printed = _run("", (PYTHON, "-m", *storm))
    else:
        code, printed = _run(mutation.name, _pytest(*mutation.caught_by))
    return Fate(mutation, code, time.monotonic() - begun, printed)


def _pytest(*arguments: str) -> tuple[str, ...]:
    return (PYTHON, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "tests.storm.mutated", *arguments)


def _run(mutant: str, command: tuple[str, ...]) -> tuple[int, str]:
    """Exit code and everything printed; a child that hangs is ended with all that it started."""
    env = {**environment(), MUTANT: mutant, "TMPDIR": os.environ.get("TMPDIR", "/tmp")}
    try:
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired as late:
        return -1, f"not done after {LONGEST:.0f} s\n{late.stdout!r}"
    return done.returncode, done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main())
