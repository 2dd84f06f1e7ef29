"""Google's OAuth: consent per channel, granular scopes, refresh tokens that stay the same until somebody ends them."""

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
from sandbox.knobs import knob
from sandbox.refusals import Refused
from sandbox.secrets import token as new_token
from sandbox.world import World
from sandbox.youtube import grants
from sandbox.youtube.accounts import BY_ACCOUNT, BY_HANDLE, CHANNELS, Channel
from sandbox.youtube.refusals import refused

CODE_LIFE = 600  # [U] Google says only "short"
ROOT = "https://www.googleapis.com/auth/"
SCOPES = frozenset(
    (
        *(ROOT + name for name in (
            "youtube", "youtube.upload", "youtube.readonly", "youtube.force-ssl", "yt-analytics.readonly",
            "yt-analytics-monetary.readonly", "userinfo.email", "userinfo.profile",
        )),
        "openid", "email", "profile",
    )
)  # fmt: skip
CODES = "google.codes"


def routes(world: World) -> list[BaseRoute]:
    """Consent page, token and revocation."""

    async def authorize(request: Request) -> Response:
        problem = _wrong_request(world, request)
        if problem is not None:
            return consent.wrong("YouTube", problem)
        return await _consent(world, request)

    async def token(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}

        async def grant() -> Response:
            try:
                _check_client(world, request, form)
                return JSONResponse(_grant(world, form), headers={"Cache-Control": "no-store"})
            except Refused as refusal:
                return refusal.response()

        return await answer(world, "youtube.token", grant)

    async def revoke(request: Request) -> Response:
        given = request.query_params.get("token") or str((await request.form()).get("token", ""))
        account = grants.owner(world, given)
        if account is None:
            return refused("invalid_token").response()
        grants.end(world, account)
        return JSONResponse({})

    return [
        Route("/google/o/oauth2/v2/auth", authorize, methods=["GET", "POST"]),
        Route("/google/token", token, methods=["POST"]),
        Route("/google/revoke", revoke, methods=["POST"]),
    ]


def _wrong_request(world: World, request: Request) -> str | None:
    """Why the application's request cannot even be shown to the person, or None."""
    query = request.query_params
    scopes = set(query.get("scope", "").split())
    checks = (
        (query.get("client_id") == world.secrets.google_client_id, "Error 401: invalid_client. Use GOOGLE_CLIENT_ID."),
        (query.get("response_type") == "code", "Error 400: response_type must be code."),
        (consent.is_local(query.get("redirect_uri", "")), "Error 400: redirect_uri_mismatch. Use an address on here."),
        (bool(scopes), "Error 400: invalid_request. Missing required parameter: scope"),
        (scopes <= SCOPES, f"Error 400: invalid_scope. Some requested scopes were invalid: {sorted(scopes - SCOPES)}"),
        (query.get("access_type", "online") in ("online", "offline"), "Error 400: access_type is online or offline."),
        (query.get("code_challenge_method", "plain") in ("S256", "plain"), "Error 400: code_challenge_method."),
        (query.get("include_granted_scopes", "true") in ("true", "false"), "Error 400: include_granted_scopes."),
    )
    return next((reason for holds, reason in checks if not holds), None)


async def _consent(world: World, request: Request) -> Response:
    """What the person said: a channel by its handle (`_auto`), scopes left unticked (`_declined`), or no."""
    query = dict(request.query_params)
    said = query if request.method == "GET" else {name: str(value) for name, value in (await request.form()).items()}
    state = {"state": query["state"]} if "state" in query else {}
    if "_deny" in said:
        return consent.back(query["redirect_uri"], error="access_denied", **state)
    if "_auto" not in said:
        return consent.page("YouTube", query["scope"].split(), {one.handle: one.title for one in CHANNELS})
    declined = {**query, **said}.get("_declined", "").replace(",", " ").split()
    unticked = {name if "/" in name else ROOT + name for name in declined}
    allowed = [scope for scope in query["scope"].split() if scope not in unticked]
    if not allowed:
        return consent.back(query["redirect_uri"], error="access_denied", **state)
    channel = BY_HANDLE.get(said["_auto"], CHANNELS[0])
    code = _new_code(world, channel, query, allowed)
    return consent.back(query["redirect_uri"], **state, code=code, scope=" ".join(allowed))


def _new_code(world: World, channel: Channel, query: dict[str, str], allowed: list[str]) -> str:
    before = grants.scopes(world, channel.account)
    asked = "consent" in query.get("prompt", "").split() or not before.issuperset(allowed)
    joined = [*allowed, *sorted(before - set(allowed))] if query.get("include_granted_scopes") == "true" else allowed
    code = new_token("4/sandbox-google-code-")
    document = {
        "account": channel.account,
        "scope": " ".join(joined),
        "redirect_uri": query["redirect_uri"],
        "challenge": query.get("code_challenge", ""),
        "method": query.get("code_challenge_method", "plain"),
        # a refresh token comes only when the person was shown the consent screen
        "refreshable": asked and query.get("access_type") == "offline",
        "expires": world.now() + CODE_LIFE,
    }
    world.state.put(CODES, code, document)
    return code


def _check_client(world: World, request: Request, form: dict[str, str]) -> None:
    """The client says who it is in the form or in a Basic header. Raises Refused."""
    name, secret = form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise refused("invalid_client") from None
    known = f"{world.secrets.google_client_id}:{world.secrets.google_client_secret}"
    if not hmac.compare_digest(f"{unquote(name)}:{unquote(secret)}".encode(), known.encode()):
        raise refused("invalid_client")


def _grant(world: World, form: dict[str, str]) -> dict[str, Any]:
    match form.get("grant_type"):
        case "authorization_code":
            return _by_code(world, form)
        case "refresh_token":
            return _by_refresh(world, form)
        case other:
            raise refused("unsupported_grant_type", value=str(other))


def _by_code(world: World, form: dict[str, str]) -> dict[str, Any]:
    code = form.get("code", "")
    stored = world.state.get(CODES, code)
    if stored is None or stored["expires"] < world.now():
        raise refused("bad_code")
    if stored["redirect_uri"] != form.get("redirect_uri"):
        raise refused("redirect_uri_mismatch")
    verifier = form.get("code_verifier", "")
    if stored["method"] == "S256":
        verifier = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    if stored["challenge"] and not hmac.compare_digest(verifier.encode(), stored["challenge"].encode()):
        raise refused("bad_verifier")
    world.state.delete(CODES, code)
    account = stored["account"]
    world.ledger.accept("youtube", "connect", BY_ACCOUNT[account].id, account, {"scope": stored["scope"]})
    body = grants.access(world, account, stored["scope"])
    if stored["refreshable"]:
        body |= grants.refresh(world, account, stored["scope"], testing=bool(knob(world, "google.testing")))
    return body


def _by_refresh(world: World, form: dict[str, str]) -> dict[str, Any]:
    stored = grants.refreshable(world, form.get("refresh_token", ""))
    if stored is None:
        raise refused("invalid_grant")
    account = stored["account"]
    world.ledger.accept("youtube", "refresh", BY_ACCOUNT[account].id, account, {})
    return grants.access(world, account, stored["scope"])  # the refresh token stays as it is
