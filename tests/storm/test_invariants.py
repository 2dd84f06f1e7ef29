"""The verdict of the storm can fail: on good rows every invariant is silent, and each speaks when its promise is broken."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.conftest import Cluster
from tests.pipeline.conftest import Team
from tests.pipeline.conftest import logins as logins  # noqa: PLC0414 - fixtures
from tests.pipeline.conftest import team as team  # noqa: PLC0414
from tests.pipeline.conftest import vault as vault  # noqa: PLC0414
from tests.pipeline.conftest import web as web  # noqa: PLC0414
from tests.pipeline.conftest import worker as worker  # noqa: PLC0414
from tests.storm.verdict import invariants, judge

Ledger = list[dict[str, Any]]
Limits = list[tuple[str, str, float, int]]
Break = Callable[[psycopg.Connection[Any], Ledger], Limits | None]

_PUBLISHED = (
    "UPDATE posts SET event = 'claim', fence = 1, lease_until = now() + interval '1 minute', lease_by = 'w' WHERE state = 'approved'",
    """INSERT INTO attempts (workspace_id, id, post_id, fence, account_id, platform, remote_account, approval_id, revision_n,
                              sha256, worker, intent_at, lease_until, sent_at, ended_at, outcome)
       SELECT p.workspace_id, gen_random_uuid(), p.id, 1, p.account_id, 'x', '@tide', p.approval_id, 1, v.sha256, 'w',
              clock_timestamp(), now() + interval '1 minute', clock_timestamp(), clock_timestamp(), 'ok'
       FROM posts p JOIN approvals v ON v.id = p.approval_id""",
    "UPDATE posts SET event = 'confirm', remote_id = 'r1', next_at = NULL, lease_until = NULL WHERE state = 'publishing'",
    """INSERT INTO card_faces (workspace_id, token, card_id, post_id, revision_n)
       SELECT c.workspace_id, 't', c.id, c.post_id, 1 FROM cards c WHERE c.post_id IS NOT NULL""",
    """INSERT INTO decisions (workspace_id, id, post_id, revision_n, member_id, surface, card_id, decision, outcome,
                               applied, event_key)
       SELECT v.workspace_id, gen_random_uuid(), v.post_id, 1, v.member_id, 'slack', c.id, 'approve', 'applied', true, 'e1'
       FROM approvals v JOIN cards c ON c.post_id = v.post_id""",
)


def entry(rid: str, text: str = "text") -> dict[str, Any]:
    """As a twin writes it down."""
    return {"platform": "x", "effect": "post", "account": "@tide", "rid": rid, "at": 4e9, "payload": {"text": text}}


def _run(*statements: str) -> Break:
    def broken(connection: psycopg.Connection[Any], _: Ledger) -> None:
        for statement in statements:
            connection.execute(statement)

    return broken


def _more(*entries: dict[str, Any]) -> Break:
    return lambda _, ledger: ledger.extend(entries)


_ANOTHER_ATTEMPT = """
INSERT INTO attempts (workspace_id, id, post_id, fence, account_id, platform, remote_account, approval_id, revision_n, sha256,
                      worker, intent_at, lease_until)
SELECT workspace_id, gen_random_uuid(), post_id, 2, account_id, platform, remote_account, approval_id, revision_n, sha256, 'w2',
       intent_at - interval '1 ms', lease_until FROM attempts
"""
BREAKS: dict[str, Break] = {
    "I1": _more(entry("r2")),
    "I2": _run("UPDATE posts SET state = 'unknown'"),
    "I3": lambda _, ledger: ledger.clear(),
    "I4": _more(entry("r9", "other words")),
    "I5": _run("UPDATE approvals SET revoked_at = now() - interval '1 hour'"),
    "I6": _run("UPDATE role_periods SET granted_at = now() + interval '1 hour'"),
    "I7": _run("UPDATE decisions SET revision_n = 2"),
    "I8": _run("UPDATE posts SET revision_n = 2", "UPDATE revisions SET n = 2"),
    "I9": lambda _connection, _ledger: [("x", "@tide", 60.0, 0)],
    "I10": _run(
        "INSERT INTO decisions SELECT workspace_id, gen_random_uuid(), post_id, revision_n, member_id, surface, card_id,"
        " decision, outcome, applied, reason, event_key, at FROM decisions"
    ),
    "I11": _run(
        "ALTER TABLE batches DROP CONSTRAINT batches_workspace_id_web_app_id_local_date_key",
        "INSERT INTO batches (workspace_id, id, web_app_id, local_date, deliver_from)"
        " SELECT workspace_id, gen_random_uuid(), web_app_id, local_date, now() FROM batches",
    ),
    "I12": _run(_ANOTHER_ATTEMPT),
    "I13": _run("UPDATE transitions SET new = 'published' WHERE event = 'approve'"),
    "I14": _run(
        "INSERT INTO approvals SELECT gen_random_uuid(), id, post_id, revision_n, sha256, member_id, at FROM approvals"
    ),
    "I15": _run("UPDATE audit_events SET body = '[]' WHERE what = 'posts:move'"),
    "I16": _run(
        "INSERT INTO pauses (workspace_id, id, scope, started_at)"
        " SELECT workspace_id, gen_random_uuid(), 'workspace', now() - interval '1 hour' FROM posts"
    ),
}


@pytest.fixture
def superuser(cluster: Cluster, database_url: str) -> Iterator[psycopg.Connection[Any]]:
    url = urlunsplit(urlsplit(cluster.superuser_url)._replace(path=urlsplit(database_url).path))
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
async def published(team: Team, superuser: psycopg.Connection[Any]) -> Ledger:
    """One post that went the whole way, and the twin's ledger."""
    account = await team.account()
    await team.post(account)
    for statement in _PUBLISHED:
        superuser.execute(statement)
    return [entry("r1")]


async def test_every_invariant_is_silent_on_a_post_that_went_the_whole_way(
    published: Ledger, superuser: psycopg.Connection[Any]
) -> None:
    assert judge(superuser, published, [("x", "@tide", 60.0, 1)]) == []
    assert [name for name, _, _ in invariants()] == list(BREAKS)


@pytest.mark.parametrize("name", BREAKS)
async def test_every_invariant_names_a_broken_promise(
    name: str, published: Ledger, superuser: psycopg.Connection[Any]
) -> None:
    superuser.execute("SET session_replication_role = replica")  # no trigger of ours forbids what is broken here
    limits = BREAKS[name](superuser, published)
    assert name in {broken.name for broken in judge(superuser, published, limits or [])}
