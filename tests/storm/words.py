"""A text without what platforms change about it: escapes, short links, spaces, the way hashtags are written."""

from typing import Any

_HASHTAG = r"{hashtag|\#|"  # LinkedIn's own way


def letters(said: Any) -> str:
    """Letters and digits of a text before its first link; of a payload, those of every text in it."""
    if isinstance(said, dict):
        return "".join(letters(one) for one in said.values())
    if isinstance(said, list | tuple):
        return "".join(letters(one) for one in said)
    text = str(said).replace(_HASHTAG, "#").partition("http")[0]
    return "".join(char for char in text if char.isalnum())
