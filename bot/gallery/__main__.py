"""Writes the gallery: `python -m bot.gallery [--out FILE]`."""

import argparse
import sys
from pathlib import Path

from bot.gallery.page import page

USUAL = Path("build/cards.html")


def main() -> int:
    """Write the page and say where it is. 1 when the file cannot be written."""
    parser = argparse.ArgumentParser(prog="bot.gallery", description="Draws every card of both chats on one HTML page.")
    parser.add_argument("--out", type=Path, default=USUAL, help=f"the file to write ({USUAL})")
    out: Path = parser.parse_args().out
    try:
        if out == USUAL:
            out.parent.mkdir(exist_ok=True)
        out.write_text(page(), encoding="utf-8")
    except OSError as error:
        print(f"Cannot write {out}: {error.strerror}. Name another file with --out.", file=sys.stderr)
        return 1
    print(f"Every card of both chats: {out.resolve().as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
