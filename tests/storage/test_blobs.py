"""Files of any size are kept under the SHA-256 of their bytes, written whole or not at all."""

import hashlib
from pathlib import Path

from storage.blobs import Media


async def test_a_file_is_kept_piece_by_piece_under_its_digest(tmp_path: Path) -> None:
    media, path = Media.at("", tmp_path), tmp_path / "film"
    content = bytes(range(256)) * 50_000  # of 12.8 MB: more than one part
    path.write_bytes(content)
    digest = await media.put_file(path)
    assert digest == hashlib.sha256(content).hexdigest() and await media.get(digest) == content
    await media.verify(digest)
    assert await media.put_file(path) == digest == await media.put(content)


async def test_what_stands_there_in_part_is_written_again(tmp_path: Path) -> None:
    media, path = Media.at("", tmp_path), tmp_path / "film"
    path.write_bytes(b"whole film")
    digest = hashlib.sha256(b"whole film").hexdigest()
    kept = tmp_path / "media" / digest[:2] / digest
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"whole")
    assert await media.put_file(path) == digest and await media.get(digest) == b"whole film"
