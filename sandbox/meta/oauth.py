"""The token endpoint of Meta and the look into a token: code exchange, long-lived exchange, debug_token."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.faults import answer
from sandbox.meta.access import standing_headers, token_in
from sandbox.meta.login import CODES
from sandbox.meta.parameters import read_body
from sandbox.meta.refusals import refused
from sandbox.meta.tokens import (
    DATA_LIFE,
    LONG_LIFE,
    SHORT_LIFE,
    TOKENS,
    Token,
    application_token,
    grant_of,
    issue,
    read_token,
)
from sandbox.refusals import Refused
from sandbox.world import World

Answer = dict[str, Any]


def routes(world: World) -> list[BaseRoute]:
    """/oauth/access_token by GET and POST, and /debug_token."""
    return [
        Route("/facebook/v{version}/oauth/access_token", _door(world, _grant), methods=["GET", "POST"]),
        Route("/facebook/v{version}/debug_token", _door(world, _debug), methods=["GET"]),
        Route("/facebook/debug_token", _door(world, _debug), methods=["GET"]),
    ]


def _door(world: World, act: Callable[..., Answer]) -> Callable[[Request], Awaitable[Response]]:
    target = "facebook.token" if act is _grant else "facebook.debug_token"

    async def handle(request: Request) -> Response:
        headers = standing_headers()
        try:
            params, _ = await read_body(request)
        except Refused as refusal:
            return refusal.response(**headers)

        async def accept() -> Response:
            try:
                return JSONResponse(act(world, params, request))
            except Refused as refusal:
                return refusal.response()

        response = await answer(world, target, accept)
        response.headers.update(headers)
        return response

    return handle


def _grant(world: World, params: dict[str, str], _request: Request) -> Answer:
    _check_client(world, params)
    match params.get("grant_type", "authorization_code"):
        case "fb_exchange_token":
            return _long_lived(world, params)
        case "client_credentials":
            return {"access_token": application_token(world), "token_type": "bearer"}
        case _:
            return _by_code(world, params)


def _check_client(world: World, params: dict[str, str]) -> None:
    for name in ("client_id", "client_secret"):
        if not params.get(name):
            raise refused("missing_parameter", name=name)
    if params["client_id"] != world.secrets.facebook_client_id:
        raise refused("bad_application")
    if not hmac.compare_digest(params["client_secret"].encode(), world.secrets.facebook_client_secret.encode()):
        raise refused("bad_secret")


def _by_code(world: World, params: dict[str, str]) -> Answer:
    for name in ("code", "redirect_uri"):
        if not params.get(name):
            raise refused("missing_parameter", name=name)
    stored = world.state.get(CODES, params["code"])
    if stored is None:
        raise refused("bad_code")
    if stored["used"]:
        raise refused("code_used")
    if stored["expires"] < world.now():
        raise refused("code_expired")
    if stored["redirect_uri"] != params["redirect_uri"]:
        raise refused("other_redirect")
    world.state.put(CODES, params["code"], {**stored, "used": True})
    grant = grant_of(world, stored["user"])
    world.ledger.accept("facebook", "connect", stored["user"], stored["user"], {"scope": " ".join(grant["granted"])})
    value = issue(world, stored["user"], None, world.now() + SHORT_LIFE, long_lived=False)
    return {"access_token": value, "token_type": "bearer", "expires_in": SHORT_LIFE}


def _long_lived(world: World, params: dict[str, str]) -> Answer:
    """A token for 60 days from a living user token. It may be asked for again and again; nothing rotates."""
    if not params.get("fb_exchange_token"):
        raise refused("missing_parameter", name="fb_exchange_token")
    token = read_token(world, params["fb_exchange_token"])
    if token.user is None or token.page is not None:
        raise refused("bad_token")
    world.ledger.accept("facebook", "refresh", token.user, token.user, {})
    value = issue(world, token.user, None, world.now() + LONG_LIFE, long_lived=True)
    return {"access_token": value, "token_type": "bearer", "expires_in": LONG_LIFE}


def _debug(world: World, params: dict[str, str], request: Request) -> Answer:
    if read_token(world, token_in(request, params)).user is not None:
        raise refused("page_token")  # strict: Meta also lets a developer's own token look
    value = params.get("input_token", "")
    if not value:
        raise refused("missing_parameter", name="input_token")
    facts = {"app_id": world.secrets.facebook_client_id, "application": "Amarktai (sandbox)"}
    try:
        token = read_token(world, value)
    except Refused as refusal:
        return {"data": {**facts, "is_valid": False, "error": _why(refusal), "scopes": []}}
    return {"data": {**facts, **_described(world, token)}}


def _described(world: World, token: Token) -> Answer:
    body: Answer = {"type": token.kind, "is_valid": True, "scopes": sorted(token.scopes)}
    if token.user is None:
        return body
    stored, grant = world.state.get(TOKENS, token.value) or {}, grant_of(world, token.user)
    granular = [
        {"scope": scope, "target_ids": grant["pages"]}
        if scope.startswith(("pages_", "instagram_"))
        else {"scope": scope}
        for scope in sorted(token.scopes)
    ]
    return body | {
        "user_id": token.user,
        "expires_at": int(token.expires or 0),
        "data_access_expires_at": int(grant["at"] + DATA_LIFE),
        "issued_at": int(stored.get("issued", 0)),
        "granular_scopes": granular,
        **({"profile_id": token.page} if token.page else {}),
    }


def _why(refusal: Refused) -> Answer:
    error = (refusal.row.body or {})["error"]
    shown = {"code": error["code"], "message": refusal.row.code.replace("_", " ")}
    return shown | ({"subcode": error["error_subcode"]} if "error_subcode" in error else {})
