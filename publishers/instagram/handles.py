"""How containers are remembered between attempts, until one of them is out.

A handle reads "id@unix-seconds": the container, and when the attempt began that made it. Its name is bound to the very
content and account, so that an edited post never goes out with what was prepared for another text.
"""

import hashlib
import re
from datetime import UTC, datetime

from domain.settings import YES
from publishers.contract import Account, Handles, Payload, Picture, TryLater

_HANDLE = re.compile(r"(\d{1,25})@(\d{1,11})")


def container_of(account: Account, payload: Payload, handles: Handles) -> str:
    """The container to publish. Raises `TryLater` when there is none: `prepare` has not finished."""
    found = known(account, payload, handles)
    if found is None:
        raise TryLater("What the post is made of is not at Instagram yet.")
    return found[0]


def known(account: Account, payload: Payload, handles: Handles) -> tuple[str, datetime] | None:
    """The container of exactly this content, and when the attempt began that made it; None when none was made."""
    return read(handles, name_of(account, payload))


def is_out(account: Account, payload: Payload, handles: Handles) -> bool:
    """Whether Instagram told `prepare` that the container had been published by an earlier attempt."""
    return handles.get(out_of(account, payload)) == YES


def read(handles: Handles, name: str) -> tuple[str, datetime] | None:
    """The container of that name, and when the attempt began that made it; None when there is none."""
    found = _HANDLE.fullmatch(handles.get(name, ""))
    return (found[1], datetime.fromtimestamp(int(found[2]), UTC)) if found else None


def name_of(account: Account, payload: Payload) -> str:
    return f"container:{payload.sha256(account.id).hex()[:16]}"


def out_of(account: Account, payload: Payload) -> str:
    return f"out:{payload.sha256(account.id).hex()[:16]}"


def part_of(number: int, picture: Picture) -> str:
    content = hashlib.sha256(f"{picture.digest} {picture.alt}".encode()).hexdigest()[:16]
    return f"part:{number}:{content}"
