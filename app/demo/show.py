"""What a demonstration prints: progress on a terminal, plain lines elsewhere."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.demo.house import House


class Show:
    """Speaks to whoever started it."""

    def __init__(self, *, live: bool) -> None:
        self._live = live

    def say(self, text: str) -> None:
        """One line of progress."""
        if self._live:
            from rich import print as shine
            from rich.markup import escape

            shine("[dim]·[/dim]", escape(text))
        else:
            print(text, flush=True)

    def welcome(self, house: "House") -> None:
        """The two addresses, and what to do."""
        lines = [
            "",
            f"  The page with both chats and the feeds:  {house.sandbox}/",
            f"  The app itself:                          {house.web}/",
            "",
            "  Cards are arriving in Slack and Telegram. Click Approve, Edit or Reject there; approved posts go live",
            "  in the feeds at their slot. Type /analytics in Slack to see what they did. Switch people with “act as”.",
            f"  Logs: {house.home / 'logs'} · Ctrl-C stops everything.",
            "",
        ]
        print("\n".join(lines), flush=True)

    def table(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Steps of the tour: a mark, what was done, what was seen."""
        width = max((len(row[1]) for row in rows), default=0)
        for mark, what, seen in rows:
            print(f"  {mark} {what:<{width}}  {seen}", flush=True)
