"""A secret that does not show itself: not in a repr, a log line, a traceback or an f-string."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """Wraps a token. `reveal()` is the only way to its text, so that a search finds every use."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        return self._text

    def __str__(self) -> str:
        return "•••"

    def __bool__(self) -> bool:
        return bool(self._text)
