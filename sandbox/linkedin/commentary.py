"""LinkedIn's "little text": what is markup, what must be escaped, and where an unescaped sign cuts the post."""

import re

LIMIT = 3000  # characters, escapes included
RESERVED = frozenset("|{}@[]()<>#*_~")
# Markup that may stand unescaped: a mention, a hashtag template, a bare #tag.
MARKUP = re.compile(
    r"@\[[^\]\n]+\]\(urn:li:(?:person|organization):[A-Za-z0-9_-]+\)|\{hashtag\|\\?#\|[^}\n]+\}|#(?=\w)"
)


def kept(commentary: str) -> str:
    """What LinkedIn keeps of the commentary, still escaped: everything up to the first reserved sign that is
    neither escaped nor part of markup. The real one answers 201 all the same."""
    position = 0
    while position < len(commentary):
        sign = commentary[position]
        markup = MARKUP.match(commentary, position)
        if markup:
            position = markup.end()
        elif sign == "\\":
            if position + 1 == len(commentary):
                return commentary[:position]
            position += 2
        elif sign in RESERVED:
            return commentary[:position].rstrip()
        else:
            position += 1
    return commentary


def plain(commentary: str) -> str:
    """As people read it: markup resolved to its words, escapes gone."""
    text = re.sub(r"@\[([^\]\n]+)\]\(urn:li:[^)]+\)", r"\1", commentary)
    text = re.sub(r"\{hashtag\|\\?#\|([^}\n]+)\}", r"#\1", text)
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
