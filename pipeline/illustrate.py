"""Illustration: a picture for each draft that wants one, drawn in a helper process and kept by its content."""

from collections.abc import Sequence

from domain.draft import Draft
from domain.publishing import Picture
from pipeline.agents.illustrator import RenderedPicture
from pipeline.agents.illustrator import illustrate as draw
from storage.blobs import Media


async def illustrate(drafts: Sequence[Draft], media: Media) -> list[tuple[Picture, ...]]:
    """For each draft its pictures (none or one), stored. Drawing them again gives the same bytes under the same names."""
    wanted = [draft.picture for draft in drafts if draft.picture is not None]
    drawn = iter(await draw(wanted) if wanted else [])
    return [(await _keep(next(drawn), draft.alt, media),) if draft.picture is not None else () for draft in drafts]


async def _keep(drawn: RenderedPicture, alt: str, media: Media) -> Picture:
    digest = await media.put(drawn.data)
    return Picture(digest, drawn.content_type, drawn.width, drawn.height, len(drawn.data), alt)
