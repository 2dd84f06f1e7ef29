"""The page that shows what a consent opened: which accounts, what they allow, and the choice which of them to keep."""

from dataclasses import dataclass

from fastapi.responses import Response

from bot.http.pages import page
from domain.platforms import PLATFORMS, Platform
from domain.publishing import AccountKind
from domain.rights import Ability
from pipeline.connected import Before, ConnectStatus, Opened, how_to_disconnect

_KINDS: dict[Platform, dict[AccountKind, str]] = {
    Platform.X: {AccountKind.MEMBER: "account"},
    Platform.LINKEDIN: {AccountKind.MEMBER: "member", AccountKind.ORGANISATION: "organisation"},
    Platform.FACEBOOK: {AccountKind.ORGANISATION: "Page"},
    Platform.INSTAGRAM: {AccountKind.ORGANISATION: "professional account"},
    Platform.TIKTOK: {AccountKind.MEMBER: "account"},
    Platform.YOUTUBE: {AccountKind.MEMBER: "channel"},
}
_BEFORE = {
    Before.NEW: "new here",
    Before.CONNECTED: "was connected already",
    Before.AGAIN: "was connected before, and goes on",
}
_CLOSE = "You can close this page; posts for what is connected come with the next batch."


@dataclass(frozen=True, slots=True)
class Line:
    """One account as the page shows it."""

    id: str
    name: str
    kind: str
    before: str
    may: list[str]
    lacks: tuple[Ability, ...]
    ticked: bool


def opened_page(found: ConnectStatus, state: str, wrong: str | None = None) -> Response:
    """What was connected; with the choice while it is open. `wrong` says why a choice changed nothing."""
    many = found.open and len(found.opened) > 1
    shown = [_line(found, one) for one in found.opened if one.kept]
    return page(
        "connected.html",
        status=409 if wrong else 200,
        platform=PLATFORMS[found.platform].name,
        again=f"/connect/{found.platform}/again",
        sentence=found.sentence,
        opened=shown,
        kept=bool(shown),
        many=many,
        may_choose=found.open,
        may_go_again=not found.expired,
        state=state,
        wrong=wrong,
        closing=_closing(found, many),
    )


def _line(found: ConnectStatus, one: Opened) -> Line:
    allowed, lacking = found.allowed(one)
    kind = _KINDS[found.platform].get(one.kind, one.kind.value)
    return Line(
        str(one.account_id),
        one.name,
        kind,
        _BEFORE[one.before],
        [may.may for may in allowed if may.told],
        lacking,
        one.kept,
    )


def _closing(found: ConnectStatus, many: bool) -> str:
    if not found.names:
        return "Its tokens are deleted. You can close this page."
    later = how_to_disconnect(found.platform, found.names[-1])
    if many:
        return f"If you close this page, all of them stay connected. To take one away later: {later}"
    return f"{_CLOSE} To take an account away later: {later}"
