"""A person chooses files in a modal: Slack's client uploads each at once, and sends the form with what it knows of them."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.slack import files
from sandbox.slack.meant import Wish, who
from sandbox.slack.twin import Slack
from sandbox.slack.use import Impossible, elements

LARGEST = 10 * 1024 * 1024  # docs.slack.dev, File input element: "There is a 10MB file size limit."
MOST = 10


async def receive(slack: Slack, request: Request) -> Response:
    """POST /_sandbox/slack/upload?user=U0MARA&name=tea.png with the bytes: the file as the form will name it."""
    asked = request.query_params
    try:
        person, name = who(dict(asked)), asked.get("name", "").strip()
        content = await request.body()
        _fit(name, content)
    except Impossible as reason:
        return JSONResponse({"ok": False, "error": "bad_request", "message": str(reason)}, 400)
    document = _keep(slack, person.slack_id, person.slack_team, name, content)
    return JSONResponse({"ok": True, "file": files.body(slack, document)})


def _fit(name: str, content: bytes) -> None:
    if not name or "/" in name:
        raise Impossible('Say with "name" what the file is called, such as "tea.png".')
    if not content:
        raise Impossible(f"{name} is empty, so Slack does not take it.")
    if len(content) > LARGEST:
        raise Impossible(f"{name} is larger than the 10 MB that Slack takes in a form.")


def _keep(slack: Slack, user: str, team: str, name: str, content: bytes) -> dict[str, Any]:
    file_id = f"F0{slack.world.state.next('slack.file'):08d}"
    path = files.path_of(slack, file_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    document: dict[str, Any] = {
        "id": file_id,
        "team": team,
        "name": name,
        "size": len(content),
        "alt_txt": "",
        "user": user,
        "stage": "complete",
        "completed_at": slack.world.now() - files.READY_AFTER,  # the form is sent only when Slack has done with it
    }
    slack.world.state.put(files.KIND, file_id, document)
    return document


async def delete(slack: Slack, wish: Wish) -> dict[str, Any]:
    """A person deletes a file of theirs; its id and its addresses are dead from then on."""
    document = _own(slack, wish, wish.get("file"))
    slack.world.state.put(files.KIND, document["id"], {**document, "stage": "deleted"})
    files.path_of(slack, document["id"]).unlink(missing_ok=True)
    return {"ok": True, "file": document["id"]}


def with_files(slack: Slack, view: dict[str, Any], wish: Wish, given: dict[str, Any]) -> dict[str, Any]:
    """The values of a form with the ids of chosen files turned into what Slack tells about them."""
    values = {block_id: dict(fields) for block_id, fields in given.items()}
    for block, element in elements(view["blocks"]):
        fields = values.get(block["block_id"], {})
        if element["type"] == "file_input" and element["action_id"] in fields:
            chosen = fields[element["action_id"]] or []
            if not isinstance(chosen, list):
                raise Impossible(f"{element['action_id']!r} takes a list of ids of files that were uploaded.")
            fields[element["action_id"]] = [files.body(slack, _own(slack, wish, one)) for one in chosen]
    return values


def _own(slack: Slack, wish: Wish, file_id: Any) -> dict[str, Any]:
    person = who(wish)
    document = slack.world.state.get(files.KIND, str(file_id))
    if document is None or document["user"] != person.slack_id or document["stage"] != "complete":
        raise Impossible(f"{person.name} has no file {file_id!r}; upload it first.")
    return document


def unfit(blocks: list[dict[str, Any]], values: dict[str, Any]) -> list[str]:
    """What Slack's own client says about chosen files before it sends a form at all."""
    said = []
    for block, element in elements(blocks):
        if element["type"] != "file_input":
            continue
        label, most = block["label"]["text"], element.get("max_files", MOST)
        chosen, endings = values[block["block_id"]][element["action_id"]]["files"], element.get("filetypes") or []
        if len(chosen) > most:
            said.append(f"{label}: You can only add up to {most} {'file' if most == 1 else 'files'}.")
        strange = [one["name"] for one in chosen if endings and files.kind_of(one["name"]) not in endings]
        if strange:
            said.append(f"{label}: {strange[0]} is not one of the file types that are taken: {', '.join(endings)}.")
    return said
