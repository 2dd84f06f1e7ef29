"""The audit trail, read: whether every link of a workspace's chain holds, and whether what happened stands in it.

What it cannot see alone: somebody with the database's superuser rights who rewrites the trail to its end, its head and the rows
that it speaks of, all of them consistently. That takes a copy of the heads outside this database to compare with.
"""

from dataclasses import dataclass
from datetime import datetime

from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class BadRow:
    """The first row that does not fit. `event_id` is None where a link points to nothing."""

    seq: int | None
    event_id: int | None
    at: datetime | None
    reason: str


async def first_bad_row(tx: Transaction) -> BadRow | None:
    """Recompute the chain of the workspace with PostgreSQL's own sha256. None: it is whole."""
    return await tx.row(BadRow, _FIRST_BAD_ROW) or await tx.row(BadRow, _UNRECORDED)


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
