"""Parameters of a Graph call: query, form, multipart and JSON are one flat space; and the list in `fields=`."""

import orjson
from starlette.datastructures import UploadFile
from starlette.requests import Request

from sandbox.meta.refusals import refused

PART = 64 * 1024 * 1024  # bytes of one multipart field that is no file


async def read_body(request: Request) -> tuple[dict[str, str], dict[str, bytes]]:
    """Parameters of query and body, one flat space as in the Graph API, and file parts. Raises Refused."""
    params = dict(request.query_params)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "application/json":
        return params | _from_json(await request.body()), {}
    if kind not in ("multipart/form-data", "application/x-www-form-urlencoded"):
        return params, {}
    files: dict[str, bytes] = {}
    async with request.form(max_part_size=PART) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files[name] = await value.read()
            else:
                params[name] = value
    return params, files


def _from_json(body: bytes) -> dict[str, str]:
    """A JSON body as flat text parameters, the inner values as JSON, which is how the Graph reads both."""
    try:
        content = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        raise refused("bad_parameter", name="body", reason="must be a JSON object") from None
    if not isinstance(content, dict):
        raise refused("bad_parameter", name="body", reason="must be a JSON object")
    flat = {}
    for name, value in content.items():
        if value is not None:
            flat[name] = value if isinstance(value, str) else orjson.dumps(value).decode()
    return flat


def names_in(fields: str) -> list[str]:
    """The outer names of a field list: `id,comments.limit(1){id}` gives id and comments."""
    names, depth, word = [], 0, ""
    for sign in fields + ",":
        if sign == "," and depth == 0:
            names.append(word.strip().split(".")[0])
            word = ""
            continue
        if sign in "({":
            depth += 1
        if depth == 0:
            word += sign
        if sign in ")}":
            depth -= 1
    return [name for name in names if name]
