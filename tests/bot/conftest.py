"""Golden files: what the renderers drew when somebody last looked. UPDATE_GOLDEN=1 writes them anew."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """`golden(name, drawn)` compares with the file of that name, or writes it when asked to."""

    def compare(name: str, drawn: str) -> None:
        stem, _, suffix = name.rpartition(".")
        chat, _, title = stem.partition("/")
        file = GOLDEN / chat / f"{re.sub('[^a-z0-9]+', '-', title.lower()).strip('-')}.{suffix}"
        if os.environ.get("UPDATE_GOLDEN"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(drawn, encoding="utf-8")
        assert file.exists(), f"{file.name} is missing: look at `make cards`, then run with UPDATE_GOLDEN=1"
        assert drawn == file.read_text(encoding="utf-8")

    return compare
