"""How far a post is at TikTok, asked by its publish_id. Asking changes nothing."""

from dataclasses import dataclass
from enum import StrEnum

from domain.secret import Secret
from publishers.contract import TryLater
from publishers.refusals import telling
from publishers.tiktok.api import Api, is_post, told_in

_PATH = "/v2/post/publish/status/fetch/"
_NOT_OURS = ("invalid_publish_id", "token_not_authorized_for_specified_publish_id")


class Stage(StrEnum):
    """TikTok's words."""

    UPLOADING = "PROCESSING_UPLOAD"
    DOWNLOADING = "PROCESSING_DOWNLOAD"
    INBOX = "SEND_TO_USER_INBOX"
    COMPLETE = "PUBLISH_COMPLETE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Progress:
    """`received` counts the bytes of an upload, None when TikTok does not say; `post_id` comes for public posts only,
    after moderation."""

    stage: Stage
    received: int | None = None
    reason: str = ""
    post_id: str | None = None

    def lacks(self, size: int) -> bool:
        """Provably not all bytes are there, so nothing can be seen of it."""
        return self.stage is Stage.UPLOADING and self.received is not None and self.received < size


async def ask(api: Api, token: Secret, publish_id: str) -> Progress | None:
    """None when TikTok does not know it, or not as this account's. Raises `PublishError`, never `OutcomeUnknown`."""
    answer = await api.look(_PATH, token, {"publish_id": publish_id})
    if answer.status == 400 and any(code in telling(answer) for code in _NOT_OURS):
        return None
    if not answer.ok:
        raise api.refusals.of_step(answer, "the state of the post")
    told = told_in(answer)
    try:
        stage = Stage(told.get("status", ""))
    except ValueError:
        raise TryLater("TikTok did not say how far the post is.") from None
    received, reason = told.get("uploaded_bytes"), told.get("fail_reason")
    counted = isinstance(received, int) and not isinstance(received, bool) and received >= 0
    return Progress(
        stage,
        received if counted else None,
        reason if isinstance(reason, str) else "",
        _post_id(told.get("publicaly_available_post_id")),  # TikTok's own spelling
    )


def _post_id(told: object) -> str | None:
    """TikTok tells a list of one number; what is not exactly that names no post."""
    if not isinstance(told, list) or len(told) != 1 or isinstance(told[0], bool) or not is_post(str(told[0])):
        return None
    return str(told[0])
