"""Login Kit v2 of TikTok: consent scope by scope, two-hour tokens, refresh tokens of which only the newest works."""

import hashlib
import hmac
import secrets as random_source
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox import consent
from sandbox.faults import answer
from sandbox.knobs import knob
from sandbox.refusals import Refused
from sandbox.secrets import token as new_token
from sandbox.tiktok.accounts import BY_USERNAME, CREATORS, Creator
from sandbox.tiktok.refusals import refused
from sandbox.world import World

CODE_LIFE = 60  # seconds; unverified, so short
ACCESS_LIFE = 7200
REFRESH_LIFE = 180 * 86400
ALWAYS = "user.info.basic"  # the one scope that a person cannot leave out
SCOPES = (ALWAYS, "user.info.profile", "user.info.stats", "video.list", "video.upload", "video.publish")
ACCESS, REFRESH, CODES = "tiktok.access", "tiktok.refresh", "tiktok.codes"


def routes(world: World) -> list[BaseRoute]:
    """Consent page, token and revocation."""

    async def authorize(request: Request) -> Response:
        problem = _wrong_request(world, request)
        if problem is not None:
            return consent.wrong("TikTok", problem)
        return await _consent(world, request)

    async def token(request: Request) -> Response:
        form = await _form(request)

        async def grant() -> Response:
            try:
                return JSONResponse(_grant(world, _client_of(world, form)), headers={"Cache-Control": "no-store"})
            except Refused as refusal:
                return refusal.response()

        return await answer(world, "tiktok.token", grant)

    async def revoke(request: Request) -> Response:
        form = await _form(request)

        async def end() -> Response:
            try:
                _revoke(world, _client_of(world, form))
            except Refused as refusal:
                return refusal.response()
            return Response(status_code=200)  # TikTok says nothing more

        return await answer(world, "tiktok.revoke", end)

    return [
        Route("/tiktok/v2/auth/authorize/", authorize, methods=["GET", "POST"]),
        Route("/tiktok/v2/oauth/token/", token, methods=["POST"]),
        Route("/tiktok/v2/oauth/revoke/", revoke, methods=["POST"]),
    ]


def _wrong_request(world: World, request: Request) -> str | None:
    """Why the application's request cannot even be shown to the person, or None."""
    query = request.query_params
    asked = query.get("scope", "").split(",")
    desktop = knob(world, "tiktok.desktop")
    challenge = query.get("code_challenge", "")
    checks = (
        ("client_id" not in query, "client_key: TikTok's parameter is client_key, not client_id."),
        (query.get("client_key") == world.secrets.tiktok_client_key, "client_key is not the TIKTOK_CLIENT_KEY."),
        (query.get("response_type") == "code", "response_type must be code."),
        (consent.is_local(query.get("redirect_uri", "")), "redirect_uri must be an address on this machine."),
        (bool(query.get("state")), "state is missing."),
        (set(asked) <= set(SCOPES), "scope: separate by commas, and ask only for what the app was approved for."),
        (bool(challenge) or not desktop, "code_challenge is missing (desktop client)."),
        (not challenge or query.get("code_challenge_method") == "S256", "code_challenge_method must be S256."),
        (not challenge or _is_hex(challenge), "code_challenge must be the SHA-256 in hex, 64 characters."),
    )
    return next((reason for holds, reason in checks if not holds), None)


def _is_hex(challenge: str) -> bool:
    return len(challenge) == 64 and all(sign in "0123456789abcdef" for sign in challenge)


