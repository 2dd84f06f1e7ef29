"""Who the token speaks for: the person, the Pages with their tokens, the permissions and taking them back."""

from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.meta.access import Act, Call, Door, Place
from sandbox.meta.accounts import BY_PAGE, BY_USER, Page
from sandbox.meta.refusals import refused
from sandbox.meta.tokens import GRANTS, chosen_pages, end_all, grant_of, page_token
from sandbox.world import World

ACCOUNT_FIELDS = "access_token,category,name,id,tasks"
PER_PAGE = 25


def locate(world: World, node: str) -> Place | None:
    """`me` and the persons' ids; a Page is Facebook's business."""
    return Place(node, "user") if node == "me" or node in BY_USER else None


def page_facts(call: Call, page: Page, fields: list[str]) -> dict[str, Any]:
    """The Page's fields as this token sees them. Raises Refused: unknown_edge."""
    user = str(call.token.user)
    facts: dict[str, Any] = {
        "id": page.id,
        "name": page.name,
        "username": page.username,
        "category": "Software",
        "link": f"{call.world.config.base_url}/facebook/{page.id}",
        "tasks": list(page.tasks.get(user, ())),
        "fan_count": 482,
        "followers_count": 517,
        "about": f"{page.name} in the sandbox",
        "is_published": True,
    }
    if "access_token" in fields:
        facts["access_token"] = (
            call.token.value if call.token.page == page.id else page_token(call.world, call.token, page.id)
        )
    for name in ("instagram_business_account", "connected_instagram_account"):
        facts[name] = {"id": page.instagram} if page.instagram and "instagram_basic" in call.token.scopes else None
    for name in fields:
        if name not in facts and name != "access_token":
            raise refused("unknown_edge", name=name, kind="Page")
    return {name: facts[name] for name in dict.fromkeys((*fields, "id")) if facts[name] is not None}


async def _me(call: Call) -> Response:
    if call.token.page is not None and call.node == call.token.page:
        return JSONResponse(page_facts(call, BY_PAGE[call.token.page], call.fields("id,name")))
    if call.node != call.token.user:
        raise refused("missing_object", method="get", id=call.node)
    user = BY_USER[call.node]
    facts = {"id": user.id, "name": user.name, "first_name": user.name.split()[0], "last_name": user.name.split()[-1]}
    for name in call.fields("id,name"):
        if name not in facts:
            raise refused("unknown_edge", name=name, kind="User")
    return JSONResponse({name: facts[name] for name in dict.fromkeys((*call.fields("id,name"), "id"))})


async def _accounts(call: Call) -> Response:
    """The Pages that the person showed to us; none without pages_show_list, those of a portfolio with business_management."""
    if call.token.page is not None or call.node != call.token.user:
        raise refused("missing_object", method="get", id=call.node)
    shown = chosen_pages(call.world, call.node) if "pages_show_list" in call.token.scopes else []
    shown = [one for one in shown if not BY_PAGE[one].portfolio or "business_management" in call.token.scopes]
    most, skip = call.number("limit", PER_PAGE, 1, 100), call.number("after", 0, 0, 10**6)
    fields = call.fields(ACCOUNT_FIELDS)
    answer: dict[str, Any] = {
        "data": [page_facts(call, BY_PAGE[one], fields) for one in shown[skip : skip + most]],
    }
    if shown:
        answer["paging"] = {"cursors": {"before": str(skip), "after": str(min(skip + most, len(shown)))}}
    if skip + most < len(shown):
        answer["paging"]["next"] = str(call.request.url.include_query_params(after=skip + most, limit=most))
    return JSONResponse(answer)


async def _permissions(call: Call) -> Response:
    _own(call)
    grant = grant_of(call.world, call.node)
    lines = [(scope, "granted") for scope in grant["granted"]] + [(scope, "declined") for scope in grant["declined"]]
    return JSONResponse({"data": [{"permission": scope, "status": status} for scope, status in lines]})


async def _revoke(call: Call) -> Response:
    """One permission (`permission=`), or all: then every token of the person dies."""
    _own(call)
    scope = call.text("permission")
    call.world.ledger.accept("facebook", "disconnect", call.node, call.node, {"permission": scope or "all"})
    if not scope:
        end_all(call.world, call.node, "app_removed")
    else:
        grant = grant_of(call.world, call.node)
        declined = sorted({*grant["declined"], scope})
        left = [one for one in grant["granted"] if one != scope]
        call.world.state.put(GRANTS, call.node, {**grant, "granted": left, "declined": declined})
    return JSONResponse({"success": True})


def _own(call: Call) -> None:
    if call.token.page is not None or call.node != call.token.user:
        raise refused("missing_object", method="get", id=call.node)


EDGES: tuple[tuple[str, str, str, Door, Act], ...] = (
    ("GET", "user", "", Door("facebook.me"), _me),
    ("GET", "user", "accounts", Door("facebook.accounts"), _accounts),
    ("GET", "user", "permissions", Door("facebook.permissions"), _permissions),
    ("DELETE", "user", "permissions", Door("facebook.permissions"), _revoke),
)
