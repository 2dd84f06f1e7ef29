"""What hides in a text, and letters that look like others: spelled out for reviewers, stripped from pages."""

import regex

_TAGGED_FLAG = (  # England, Scotland, Wales: the only flags that are spelled with tag characters
    "\U0001f3f4\U000e0067\U000e0062"
    "(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f"
)
_EMOJI_PART = (
    r"(?:\p{Emoji_Modifier_Base}\uFE0F?\p{Emoji_Modifier}"
    r"|(?:(?![\u00A9\u00AE])\p{Extended_Pictographic}|\p{Emoji_Modifier})(?:\uFE0F|(?!\uFE0E))|[\u00A9\u00AE]\uFE0F)"
)
EMOJI = regex.compile(
    rf"{_TAGGED_FLAG}|[0-9#*]\uFE0F?\u20E3|\p{{Regional_Indicator}}{{2}}|{_EMOJI_PART}(?:\u200D{_EMOJI_PART})*"
)

_SHAPED = (
    r"[\p{Arabic}\p{Syriac}\p{Mongolian}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Oriya}\p{Tamil}\p{Telugu}"
    r"\p{Kannada}\p{Malayalam}\p{Sinhala}]"
)
_KEPT = (
    rf"(?:{EMOJI.pattern})|\p{{Emoji}}[\uFE0E\uFE0F]|(?<=\p{{Han}})[\uFE00-\uFE0F\U000E0100-\U000E01EF]"
    rf"|(?<={_SHAPED})[\u200C\u200D](?={_SHAPED})|(?<=\p{{Mongolian}})[\u180B-\u180D\u180F]"
    r"|[\n\t]|[\u0600-\u0605\u06DD\u070F\u08E2\U000110BD]"
)
_HIDDEN = (
    r"[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u2028\u2029\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u2800"
    r"\u3164\uFFA0\uFE00-\uFE0F\U000E0100-\U000E01EF]"
)
_SEEN = regex.compile(rf"(?P<kept>{_KEPT})|(?P<hidden>{_HIDDEN})")
_LOOKALIKE = regex.compile(  # fullwidth and mathematical letters, dots, colons and slashes that are none
    "[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff\u2024\u2044\u2215\u2236\u29f8\ua789]"
)
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_OTHER_ALPHABETS = regex.compile(r"[\p{Cyrillic}\p{Greek}\p{Armenian}\p{Cherokee}]")
_LATIN = regex.compile(r"\p{Latin}")
_HOST = regex.compile(r"(?<=https?://)[^\s/?#]+", regex.IGNORECASE)


def clean(text: str) -> str:
    """The text without control, bidirectional, zero-width, tag and private characters. Line ends become "\\n".

    Joiners stay where they belong: inside emoji, and in scripts whose letters need them (Persian, Hindi and others).
    """
    text = regex.sub(r"\r\n?|[\u0085\u2028\u2029]", "\n", text)
    return str(_SEEN.sub(lambda match: match["kept"] or "", text))


def visible(text: str) -> str:
    """The text with every hidden or deceptive character spelled out, as in "pay⟦U+200B⟧pal" or "p⟦U+0430⟧ypal".

    Deceptive are letters of a second alphabet inside a word, letters that only look like ASCII, and anything but
    ASCII in the host of a link.
    """
    text = _HOST.sub(lambda match: regex.sub(r"[^\x00-\x7f]", _spelled, match[0]), text)
    text = _WORD.sub(_mixed_alphabets_spelled, text)
    text = _LOOKALIKE.sub(_spelled, text)
    return str(_SEEN.sub(lambda match: match["kept"] or _spelled(match), text))


def _spelled(match: regex.Match[str]) -> str:
    return "".join(f"⟦U+{ord(char):04X}⟧" for char in match[0])


def _mixed_alphabets_spelled(match: regex.Match[str]) -> str:
    word = str(match[0])
    latin, others = len(_LATIN.findall(word)), len(_OTHER_ALPHABETS.findall(word))
    if not latin or not others:
        return word
    return str((_OTHER_ALPHABETS if latin >= others else _LATIN).sub(_spelled, word))
