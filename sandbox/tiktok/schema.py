"""Reading the bodies that start a post on TikTok: fields, sorts, lengths, and the arithmetic of chunks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.refusals import Refused

# Whether TikTok counts in 1000s or 1024s is not said; each bound here holds in both readings.
SMALLEST_CHUNK = 5 * 1024**2
LARGEST_CHUNK = 64 * 10**6
LARGEST_VIDEO = 4 * 10**9
MOST_CHUNKS = 1000
MOST_PHOTOS = 35
LEVELS = ("PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY")

Sorts = Mapping[str, type]
VIDEO_POST: Sorts = {
    "privacy_level": str,
    "title": str,
    "disable_duet": bool,
    "disable_stitch": bool,
    "disable_comment": bool,
    "video_cover_timestamp_ms": int,
    "brand_content_toggle": bool,
    "brand_organic_toggle": bool,
    "is_aigc": bool,
}
PHOTO_POST: Sorts = {
    "privacy_level": str,
    "title": str,
    "description": str,
    "disable_comment": bool,
    "auto_add_music": bool,
    "brand_content_toggle": bool,
    "brand_organic_toggle": bool,
}
UPLOAD: Sorts = {"source": str, "video_size": int, "chunk_size": int, "total_chunk_count": int}
PULL: Sorts = {"source": str, "video_url": str}
PHOTOS: Sorts = {"source": str, "photo_images": list, "photo_cover_index": int}
VIDEO_BODY: Sorts = {"post_info": dict, "source_info": dict}
INBOX_BODY: Sorts = {"source_info": dict}
CONTENT_BODY: Sorts = {"media_type": str, "post_mode": str, "post_info": dict, "source_info": dict}

Wrong = Callable[[str], Refused]


@dataclass(frozen=True)
class Chunks:
    """An announced upload: `size` bytes in `count` chunks of `chunk` bytes, the last taking the rest as well."""

    size: int
    chunk: int
    count: int

    def end(self, start: int) -> int:
        """The last byte of the chunk that begins at `start`."""
        return self.size - 1 if start // self.chunk >= self.count - 1 else start + self.chunk - 1


def fields(part: Any, sorts: Sorts, needed: tuple[str, ...], where: str, wrong: Wrong) -> dict[str, Any]:
    """The part of a body when it holds what it must and nothing unknown. Raises what `wrong` makes.

    That TikTok refuses unknown fields is unverified; a mistyped switch must not go by in silence here.
    """
    if not isinstance(part, dict):
        raise wrong(f"{where} is missing or no object")
    for name, value in part.items():
        if name not in sorts:
            raise wrong(f"{where}.{name} is not known")
        if not isinstance(value, sorts[name]) or (sorts[name] is int and isinstance(value, bool)):
            raise wrong(f"{where}.{name} must be of type {sorts[name].__name__}")
    for name in needed:
        if name not in part:
            raise wrong(f"{where}.{name} is missing")
    return part


def check_text(post: Mapping[str, Any], limits: Mapping[str, int], wrong: Wrong) -> None:
    """Texts are counted in UTF-16 units: an emoji is two."""
    for name, most in limits.items():
        if len(str(post.get(name, "")).encode("utf-16-le")) // 2 > most:
            raise wrong(f"post_info.{name} is longer than {most} UTF-16 units")


def read_chunks(source: Mapping[str, Any], wrong: Wrong) -> Chunks:
    """The announced upload, when the arithmetic is right: count = floor(size / chunk), below 5 MB in one piece."""
    chunks = Chunks(source["video_size"], source["chunk_size"], source["total_chunk_count"])
    if not 0 < chunks.size <= LARGEST_VIDEO:
        raise wrong("video_size must be 1 to 4 GB")
    if chunks.size < SMALLEST_CHUNK and (chunks.chunk != chunks.size or chunks.count != 1):
        raise wrong("a video below 5 MB goes up whole: chunk_size is video_size, total_chunk_count is 1")
    if chunks.size >= SMALLEST_CHUNK and not SMALLEST_CHUNK <= chunks.chunk <= LARGEST_CHUNK:
        raise wrong("chunk_size must be 5 MB to 64 MB")
    if chunks.count != chunks.size // chunks.chunk or not 1 <= chunks.count <= MOST_CHUNKS:
        raise wrong("total_chunk_count must be video_size divided by chunk_size, rounded down, 1 to 1000")
    return chunks


def read_photos(source: Mapping[str, Any], wrong: Wrong) -> list[str]:
    """The addresses of 1 to 35 photos, the cover among them."""
    photos: list[Any] = source["photo_images"]
    if not 1 <= len(photos) <= MOST_PHOTOS or not all(isinstance(one, str) for one in photos):
        raise wrong("source_info.photo_images must be 1 to 35 addresses")
    if not 0 <= source["photo_cover_index"] < len(photos):
        raise wrong("source_info.photo_cover_index names no photo")
    return photos
