"""OAuth of LinkedIn: consent, tokens for 60 days, refresh only for approved partners."""

import hmac
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox import consent
from sandbox.faults import answer
from sandbox.knobs import knob
from sandbox.linkedin.accounts import BY_SUB, MEMBERS
from sandbox.linkedin.refusals import refused
from sandbox.refusals import Refused
from sandbox.secrets import token as new_token
from sandbox.world import World

CODE_LIFE = 1800
ACCESS_LIFE = 5184000  # 60 days
REFRESH_LIFE = 31536000  # 365 days, counted from the first consent
SCOPES = frozenset(
    ("openid", "profile", "email", "w_member_social", "w_organization_social", "r_organization_social",
     "rw_organization_admin", "r_organization_admin")
)  # fmt: skip
ANALYTICS = "r_member_postAnalytics"
CODES, ACCESS, REFRESH = "linkedin.codes", "linkedin.access", "linkedin.refresh"


def routes(world: World) -> list[BaseRoute]:
    """Consent page and token endpoint."""

    async def authorize(request: Request) -> Response:
        problem = _wrong_request(world, request)
        if problem is not None:
            return consent.wrong("LinkedIn", problem)
        return await _consent(world, request)

    async def token(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}

        async def grant() -> Response:
            try:
                return JSONResponse(_grant(world, form))
            except Refused as refusal:
                return refusal.response()

        return await answer(world, "linkedin.token", grant)

    async def revoke(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        try:
            _check_client(world, form)
        except Refused as refusal:
            return refusal.response()
        stored = world.state.get(ACCESS, form.get("token", ""))
        if stored is not None:
            world.state.put(ACCESS, stored["token"], {**stored, "revoked": True})
        world.state.delete(REFRESH, form.get("token", ""))
        return Response()

    return [
        Route("/linkedin/oauth/v2/revoke", revoke, methods=["POST"]),
        Route("/linkedin/oauth/v2/authorization", authorize, methods=["GET", "POST"]),
        Route("/linkedin/oauth/v2/accessToken", token, methods=["POST"]),
    ]


def _wrong_request(world: World, request: Request) -> str | None:
    query = request.query_params
    checks = (
        (query.get("response_type") == "code", "response_type must be code."),
        (
            query.get("client_id") == world.secrets.linkedin_client_id,
            "client_id is not the sandbox's LINKEDIN_CLIENT_ID.",
        ),
        (consent.is_local(query.get("redirect_uri", "")), "redirect_uri must be an address on this machine."),
        (bool(query.get("state")), "state is missing."),
        (bool(query.get("scope")), "scope is missing."),
    )
    return next((reason for holds, reason in checks if not holds), None)


async def _consent(world: World, request: Request) -> Response:
    query = request.query_params
    said = (
        dict(query) if request.method == "GET" else {name: str(value) for name, value in (await request.form()).items()}
    )
    state, redirect_uri, scopes = query["state"], query["redirect_uri"], query["scope"].split()
    grantable = SCOPES | ({ANALYTICS} if knob(world, "linkedin.member_analytics") else set())
    for scope in scopes:
        if scope not in grantable:
            sentence = f'Scope "{scope}" is not authorized for your application'
            return consent.back(redirect_uri, error="unauthorized_scope_error", error_description=sentence, state=state)
    if "_deny" in said:
        return consent.back(
            redirect_uri, error="user_cancelled_authorize", error_description="The user cancelled", state=state
        )
    if "_auto" not in said:
        return consent.page("LinkedIn", scopes, {member.sub: member.name for member in MEMBERS})
    member = BY_SUB.get(said["_auto"], MEMBERS[0])
    code = new_token("sandbox-li-code-")
    granted = {"sub": member.sub, "scope": " ".join(scopes), "redirect_uri": redirect_uri}
    world.state.put(CODES, code, {**granted, "expires": world.now() + CODE_LIFE})
    return consent.back(redirect_uri, code=code, state=state)


def _check_client(world: World, form: dict[str, str]) -> None:
    given = f"{form.get('client_id')}:{form.get('client_secret')}"
    known = f"{world.secrets.linkedin_client_id}:{world.secrets.linkedin_client_secret}"
    if not hmac.compare_digest(given.encode(), known.encode()):
        raise refused("bad_client")


def _grant(world: World, form: dict[str, str]) -> dict[str, Any]:
    _check_client(world, form)
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
    world.state.delete(CODES, code)
    world.ledger.accept("linkedin", "connect", stored["sub"], stored["sub"], {"scope": stored["scope"]})
    body = _access(world, stored["sub"], stored["scope"])
    if knob(world, "linkedin.partner"):
        refresh = new_token("sandbox-li-refresh-")
        expires = world.now() + REFRESH_LIFE
        granted = {"sub": stored["sub"], "scope": stored["scope"], "token": refresh, "expires": expires}
        world.state.put(REFRESH, refresh, granted)
        body |= {"refresh_token": refresh, "refresh_token_expires_in": REFRESH_LIFE}
    return body


def _by_refresh(world: World, form: dict[str, str]) -> dict[str, Any]:
    """The same refresh token stays valid; its remaining life goes on counting down."""
    stored = world.state.get(REFRESH, form.get("refresh_token", ""))
    if stored is None or stored["expires"] < world.now():
        raise refused("bad_refresh")
    world.ledger.accept("linkedin", "refresh", stored["sub"], stored["sub"], {})
    left = int(stored["expires"] - world.now())
    return _access(world, stored["sub"], stored["scope"]) | {
        "refresh_token": stored["token"],
        "refresh_token_expires_in": left,
    }


def _access(world: World, sub: str, scope: str) -> dict[str, Any]:
    access = new_token("sandbox-li-access-")
    document = {"sub": sub, "scope": scope, "token": access, "expires": world.now() + ACCESS_LIFE, "revoked": False}
    world.state.put(ACCESS, access, document)
    return {"access_token": access, "expires_in": ACCESS_LIFE, "scope": scope.replace(" ", ","), "token_type": "Bearer"}


def disconnect(world: World, sub: str) -> int:
    """The member takes the access away; returns how many tokens died."""
    mine = [stored for stored in world.state.all(ACCESS) if stored["sub"] == sub and not stored["revoked"]]
    for stored in mine:
        world.state.put(ACCESS, stored["token"], {**stored, "revoked": True})
    for stored in world.state.all(REFRESH):
        if stored["sub"] == sub:
            world.state.delete(REFRESH, stored["token"])
    return len(mine)
