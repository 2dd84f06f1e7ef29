"""The verdict: the twins' ledgers beside our own tables, and one query for each invariant; every row is a broken promise."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from domain.parts import divided, following
from domain.platforms import Platform
from tests.storm.words import letters

INVARIANTS = Path(__file__).with_name("invariants.sql")
EFFECTS = {"post": "post", "comment": "comment", "publish": "post"}
"""What the ledgers call what people see."""


@dataclass(frozen=True)
class Broken:
    """One invariant that does not hold, with the first rows that say so."""

    name: str
    promise: str
    rows: list[tuple[Any, ...]]

    def __str__(self) -> str:
        return f"{self.name} ({self.promise}) is broken {len(self.rows)} times: {self.rows[:5]}"


def invariants() -> list[tuple[str, str, str]]:
    """Name, promise and query of each, as the file has them: `-- I1 nothing is …`, then the statement."""
    found = []
    for block in INVARIANTS.read_text().split("\n-- I")[1:]:
        head, _, query = block.partition("\n")
        number, _, promise = head.partition(" ")
        found.append((f"I{number}", promise, query.strip().removesuffix(";")))
    return found


def judge(
    connection: psycopg.Connection[Any],
    ledger: Iterable[Mapping[str, Any]],
    limits: Sequence[tuple[str, str, float, int]] = (),
) -> list[Broken]:
    """What does not hold. `ledger`: the twins' entries; `limits`: platform, account, seconds, so many posts."""
    load(connection, ledger, limits)
    broken = []
    for name, promise, query in invariants():
        rows = connection.execute(sql.SQL(query)).fetchall()  # type: ignore[arg-type]
        if rows:
            broken.append(Broken(name, promise, rows))
    return broken


def load(
    connection: psycopg.Connection[Any],
    ledger: Iterable[Mapping[str, Any]],
    limits: Sequence[tuple[str, str, float, int]],
) -> None:
    """The ledgers and everything we meant to say, as temporary tables of the same database."""
    for statement in _TABLES:
        connection.execute(statement)
    said = list(_said(connection))
    with connection.cursor() as cursor:
        kept = [
            (
                one["platform"],
                EFFECTS[one["effect"]],
                str(one["account"]),
                str(one["rid"]),
                one["at"],
                letters(one["payload"]),
            )
            for one in ledger
            if one["effect"] in EFFECTS
        ]
        cursor.executemany("INSERT INTO ledger VALUES (%s, %s, %s, %s, to_timestamp(%s), %s)", kept)
        cursor.executemany("INSERT INTO said VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", said)
        cursor.executemany("INSERT INTO limits VALUES (%s, %s, make_interval(secs => %s), %s)", limits)
    for statement in _BROUGHT_TOGETHER:
        connection.execute(statement)


def _said(connection: psycopg.Connection[Any]) -> Iterable[tuple[Any, ...]]:
    """Every part of every revision, with its words."""
    for ws, post, n, text, settings, platform, remote in connection.execute(_REVISIONS).fetchall():
        where = Platform(platform)
        yield ws, post, n, 1, where, remote, "post", letters(divided(where, text)[0])
        for part in following(where, text, settings):
            kind = "comment" if part.kind == "comment" else "post"
            yield ws, post, n, part.n, where, remote, kind, letters(part.text)


_TABLES = (
    "DROP TABLE IF EXISTS moves, seen, ledger, said, limits",
    "CREATE TEMP TABLE ledger (platform text, effect text, account text, rid text, at timestamptz, words text)",
    """CREATE TEMP TABLE said (workspace_id uuid, post_id uuid, revision_n integer, part integer, platform text,
                              account text, effect text, words text)""",
    "CREATE TEMP TABLE limits (platform text, account text, win interval, lim integer)",
)
_REVISIONS = """
SELECT r.workspace_id, r.post_id, r.n, r.text, r.settings, a.platform, a.remote_id
FROM revisions r JOIN posts p ON p.workspace_id = r.workspace_id AND p.id = r.post_id
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
"""
_BROUGHT_TOGETHER = (
    """
CREATE TEMP TABLE seen AS SELECT DISTINCT l.*, s.workspace_id, s.post_id, s.revision_n, s.part
FROM ledger l LEFT JOIN said s ON s.platform = l.platform AND s.account = l.account AND s.effect = l.effect
    AND s.words <> '' AND strpos(l.words, s.words) > 0""",
    """
CREATE TEMP TABLE moves AS SELECT e.workspace_id, (m ->> 'id')::uuid AS post_id, (m ->> 'step')::integer AS step
FROM audit_events e, jsonb_array_elements(e.body::jsonb) m WHERE e.what = 'posts:move'""",
    "CREATE INDEX ON moves (post_id, step)",
)
