"""What people chose for a post on TikTok: what is still missing, and how it reads to TikTok. Nothing is chosen by us."""

from typing import Any

from domain.settings import NO, YES, Setting
from publishers.contract import Payload

PRIVACIES = {
    "PUBLIC_TO_EVERYONE": "everyone",
    "MUTUAL_FOLLOW_FRIENDS": "friends",
    "FOLLOWER_OF_CREATOR": "followers",
    "SELF_ONLY": "only you",
}
NO_COMMENTS = "TikTok lets no application comment."
NONE, OWN, PAID = "none", "own", "paid"
_ANSWERS = (YES, NO)


def complaints(payload: Payload) -> list[str]:
    """Which choices a person still has to make, or to make otherwise."""
    chosen = payload.settings
    privacy, disclosure = chosen.get(Setting.PRIVACY, ""), chosen.get(Setting.DISCLOSURE, "")
    found: list[str] = []
    if privacy not in PRIVACIES:
        found.append("Choose who may see it on TikTok: everyone, friends, followers or only you.")
    if disclosure not in (NONE, OWN, PAID):
        found.append("Choose whether it advertises on TikTok: nothing, your own brand, or somebody else's (paid).")
    if disclosure == PAID and privacy == "SELF_ONLY":
        found.append("TikTok does not let paid content be seen by only you. Choose who else may see it.")
    if chosen.get(Setting.CONSENT) != YES:
        found.append("Choose to agree to TikTok's Music Usage Confirmation; without it nothing may be posted.")
    if chosen.get(Setting.COMMENTS, NO) not in _ANSWERS:
        found.append("Choose yes or no: whether people may comment on TikTok.")
    if chosen.get(Setting.SYNTHETIC, NO) not in _ANSWERS:
        found.append("Choose yes or no: whether it shows altered or synthetic content.")
    if payload.video is None and chosen.get(Setting.SYNTHETIC) == YES:
        found.append("TikTok marks only films as altered or synthetic. Choose a film, or post the photos in its app.")
    if chosen.get(Setting.FIRST_COMMENT):
        found.append(f"{NO_COMMENTS} Remove the first comment, and write it in TikTok's app.")
    return found


def post_info(payload: Payload, *, silent: bool) -> dict[str, Any]:
    """The choices in TikTok's words. `silent`: the account itself takes no comments."""
    chosen = payload.settings
    disclosure = chosen.get(Setting.DISCLOSURE)
    shared = {
        "privacy_level": chosen.get(Setting.PRIVACY, ""),
        "disable_comment": silent or chosen.get(Setting.COMMENTS) != YES,
        "brand_content_toggle": disclosure == PAID,
        "brand_organic_toggle": disclosure == OWN,
    }
    if payload.video is None:
        return {**shared, "description": payload.text, "auto_add_music": False}
    synthetic = chosen.get(Setting.SYNTHETIC) == YES
    return {**shared, "title": payload.text, "disable_duet": True, "disable_stitch": True, "is_aigc": synthetic}
