"""A member hands files over for a post, in any chat: the wish is recorded here, and a worker fetches them later.

Rights, staleness and repetition are those of every other answer, because it is one: `pipeline.decide` and its statement.
"""

from collections.abc import Sequence

from domain.decision import Decision, Verdict
from domain.handed import HandedFile
from pipeline.decide import Brought, Click, Deciding, decide


async def hand_over(
    click: Click, files: Sequence[HandedFile], description: str, deps: Deciding, *, album: str | None = None
) -> Verdict:
    """Record that these files shall go out with the post, shown in the order given; nothing is downloaded.

    `description` is the alt text, "" for none. Raises `Unusable`, with a sentence for the person, when what the chat says of the
    files already rules them out. APPLIED: a worker fetches them, and the next revision or a sentence on the card follows. A post
    that was approved waits for an answer again from now on. The same `event_key` twice has one effect (REPLAY).

    With `album` these are the first of several that arrive one by one; see `pipeline.albums` for the others.
    """
    return await decide(click, Decision.MEDIA, deps, Brought(files=tuple(files), description=description, album=album))
