"""OAuth 2.0 of X: consent with PKCE, codes that live 30 seconds, refresh tokens that work once."""

import base64
import binascii
import hashlib
import hmac
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox import consent
from sandbox.faults import answer
from sandbox.refusals import Refused
from sandbox.secrets import token as new_token
from sandbox.world import World
from sandbox.x.accounts import ACCOUNTS, BY_USERNAME, Account
from sandbox.x.refusals import refused

CODE_LIFE = 30
ACCESS_LIFE = 7200
SCOPES = frozenset(
    (
        "tweet.read", "tweet.write", "tweet.moderate.write", "users.read", "users.email", "follows.read",
        "follows.write", "offline.access", "space.read", "mute.read", "mute.write", "like.read", "like.write",
        "list.read", "list.write", "block.read", "block.write", "bookmark.read", "bookmark.write", "dm.read",
        "dm.write", "media.write", "timeline.read",
    )
)  # fmt: skip
ACCESS, REFRESH, CODES = "x.access", "x.refresh", "x.codes"


def routes(world: World) -> list[BaseRoute]:
    """Consent page, token and revocation."""

    async def authorize(request: Request) -> Response:
        problem = _wrong_request(world, request)
        if problem is not None:
            return consent.wrong("X", problem)
        return await _consent(world, request)

    async def token(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}

        async def grant() -> Response:
            try:
                _check_client(world, request)
                return JSONResponse(_grant(world, form))
            except Refused as refusal:
                return refusal.response()

        return await answer(world, "x.token", grant)

    async def revoke(request: Request) -> Response:
        try:
            _check_client(world, request)
        except Refused as refusal:
            return refusal.response()
        _revoke(world, str((await request.form()).get("token", "")))
        return JSONResponse({"revoked": True})

    return [
        Route("/x/i/oauth2/authorize", authorize, methods=["GET", "POST"]),
        Route("/x/2/oauth2/authorize", authorize, methods=["GET", "POST"]),
        Route("/x/2/oauth2/token", token, methods=["POST"]),
        Route("/x/2/oauth2/revoke", revoke, methods=["POST"]),
    ]


def _wrong_request(world: World, request: Request) -> str | None:
    """Why the application's request cannot even be shown to the person, or None."""
    query = request.query_params
    checks = (
        (query.get("response_type") == "code", "response_type must be code."),
        (query.get("client_id") == world.secrets.x_client_id, "client_id is not the sandbox's X_CLIENT_ID."),
        (consent.is_local(query.get("redirect_uri", "")), "redirect_uri must be an address on this machine."),
        (0 < len(query.get("state", "")) <= 500, "state must be 1 to 500 characters long."),
        (bool(query.get("code_challenge")), "code_challenge is missing: X demands PKCE."),
        (query.get("code_challenge_method") in ("S256", "plain"), "code_challenge_method must be S256 or plain."),
        (bool(query.get("scope")), "scope is missing."),
        (set(query.get("scope", "").split()) <= SCOPES, "scope names something that X does not know."),
    )
    return next((reason for holds, reason in checks if not holds), None)


async def _consent(world: World, request: Request) -> Response:
    query = request.query_params
    said = (
        dict(query) if request.method == "GET" else {name: str(value) for name, value in (await request.form()).items()}
    )
    state, redirect_uri = query["state"], query["redirect_uri"]
    if "_deny" in said:
        return consent.back(redirect_uri, error="access_denied", state=state)
    if "_auto" not in said:
        return consent.page("X", query["scope"].split(), {one.username: f"@{one.username}" for one in ACCOUNTS})
    account = BY_USERNAME.get(said["_auto"], ACCOUNTS[0])
    return consent.back(redirect_uri, state=state, code=_new_code(world, account, dict(query)))


def _new_code(world: World, account: Account, query: dict[str, str]) -> str:
    code = new_token("sandbox-x-code-")
    document = {
        "user": account.id,
        "scope": query["scope"],
        "redirect_uri": query["redirect_uri"],
        "challenge": query["code_challenge"],
        "method": query["code_challenge_method"],
        "expires": world.now() + CODE_LIFE,
    }
    world.state.put(CODES, code, document)
    return code


def _check_client(world: World, request: Request) -> None:
    """A confidential client says who it is in a Basic header. Raises Refused."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise refused("missing_basic") from None
    known = f"{world.secrets.x_client_id}:{world.secrets.x_client_secret}"
    if scheme.lower() != "basic" or not hmac.compare_digest(f"{unquote(name)}:{unquote(secret)}", known):
        raise refused("missing_basic")


def _grant(world: World, form: dict[str, str]) -> dict[str, Any]:
    match form.get("grant_type"):
        case "authorization_code":
            return _by_code(world, form)
        case "refresh_token":
            return _by_refresh(world, form)
        case _:
            raise refused("bad_grant_type")


def _by_code(world: World, form: dict[str, str]) -> dict[str, Any]:
    code = form.get("code", "")
    stored = world.state.get(CODES, code)
    if stored is None or stored["expires"] < world.now() or stored["redirect_uri"] != form.get("redirect_uri"):
        raise refused("bad_code")
    verifier = form.get("code_verifier", "")
    if stored["method"] == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        verifier = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    if not hmac.compare_digest(verifier.encode(), stored["challenge"].encode()):
        raise refused("bad_verifier")
    world.state.delete(CODES, code)
    world.ledger.accept("x", "connect", stored["user"], stored["user"], {"scope": stored["scope"]})
    return _issue(world, stored["user"], stored["scope"], new_token("grant-"))


def _by_refresh(world: World, form: dict[str, str]) -> dict[str, Any]:
    used = form.get("refresh_token", "")
    stored = world.state.get(REFRESH, used)
    if stored is None:
        raise refused("bad_token")
    world.state.delete(REFRESH, used)  # single use: from here on only the answer holds the new one
    world.ledger.accept("x", "refresh", stored["user"], stored["grant"], {})
    return _issue(world, stored["user"], stored["scope"], stored["grant"])


def _issue(world: World, user: str, scope: str, grant: str) -> dict[str, Any]:
    access = new_token("sandbox-x-access-")
    document = {"user": user, "scope": scope, "grant": grant, "token": access, "expires": world.now() + ACCESS_LIFE}
    world.state.put(ACCESS, access, document)
    body = {"token_type": "bearer", "expires_in": ACCESS_LIFE, "access_token": access, "scope": scope}
    if "offline.access" in scope.split():
        refresh = new_token("sandbox-x-refresh-")
        world.state.put(REFRESH, refresh, {"user": user, "scope": scope, "grant": grant, "token": refresh})
        body["refresh_token"] = refresh
    return body


def _revoke(world: World, token: str) -> None:
    """Revoking a refresh token ends the whole grant; revoking an access token ends that one."""
    refresh = world.state.get(REFRESH, token)
    world.state.delete(ACCESS, token)
    if refresh is not None:
        revoke_where(world, "grant", refresh["grant"])


def revoke_where(world: World, field: str, value: str) -> int:
    """Forget every token whose `field` ("grant" or "user") is `value`; returns how many."""
    gone = 0
    for kind in (ACCESS, REFRESH):
        for stored in world.state.all(kind):
            if stored[field] == value:
                world.state.delete(kind, stored["token"])
                gone += 1
    return gone
