"""OAuth as all platforms speak it: proof keys, token calls, and a grant that is believed only when it makes sense."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard
from urllib.parse import urlencode

from domain.accounts import Grant, GrantRefused
from domain.publishing import TryLater
from domain.secret import Secret
from publishers.http import Answer, Wire
from publishers.refusals import telling

Now = Callable[[], datetime]
"""The wall clock, UTC. Only platform times (expiry, rate limits) are reckoned with it."""

_LONGEST_TOKEN = 8_192
_LIFE = (timedelta(minutes=1), timedelta(days=400))
_OURS = re.compile(r"invalid_client|unauthorized_client|missing valid authorization header|client authentication", re.I)
_GONE = re.compile(r"invalid_grant|invalid_request|invalid_token|access_denied|token was invalid|expired|revoked", re.I)


def now_utc() -> datetime:
    return datetime.now(UTC)


def challenge(verifier: str) -> str:
    """The S256 code challenge of a PKCE verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def with_query(url: str, fields: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"


async def ask_for_grant(
    wire: Wire,
    url: str,
    form: Mapping[str, str],
    *,
    headers: Mapping[str, str] | None = None,
    kept: Secret | None = None,
    now: Now = now_utc,
) -> Grant:
    """Post to a token endpoint, once. `kept` is the refresh token that stays good when the answer brings no new one.

    Raises `GrantRefused` when the person must connect again; `TryLater` for everything that may pass, and for answers
    that make no sense: those never replace a secret that works.
    """
    answer = await wire.step(wire.request("POST", url, headers=headers, data=dict(form)))
    if answer.status == 200 and "error" not in answer.fields():  # TikTok refuses with 200
        return parse_grant(answer.fields(), wire.name, kept, now())
    raise _refused(answer, wire.name)


def _refused(answer: Answer, name: str) -> GrantRefused | TryLater:
    told = telling(answer)
    if answer.status in (200, 400, 401, 403):
        if _OURS.search(told):
            key = name.upper()
            own = f"{key}_CLIENT_{'KEY' if name == 'TikTok' else 'ID'}"
            return TryLater(f"{name} does not know this installation: check {own} and {key}_CLIENT_SECRET.")
        if _GONE.search(told):
            return GrantRefused(f"{name} no longer accepts this connection. Connect the account again.")
    return TryLater(f"{name} answered {answer.status} when asked for a token.")


def parse_grant(body: Mapping[str, Any], name: str, kept: Secret | None, now: datetime) -> Grant:
    """A grant from a token answer. Raises `TryLater` when a value is empty or absurd."""
    nonsense = TryLater(f"{name} answered with a token that makes no sense; the old one is kept.")
    access, refresh = body.get("access_token"), body.get("refresh_token")
    if not plausible(access) or str(body.get("token_type", "bearer")).lower() != "bearer":
        raise nonsense
    if refresh is not None and not plausible(refresh):
        raise nonsense
    life = body.get("expires_in")
    expires_at = None
    if life is not None:
        if (
            isinstance(life, bool)
            or not isinstance(life, int)
            or not _LIFE[0].total_seconds() <= life <= _LIFE[1].total_seconds()
        ):
            raise nonsense
        expires_at = now + timedelta(seconds=life)
    scope = body.get("scope")
    scopes = tuple(part for part in re.split(r"[\s,]+", scope) if part) if isinstance(scope, str) else ()
    return Grant(Secret(access), Secret(refresh) if refresh is not None else kept, expires_at, scopes)


def plausible(token: object) -> TypeGuard[str]:
    """A bearer token is printable ASCII without blanks: anything else could not even stand in a header."""
    return isinstance(token, str) and 8 <= len(token) <= _LONGEST_TOKEN and all("!" <= char <= "~" for char in token)


def require(grant: Grant, scopes: tuple[str, ...], name: str) -> Grant:
    """The grant itself. Raises `GrantRefused` when the person left out a right without which nothing works."""
    missing = [scope for scope in scopes if scope not in grant.scopes]
    if grant.scopes and missing:
        raise GrantRefused(f"{name} was not allowed to {', '.join(missing)}. Connect again and leave every box ticked.")
    return grant
