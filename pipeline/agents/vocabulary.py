"""The page's own telling words, for hashtags, and a guess at its language when it does not say."""

import json
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import regex

from domain.fence import speaks_to_machines
from domain.page import Fact, FactKind

_WORD = regex.compile(r"[\p{L}][\p{L}\p{M}\p{N}'’]{2,30}")
_MOST = 24
_HEADINGS = frozenset({FactKind.PROMISE, FactKind.FEATURE, FactKind.STEP})


@cache
def common_words() -> dict[str, frozenset[str]]:
    """Words that tell nothing, by language."""
    words: dict[str, list[str]] = json.loads(Path(__file__).with_name("common_words.json").read_text(encoding="utf-8"))
    return {language: frozenset(those) for language, those in words.items()}


def telling_words(facts: Sequence[Fact], language: str) -> tuple[str, ...]:
    """Up to 24 words as the page writes them, most frequent first; headings count three times."""
    common = common_words().get(language, frozenset()) | common_words()["en"]
    counted: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    for fact in facts:
        if fact.kind in (FactKind.CALL, FactKind.PROOF, FactKind.PRICE) or speaks_to_machines(fact.text):
            continue
        for text, weight in ((fact.text, 3 if fact.kind in _HEADINGS else 1), (fact.detail, 1)):
            for word in _WORD.findall(text):
                folded = word.casefold().replace("’", "'")
                if folded not in common and "'" not in folded and len(folded) >= 4:
                    counted[folded] += weight
                    spelled.setdefault(folded, word)
    return tuple(spelled[word] for word, _ in counted.most_common(_MOST))


def guessed_language(text: str) -> str:
    """A two-letter guess from scripts and common words; "und" when nothing speaks for any."""
    for code, script in (
        ("ar", r"\p{Arabic}"),
        ("he", r"\p{Hebrew}"),
        ("ja", r"[\p{Hiragana}\p{Katakana}]"),
        ("zh", r"\p{Han}"),
        ("ru", r"\p{Cyrillic}"),
    ):
        if len(regex.findall(script, text[:5000])) > 40:
            return code
    words = [word.casefold() for word in _WORD.findall(text[:20_000])]
    scores = {code: sum(word in common for word in words) for code, common in common_words().items()}
    best = max(scores, key=lambda code: scores[code])
    return best if scores[best] >= 3 else "und"
