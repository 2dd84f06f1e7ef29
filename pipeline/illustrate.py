"""Illustration: a picture for each draft that wants one, drawn in a helper process and kept by its content."""

from collections.abc import Sequence
from functools import partial

from domain.draft import Draft
from domain.publishing import Picture
from pipeline.agents.fetch import Guard
from pipeline.agents.illustrator import RenderedPicture
from pipeline.agents.illustrator import illustrate as draw
from pipeline.agents.reader import picture
from storage.blobs import Media


async def illustrate(drafts: Sequence[Draft], media: Media, guard: Guard) -> list[tuple[Picture, ...]]:
    """For each draft its pictures (none or one), stored. Drawing them again gives the same bytes under the same names."""
    wanted = [draft.picture for draft in drafts if draft.picture is not None]
    drawn = iter(await draw(wanted, fetch=partial(picture, guard=guard)) if wanted else [])
    return [(await _keep(next(drawn), draft, media),) if draft.picture is not None else () for draft in drafts]


async def _keep(drawn: RenderedPicture, draft: Draft, media: Media) -> Picture:
    """Store the bytes; the page's own picture is described as such."""
    spec = draft.picture
    alt = spec.alt(spec.shared_alt) if drawn.shared and spec is not None else draft.alt
    return Picture(await media.put(drawn.data), drawn.content_type, drawn.width, drawn.height, len(drawn.data), alt)
