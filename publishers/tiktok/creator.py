"""What TikTok says about the account before each post: who may see it, how long a film may be, whether it may post now."""

from dataclasses import dataclass

from domain.options import AccountOptions
from domain.secret import Secret
from domain.settings import NO, YES, Setting
from publishers.contract import ContentRefused, Payload, TryLater
from publishers.tiktok.api import Api, told_in

_PATH = "/v2/post/publish/creator_info/query/"


@dataclass(frozen=True, slots=True)
class Creator:
    """`seconds` is the longest film, None when TikTok does not say. `silent`: the account takes no comments at all."""

    name: str
    privacies: tuple[str, ...]
    silent: bool
    seconds: int | None

    def demand(self, payload: Payload) -> None:
        """Raises `ContentRefused` when the account cannot post this as it was chosen."""
        chosen = payload.settings.get(Setting.PRIVACY, "")
        if chosen not in self.privacies:
            offered = ", ".join(self.privacies)
            raise ContentRefused(f"TikTok offers this account only: {offered}. Edit the post and choose one of them.")
        film = payload.video
        if film is not None and self.seconds is not None and film.seconds > self.seconds:
            raise ContentRefused(
                f"TikTok takes films up to {self.seconds} seconds of this account; this one lasts {film.seconds:.0f}."
                " Edit the post and choose a shorter one."
            )


async def ask(api: Api, token: Secret) -> Creator:
    """Raises `TryLater` when the day is used up, `TokenRejected` when the account may not post, as the table says."""
    answer = await api.look(_PATH, token, {})
    if not answer.ok:
        raise api.refusals.of_step(answer, "the account's settings")
    told = told_in(answer)
    offered, longest, name = (
        told.get(key) for key in ("privacy_level_options", "max_video_post_duration_sec", "creator_username")
    )
    privacies = tuple(one for one in offered if isinstance(one, str)) if isinstance(offered, list) else ()
    if not privacies:
        raise TryLater("TikTok did not say who may see the posts of this account.")
    seconds = longest if isinstance(longest, int) and not isinstance(longest, bool) and longest > 0 else None
    return Creator(name if isinstance(name, str) else "", privacies, told.get("comment_disabled") is True, seconds)


async def options(api: Api, token: Secret) -> AccountOptions:
    """What the account leaves to choose from. Raises like `ask`."""
    told = await ask(api, token)
    comments = (NO,) if told.silent else (NO, YES)
    return AccountOptions({Setting.PRIVACY.value: told.privacies, Setting.COMMENTS.value: comments}, told.seconds)