async def _form(request: Request) -> dict[str, str]:
    """The fields of the form; none when the body is no urlencoded form, which then lacks everything."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        await request.body()
        return {}
    return {name: str(value) for name, value in (await request.form()).items()}


async def _consent(world: World, request: Request) -> Response:
    """What the person said: a creator by name (`_auto`), scopes left out (`_declined`, by commas), or no (`_deny`)."""
    query = dict(request.query_params)
    said = query if request.method == "GET" else {**query, **await _form(request)}
    state, asked = query["state"], query["scope"].split(",")
    if "_deny" in said:
        denied = {"error": "access_denied", "error_description": "The user denied the request."}
        return consent.back(query["redirect_uri"], **denied, state=state)
    if "_auto" not in said:
        return consent.page("TikTok", asked, {one.username: f"@{one.username}" for one in CREATORS})
    declined = set(said.get("_declined", "").split(",")) - {ALWAYS}
    granted = ",".join(scope for scope in asked if scope not in declined)
    creator = BY_USERNAME.get(said["_auto"], CREATORS[0])
    code = _new_code(world, creator, query, granted)
    return consent.back(query["redirect_uri"], code=code, scopes=granted, state=state)


def _new_code(world: World, creator: Creator, query: dict[str, str], granted: str) -> str:
    # TikTok's codes hold * and !, so whoever passes them on as they stood in the address is refused.
    code = f"{new_token('sandbox-tt-code-')}*1!{random_source.randbelow(10000)}.e1"
    document = {
        "open_id": creator.open_id,
        "scope": granted,
        "redirect_uri": query["redirect_uri"],
        "challenge": query.get("code_challenge", ""),
        "expires": world.now() + CODE_LIFE,
    }
    world.state.put(CODES, code, document)
    return code


def _client_of(world: World, form: dict[str, str]) -> dict[str, str]:
    """The form again, when it comes from our client. Raises Refused."""
    for name in ("client_key", "client_secret"):
        if not form.get(name):
            raise refused("invalid_request", reason=f"The request parameters are malformed: {name} is missing.")
    given = f"{form['client_key']}:{form['client_secret']}"
    known = f"{world.secrets.tiktok_client_key}:{world.secrets.tiktok_client_secret}"
    if not hmac.compare_digest(given.encode(), known.encode()):
        raise refused("invalid_client")
    return form


def _grant(world: World, form: dict[str, str]) -> dict[str, Any]:
    match form.get("grant_type"):
        case "authorization_code":
            return _by_code(world, form)
        case "refresh_token":
            return _by_refresh(world, form)
        case _:
            raise refused("unsupported_grant_type")


def _by_code(world: World, form: dict[str, str]) -> dict[str, Any]:
    code = form.get("code", "")
    stored = world.state.get(CODES, code)
    if stored is None or stored["expires"] < world.now() or stored["redirect_uri"] != form.get("redirect_uri"):
        raise refused("invalid_code")
    if stored["challenge"]:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).hexdigest()  # hex, unlike everybody else
        if not hmac.compare_digest(digest, stored["challenge"]):
            raise refused("invalid_request", reason="Code verifier or code challenge is invalid.")
    world.state.delete(CODES, code)
    world.ledger.accept("tiktok", "connect", stored["open_id"], stored["open_id"], {"scope": stored["scope"]})
    return _issue(world, stored["open_id"], stored["scope"], new_token("grant-"), world.now() + REFRESH_LIFE)


def _by_refresh(world: World, form: dict[str, str]) -> dict[str, Any]:
    used = form.get("refresh_token", "")
    stored = world.state.get(REFRESH, used)
    if stored is None or stored["expires"] < world.now():
        raise refused("invalid_refresh_token")
    world.state.delete(REFRESH, used)  # from here on only the answer holds the new one
    world.ledger.accept("tiktok", "refresh", stored["open_id"], stored["grant"], {})
    # Whether a new refresh token lives 180 days from now or from the consent is unverified: from the consent.
    return _issue(world, stored["open_id"], stored["scope"], stored["grant"], stored["expires"])


def _issue(world: World, open_id: str, scope: str, grant: str, refresh_until: float) -> dict[str, Any]:
    access, refresh = new_token("act.sandbox-"), new_token("rft.sandbox-")
    shared = {"open_id": open_id, "scope": scope, "grant": grant}
    world.state.put(ACCESS, access, {**shared, "token": access, "expires": world.now() + ACCESS_LIFE})
    world.state.put(REFRESH, refresh, {**shared, "token": refresh, "expires": refresh_until})
    return {
        "open_id": open_id,
        "scope": scope,
        "access_token": access,
        "expires_in": ACCESS_LIFE,
        "refresh_token": refresh,
        "refresh_expires_in": round(refresh_until - world.now()),
        "token_type": "Bearer",
    }


def _revoke(world: World, form: dict[str, str]) -> None:
    """Revoking either token ends the whole grant. Raises Refused when the token is missing."""
    if not form.get("token"):
        raise refused("invalid_request", reason="The request parameters are malformed: token is missing.")
    stored = world.state.get(ACCESS, form["token"]) or world.state.get(REFRESH, form["token"])
    if stored is not None:
        revoke_where(world, "grant", stored["grant"])


def revoke_where(world: World, field: str, value: str) -> int:
    """Forget every token whose `field` ("grant" or "open_id") is `value`; returns how many."""
    gone = 0
    for kind in (ACCESS, REFRESH):
        for stored in world.state.all(kind):
            if stored[field] == value:
                world.state.delete(kind, stored["token"])
                gone += 1
    return gone
