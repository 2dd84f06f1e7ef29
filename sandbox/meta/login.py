"""Facebook Login: the consent page, where a person grants or declines scopes and chooses Pages."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox import consent
from sandbox.meta.accounts import BY_USER, USERS, pages_of
from sandbox.meta.tokens import ENDINGS, GRANTS, end_all, grant_of
from sandbox.secrets import token as new_token
from sandbox.world import World

CODE_LIFE = 600  # seconds; not documented, taken strictly
SCOPES = frozenset(
    (
        "public_profile", "email", "business_management", "publish_video", "read_insights",
        "pages_show_list", "pages_read_engagement", "pages_manage_posts", "pages_manage_engagement",
        "pages_read_user_content", "pages_manage_metadata",
        "instagram_basic", "instagram_content_publish", "instagram_manage_insights", "instagram_manage_comments",
        "instagram_manage_contents",
    )
)  # fmt: skip
CODES = "meta.codes"


def routes(world: World) -> list[BaseRoute]:
    """The dialog, and the person's own lever: take the application's access away, or change the password."""

    async def dialog(request: Request) -> Response:
        problem = _wrong_request(world, request)
        if problem is not None:
            return consent.wrong("Facebook", problem)
        return await _consent(world, request)

    async def disconnect(request: Request) -> Response:
        user = request.query_params.get("account", USERS[0].id)
        ending = request.query_params.get("reason", "app_removed")
        known = user in BY_USER and ending in ENDINGS
        gone = end_all(world, user, ending) if known else 0
        return JSONResponse({"ok": known, "tokens": gone}, 200 if known else 404)

    return [
        Route("/facebook/v{version}/dialog/oauth", dialog, methods=["GET", "POST"]),
        Route("/facebook/dialog/oauth", dialog, methods=["GET", "POST"]),
        Route("/_sandbox/facebook/disconnect", disconnect, methods=["POST"]),
    ]


def _wrong_request(world: World, request: Request) -> str | None:
    """Why the application's request cannot even be shown to the person, or None."""
    query = request.query_params
    unknown = [scope for scope in _scopes(query.get("scope", "")) if scope not in SCOPES]
    checks = (
        (
            query.get("client_id") == world.secrets.facebook_client_id,
            "client_id is not the sandbox's FACEBOOK_CLIENT_ID.",
        ),
        (consent.is_local(query.get("redirect_uri", "")), "redirect_uri must be an address on this machine."),
        (query.get("response_type", "code") == "code", "response_type must be code."),
        (bool(query.get("state")), "state is missing."),
        (not unknown, f"Invalid Scopes: {', '.join(unknown)}."),
    )
    return next((reason for holds, reason in checks if not holds), None)


async def _consent(world: World, request: Request) -> Response:
    query = request.query_params
    said = (
        dict(query) if request.method == "GET" else {name: str(value) for name, value in (await request.form()).items()}
    )
    state, redirect_uri, scopes = query["state"], query["redirect_uri"], _scopes(query.get("scope", ""))
    if "_deny" in said:
        return consent.back(
            redirect_uri,
            error="access_denied",
            error_code="200",
            error_description="Permissions error",
            error_reason="user_denied",
            state=state,
        )
    if "_auto" not in said:
        return consent.page("Facebook", scopes, {user.id: user.name for user in USERS})
    user = BY_USER.get(said["_auto"], USERS[0])
    _remember(world, user.id, scopes, said, again=query.get("auth_type") == "rerequest")
    code = new_token("sandbox-fb-code-")
    document = {"user": user.id, "redirect_uri": redirect_uri, "expires": world.now() + CODE_LIFE, "used": False}
    world.state.put(CODES, code, document)
    return consent.back(redirect_uri, code=code, state=state)


def _remember(world: World, user: str, scopes: list[str], said: dict[str, str], again: bool) -> None:
    """Store what the person allowed: `_declined` scopes are refused, `_pages` (ids; all when absent) are shown.

    What was declined once is not asked again unless the dialog says auth_type=rerequest, as Meta documents.
    """
    before = grant_of(world, user)
    declined = set(_scopes(said.get("_declined", ""))) & set(scopes)
    if not again:
        declined |= set(before["declined"]) & set(scopes)
    granted = (set(before["granted"]) | set(scopes) | {"public_profile"}) - declined
    pages = [page.id for page in pages_of(user)]
    if "_pages" in said:
        pages = [page for page in pages if page in _scopes(said["_pages"])]
    grant = {
        "user": user,
        "granted": sorted(granted),
        "declined": sorted((set(before["declined"]) | declined) - granted),
        "pages": pages,
        "at": world.now(),
    }
    world.state.put(GRANTS, user, grant)


def _scopes(text: str) -> list[str]:
    """Scopes are separated by commas; blanks are taken too, as the real dialog does."""
    return [scope for scope in text.replace(" ", ",").split(",") if scope]
