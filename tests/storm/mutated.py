"""A plugin of pytest that breaks the product before its tests run: `STORM_MUTANT=name python -m pytest -p tests.storm.mutated …`."""

import os

import pytest

from tests.storm.child import MUTANT
from tests.storm.mutations import apply


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    if os.environ.get(MUTANT):
        apply(os.environ[MUTANT])
