"""The names under which a film's way to YouTube is remembered, so that any worker can go on where the last one stopped."""

from dataclasses import dataclass

from domain.payload import Video
from domain.post import PostRef

_ENDINGS = {"video/quicktime": "mov", "video/webm": "webm"}


@dataclass(frozen=True, slots=True)
class Named:
    """The handles of one film."""

    film: Video

    @property
    def session(self) -> str:
        """The address that takes the bytes."""
        return f"session:{self.film.digest}"

    @property
    def file(self) -> str:
        """The name that we gave the file at YouTube."""
        return f"file:{self.film.digest}"

    @property
    def uploaded(self) -> str:
        """The film's id, once all bytes are there."""
        return f"uploaded:{self.film.digest}"

    @property
    def ready(self) -> str:
        """The film's id, once YouTube is done with it."""
        return f"ready:{self.film.digest}"

    @property
    def every(self) -> tuple[str, ...]:
        return (self.session, self.file, self.uploaded, self.ready)


def file_name(post: PostRef, film: Video) -> str:
    """Names the file at YouTube: the same for every attempt of this post with this film, and for no other."""
    return f"{post.post_id.hex}-{film.digest[:16]}.{_ENDINGS.get(film.content_type, 'mp4')}"


def thumbnail(digest: str) -> str:
    """The handle that says in front of which film this picture stands."""
    return f"thumbnail:{digest}"
