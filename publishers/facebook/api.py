"""What Facebook's ids look like, where people see a post, and under which names its handles are kept."""

import re

from domain.payload import Payload
from domain.publishing import Account, Handles
from domain.settings import Form, Setting
from publishers.meta import Graph

_REMOTE = re.compile(r"\d{5,25}(?:_\d{5,25})?")
_VIDEO_HOST = ("://graph.facebook.com", "://graph-video.facebook.com")


def is_remote(value: object) -> bool:
    """What can be read, measured and deleted: a post ("page_post") or a film (one number)."""
    return isinstance(value, str) and value.isascii() and _REMOTE.fullmatch(value) is not None


def is_post(value: object) -> bool:
    """Whether it is a post and no film: a post's id holds its Page's."""
    return is_remote(value) and "_" in str(value)


def permalink(graph: Graph, account: Account, remote_id: str, *, reel: bool = False) -> str:
    """Where people see a post, a reel or another film."""
    page, _, post = remote_id.partition("_")
    if post:
        return f"{graph.site}/{page}/posts/{post}"
    return f"{graph.site}/reel/{page}/" if reel else f"{graph.site}/{account.remote_id}/videos/{page}/"


def profile(graph: Graph, account: Account) -> str:
    return f"{graph.site}/{account.remote_id}"


def video_base(graph: Graph) -> str:
    """Films are made at a host of their own; elsewhere than at Meta there is only one."""
    return graph.base.replace(*_VIDEO_HOST, 1)


def is_reel(payload: Payload) -> bool:
    return payload.video is not None and payload.settings.get(Setting.FORM) == Form.REEL


def handle_of(account: Account, payload: Payload) -> str:
    """The name under which what `send` publishes is kept. It names the very payload: an edited post finds no old draft."""
    sort = "post" if payload.video is None else "reel" if is_reel(payload) else "video"
    return f"{sort}:{payload.sha256(account.id).hex()[:24]}"


def made(account: Account, payload: Payload, handles: Handles) -> str:
    """The id of what was made for this payload; "" when there is none. A reel's handle has its upload address behind it."""
    return handles.get(handle_of(account, payload), "").partition(" ")[0]
