"""The audit trail, read: whether every link of a workspace's chain holds, and whether what happened stands in it.

What it cannot see alone: somebody with the database's superuser rights who rewrites the trail to its end, its head and the rows
that it speaks of, all of them consistently. Against that it is held beside what was kept of the heads outside this database:
`storage.anchors`, and the seals that people have seen in their chats.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from storage.anchors import Head, Written
from storage.session import Database, Transaction


@dataclass(frozen=True, slots=True)
class BadRow:
    """The first row that does not fit. `event_id` is None where a link points to nothing."""

    seq: int | None
    event_id: int | None
    at: datetime | None
    reason: str


async def first_bad_row(tx: Transaction) -> BadRow | None:
    """Recompute the chain of the workspace with PostgreSQL's own sha256. None: it is whole."""
    return await tx.row(BadRow, _FIRST_BAD_ROW) or await tx.row(BadRow, _UNRECORDED) or await tx.row(BadRow, _UNTOLD)


async def first_unanchored(tx: Transaction, anchored: Mapping[int, str]) -> BadRow | None:
    """The first link of the workspace that is not the one that was anchored: by number, its hash in hexadecimal digits."""
    return await tx.row(BadRow, _FIRST_UNANCHORED, {"seqs": list(anchored), "hashes": list(anchored.values())})


async def heads(database: Database) -> list[Head]:
    """Where every workspace's chain ends now, those of erased workspaces too; through the door."""
    async with database.transaction() as tx:
        return await tx.rows(Head, "SELECT workspace_id, seq, encode(hash, 'hex') AS hash FROM door_heads()")


async def sealed(tx: Transaction, seq: int, begins: str) -> bool:
    """Whether the workspace's link `seq` has a hash that begins so, in hexadecimal digits."""
    return bool(await tx.value(_SEALED, {"seq": seq, "begins": begins}))


async def note_anchors(database: Database, written: Written) -> None:
    """Remember how far the file of anchors has come, so that lines cut off its end are missed."""
    async with database.transaction() as tx:
        await tx.run(_NOTE_ANCHORS, {"first": written.first, "lines": written.lines})


async def noted_anchors(database: Database) -> Written | None:
    """The same, read; None before the first line."""
    async with database.transaction() as tx:
        return await tx.row(Written, _NOTED_ANCHORS)


_FIRST_UNANCHORED = """
WITH anchored AS (SELECT * FROM unnest(%(seqs)s::bigint[], %(hashes)s::text[]) AS a (seq, hash)),
     compared AS (SELECT a.seq, c.seq AS stands, encode(c.hash, 'hex') = a.hash AS same
                  FROM anchored a LEFT JOIN audit_chain c ON c.workspace_id = %(workspace_id)s AND c.seq = a.seq)
SELECT b.seq, NULL::bigint AS event_id, NULL::timestamptz AS at,
    CASE WHEN b.stands IS NULL THEN 'it was anchored and is gone: the end was cut, or an older copy put in its place'
         ELSE 'it is not the one that was anchored: the trail was written anew' END
    || coalesce(', somewhere after link ' || (SELECT max(g.seq) FROM compared g WHERE g.same AND g.seq < b.seq), '') AS reason
FROM compared b WHERE b.same IS NOT TRUE ORDER BY b.seq LIMIT 1
"""
_SEALED = """
SELECT EXISTS (SELECT FROM audit_chain WHERE workspace_id = %(workspace_id)s AND seq = %(seq)s AND starts_with(encode(hash, 'hex'), %(begins)s))
"""
_NOTE_ANCHORS = """
INSERT INTO heartbeats (name, beat_at, detail)
VALUES ('anchors', clock_timestamp(), jsonb_build_object('first', %(first)s::text, 'lines', %(lines)s::integer))
ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at, detail = excluded.detail
"""
_NOTED_ANCHORS = (
    "SELECT detail ->> 'first' AS first, (detail ->> 'lines')::integer AS lines FROM heartbeats WHERE name = 'anchors'"
)


