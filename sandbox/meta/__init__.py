"""What the twins of Facebook and Instagram share: Meta's Graph host with its login, tokens, envelope and limits.

A twin on this host is a `Twin`: it says what an id is, and which edges such nodes have.

    TWIN = Twin(locate, (
        Edge("POST", "instagram", "media", Door("instagram.media", ("instagram_content_publish",)), create),
        Edge("GET", "instagram_container", "", Door("instagram.container", ("instagram_basic",)), show),
    ))

`locate(world, id)` gives `Place(id, kind, page)` or None; kinds of Instagram start with "instagram". Register the twin in
`sandbox/app.py`. The Instagram account's id and its Page are in `accounts.py`.

- **Who calls, with which rights.** The act gets a `Call` that was admitted already: `call.token` says whose token it is
  (`user`, `page` or None, `scopes`), `call.node` is the id in the path, `call.page` the Page behind it. The `Door` names
  the permissions (all are needed), the task on the Page, and whether only a Page token will do. What lacks is refused
  in Meta's words before the act runs.
- **What was asked.** `call.text/required/number/flag/json` read a parameter of query, form, multipart or JSON body, and
  refuse what is malformed; `call.files` holds file parts; `call.fields(default)` is the list of names in `fields=`.
- **How to refuse.** Rows are made by `envelope.row`, raised by `envelope.refused(row, **words)`: the endpoint answers
  with code, subcode and fbtrace_id. `meta.refusals.REFUSALS` holds the shared ones.
- **How a call is counted.** Every call is counted before the act (`usage.py`): X-App-Usage for user tokens,
  X-Business-Use-Case-Usage for Page tokens and for every node whose kind starts with "instagram". Throttled calls are 400
  with code 4, 80001 (pages) or 80002 (instagram).
- **Bytes.** `uploads.open_upload` makes a resumable upload whose URL (`uploads.address`) takes bytes under
  /facebook/rupload; `uploads.upload_of` tells how far it is, `uploads.path_of` is its file; `pull.fetch` gets a file from
  an address.
"""

from sandbox.meta.access import Call, Door, Place
from sandbox.meta.graph import Edge, Twin, routes

__all__ = ["Call", "Door", "Edge", "Place", "Twin", "routes"]
