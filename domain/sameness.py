"""How alike two posts are: shares of three-word runs, with links, hashtags and punctuation left aside."""

from collections import Counter
from collections.abc import Iterable

import regex

_ASIDE = regex.compile(r"https?://\S+|[#@][\p{L}\p{N}_]+")
_WORD = regex.compile(r"\p{Han}|\p{Hiragana}|\p{Katakana}|\p{Thai}|[\p{L}\p{M}\p{N}]+")
_RUN = 3

TOO_ALIKE = 0.8
"""From here on a draft is a repetition and is written anew."""

RATHER_ALIKE = 0.6
"""From here on the card warns."""


def shingles(text: str) -> frozenset[int]:
    """The text's runs of three words as numbers (equal within one process). Texts without a word have none."""
    words = _WORD.findall(_ASIDE.sub(" ", text).casefold())
    if len(words) < _RUN:
        return frozenset({hash(tuple(words))}) if words else frozenset()
    return frozenset(hash(tuple(words[i : i + _RUN])) for i in range(len(words) - _RUN + 1))


class Memory:
    """What was posted lately, for asking how alike a new text is.

    Asking costs in proportion to what is shared, not to all.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._sizes: list[int] = []
        self._where: dict[int, list[int]] = {}
        for text in texts:
            self.remember(text)

    def __len__(self) -> int:
        return len(self._sizes)

    def remember(self, text: str) -> None:
        """Adds one text."""
        runs = shingles(text)
        for run in runs:
            self._where.setdefault(run, []).append(len(self._sizes))
        self._sizes.append(len(runs))

    def nearest(self, text: str) -> float:
        """The greatest likeness (Jaccard, 0 to 1) of the text with anything remembered; 0.0 when nothing is shared."""
        runs = shingles(text)
        shared: Counter[int] = Counter()
        for run in runs:
            shared.update(self._where.get(run, ()))
        return max(
            (common / (len(runs) + self._sizes[which] - common) for which, common in shared.items()), default=0.0
        )