_FIRST_BAD_ROW = """
WITH chain AS (
    SELECT c.seq, c.event_id, c.hash, lag(c.hash, 1, '\\x'::bytea) OVER w AS prev, lag(c.seq, 1, 0::bigint) OVER w AS prev_seq,
           e.id, e.at, e.login, e.what, e.body
    FROM audit_chain c LEFT JOIN audit_events e ON e.workspace_id = c.workspace_id AND e.id = c.event_id
    WHERE c.workspace_id = %(workspace_id)s
    WINDOW w AS (ORDER BY c.seq)
), bad AS (
    SELECT seq, event_id, at, CASE
        WHEN id IS NULL THEN 'the event of this link was deleted'
        WHEN seq <> prev_seq + 1 THEN 'links are missing before this one'
        ELSE 'the event was changed' END AS reason
    FROM chain
    WHERE CASE WHEN id IS NULL OR seq <> prev_seq + 1 OR NOT isfinite(at) THEN true
               ELSE hash <> audit_hash(prev, %(workspace_id)s::uuid, seq, event_id, at, login, what, body) END
    UNION ALL
    SELECT NULL, e.id, e.at, 'the event has no link: it was put in afterwards'
    FROM audit_events e
    WHERE e.workspace_id = %(workspace_id)s
      AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.workspace_id = e.workspace_id AND c.event_id = e.id)
    UNION ALL
    SELECT h.seq, NULL, NULL, 'the chain ends before its recorded head: its tail was cut'
    FROM audit_heads h
    WHERE h.workspace_id = %(workspace_id)s
      AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.workspace_id = h.workspace_id AND c.seq = h.seq AND c.hash = h.hash)
    UNION ALL
    SELECT NULL, NULL, NULL, 'the recorded head of the chain is gone'
    WHERE NOT EXISTS (SELECT FROM audit_heads h WHERE h.workspace_id = %(workspace_id)s)
    UNION ALL
    SELECT h.seq, NULL, NULL, 'the chain goes on after its recorded head'
    FROM audit_heads h WHERE h.workspace_id = %(workspace_id)s
      AND EXISTS (SELECT FROM audit_chain c WHERE c.workspace_id = h.workspace_id AND c.seq > h.seq)
)
SELECT seq, event_id, CASE WHEN at BETWEEN '1970-01-01' AND '9999-01-01' THEN at END AS at, reason -- what a tamperer wrote may be no time at all
FROM bad ORDER BY seq NULLS LAST, event_id LIMIT 1
"""
# The trail against the rows that it speaks of; asked only when the chain itself is whole, so that every body is JSON.
_UNRECORDED = """
WITH told AS MATERIALIZED (
    SELECT e.what, x ->> 'id' AS id, x ->> 'step' AS step
    FROM audit_events e CROSS JOIN LATERAL jsonb_array_elements(e.body::jsonb) x
    WHERE e.workspace_id = %(workspace_id)s AND e.what IN ('posts:move', 'decisions:insert')
), untold AS (
    SELECT t.at, format('step %%s of a post is not in the trail', t.step) AS reason
    FROM transitions t LEFT JOIN told ON told.what = 'posts:move' AND told.id = t.post_id::text AND told.step = t.step::text
    WHERE t.workspace_id = %(workspace_id)s AND told.id IS NULL
    UNION ALL
    SELECT d.at, 'a decision is not in the trail'
    FROM decisions d LEFT JOIN told ON told.what = 'decisions:insert' AND told.id = d.id::text
    WHERE d.workspace_id = %(workspace_id)s AND told.id IS NULL
)
SELECT NULL::bigint AS seq, NULL::bigint AS event_id, at, reason || ': its end was cut, or an older copy put in its place' AS reason
FROM untold ORDER BY at LIMIT 1
"""
# The rows that the trail tells of, where nothing tells that they were erased.
_UNTOLD = """
WITH told AS MATERIALIZED (
    SELECT e.what, e.at, x ->> 'id' AS id, x ->> 'member_id' AS member_id
    FROM audit_events e CROSS JOIN LATERAL jsonb_array_elements(e.body::jsonb) x
    WHERE e.workspace_id = %(workspace_id)s AND e.what IN ('workspaces:delete', 'members:insert', 'members:delete', 'decisions:insert')
), missing AS (
    SELECT NULL::timestamptz AS at, 'the workspace' AS what
    WHERE NOT EXISTS (SELECT FROM workspaces w WHERE w.workspace_id = %(workspace_id)s)
    UNION ALL
    SELECT t.at, 'a member' FROM told t LEFT JOIN members m ON m.workspace_id = %(workspace_id)s AND m.id::text = t.id
    WHERE t.what = 'members:insert' AND m.id IS NULL AND NOT EXISTS (SELECT FROM told g WHERE g.what = 'members:delete' AND g.id = t.id)
    UNION ALL
    SELECT t.at, 'a decision' FROM told t LEFT JOIN decisions d ON d.workspace_id = %(workspace_id)s AND d.id::text = t.id
    WHERE t.what = 'decisions:insert' AND d.id IS NULL AND NOT EXISTS (SELECT FROM told g WHERE g.what = 'members:delete' AND g.id = t.member_id)
)
SELECT NULL::bigint AS seq, NULL::bigint AS event_id, at, what || ' that the trail tells of is gone, and no event tells of its erasure' AS reason
FROM missing WHERE NOT EXISTS (SELECT FROM told g WHERE g.what = 'workspaces:delete') ORDER BY at LIMIT 1
"""
