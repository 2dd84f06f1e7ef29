"""The gallery is one page that needs nothing else."""

import re
import subprocess
import sys
from pathlib import Path

from bot.gallery import samples
from bot.gallery.page import page


def test_the_gallery_shows_every_card_and_loads_nothing() -> None:
    html = page()
    for name in samples.CARDS:
        assert f"<h3>{name}</h3>" in html
    assert not re.search(r"<(script|link|iframe)\b", html)
    assert not re.search(r"""(src|url\()=?["']?https?:""", html)
    assert "<!channel>" not in html


def test_the_command_writes_the_page_where_it_is_told(tmp_path: Path) -> None:
    out = tmp_path / "cards.html"
    done = subprocess.run(
        [sys.executable, "-m", "bot.gallery", "--out", str(out)], capture_output=True, text=True, timeout=60, check=True
    )
    assert out.as_uri() in done.stdout
    assert out.read_text().startswith("<!doctype html>")


def test_a_place_that_cannot_be_written_is_named_in_a_sentence(tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "cards.html"
    done = subprocess.run(
        [sys.executable, "-m", "bot.gallery", "--out", str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Cannot write ")
