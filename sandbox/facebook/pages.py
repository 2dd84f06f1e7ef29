"""The Page itself: its name, its token, the Instagram account that is linked to it."""

from starlette.responses import JSONResponse, Response

from sandbox.meta import Call, Door, Edge
from sandbox.meta.accounts import BY_PAGE
from sandbox.meta.me import page_facts


async def _page(call: Call) -> Response:
    return JSONResponse(page_facts(call, BY_PAGE[call.node], call.fields("id,name")))


EDGES = (Edge("GET", "page", "", Door("facebook.page", ("pages_show_list",)), _page),)
