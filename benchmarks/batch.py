"""A batch without a model: from drafts in hand to cards wanted, against the plainest inserts that the same rules allow."""

import time
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from psycopg.types.json import Jsonb

from benchmarks.figures import Figure, at_most, figure, ratios
from benchmarks.planting import TEXT, Place, make_places
from benchmarks.stage import Scene, Stage
from domain.card import Surface
from domain.ids import uuid7
from domain.payload import Payload
from pipeline.agents.fetch import Guard
from pipeline.agents.writer import TemplateWriter
from pipeline.chats import add_chat
from pipeline.deliver import deliver_batch
from pipeline.write import Writing, write_batch
from storage import batches, drafts
from storage.blobs import Media
from storage.drafts import Batch, NewBrief, NewPost
from storage.session import Database

TITLE = "Batch without a model: from briefs to wanted cards in two chats"
ACCOUNTS = 5

PAGE_WORDS = (
    "Tidewater shows when the tide lets you launch. It reads the official tables for 400 harbours. Your crew gets a message an "
    "hour before the ramp is dry. It works without an account and costs nothing for one harbour. A season for every harbour "
    "costs 24 euros. Sailing clubs share one calendar. It has been right to the minute since 2019."
)


class Counter:
    """Takes hints in place of the broker: counted as they would be sent, the same one once."""

    def __init__(self) -> None:
        self.given: set[tuple[str, UUID | None, UUID | None]] = set()

    def __call__(self, stage: str, workspace_id: UUID | None, ident: UUID | None) -> None:
        self.given.add((stage, workspace_id, ident))


async def run(stage: Stage, quick: bool) -> list[Figure]:
    scene = stage.scene()
    [place] = await make_places(scene, 1, accounts_each=ACCOUNTS)
    posts, repetitions = (40, 1) if quick else (1000, 7)
    database = scene.database("amarktai_worker")
    await database.open()
    try:
        await add_chat(database, place.workspace_id, surface=Surface.TELEGRAM, chat_ref="-1", kind="group", title="T")
        with scene.superuser() as connection:
            connection.execute("UPDATE workspaces SET plan = 'enterprise'")
        small, big = Counter(), Counter()
        await _ours(database, place, 10, small, 900)
        ours, floor = [], []
        for n in range(repetitions):
            floor.append(await _floor(database, place, posts, 2 * n))
            ours.append(await _ours(database, place, posts, big if n == 0 else Counter(), 2 * n + 1))
        whole = [await _whole(scene, database, place, 950 + n) for n in range(1 if quick else 3)]
    finally:
        await database.close()
    return [
        figure(f"recording and delivering {posts} posts, against the floor", ratios(ours, floor), "×", at_most(6)),
        figure("product: recording and delivering, a post", ours, "µs"),
        figure("floor: INSERT … SELECT FROM unnest, a post", floor, "µs"),
        figure("with page, drafts, critic and pictures, a post", whole, "µs"),
        figure("broker messages a batch of 10 posts", [len(small.given)], ""),
        figure(
            f"broker messages a batch of {posts} posts", [len(big.given)], "", at_most(len(small.given)), "two chats"
        ),
    ]


async def _ours(database: Database, place: Place, count: int, hint: Counter, day: int) -> float:
    """Microseconds a post: what `write_batch` records and `deliver_batch` wants, in their own transactions."""
    batch_id = await _planned(database, place, day)
    briefs, posts = _drafted(place, count)
    async with database.transaction(place.workspace_id) as tx:
        batch = await drafts.lease(tx, batch_id, worker="bench", seconds=100)
    assert isinstance(batch, Batch)
    begun = time.perf_counter()
    async with database.transaction(place.workspace_id) as tx:
        assert await drafts.record_written(tx, batch, "bench", {}, briefs, posts, [], host="", name="Bench")
        tx.after_commit(lambda: hint("batch", place.workspace_id, batch_id))
        tx.after_commit(lambda: hint("due", None, None))
    await deliver_batch(database, hint, place.workspace_id, batch_id)
    took = time.perf_counter() - begun
    async with database.transaction(place.workspace_id) as tx:
        delivered = await tx.value(_DELIVERED, {"id": batch_id})
    assert delivered == 2 * count, f"{delivered} cards for {count} posts in two chats"
    return took / count * 1e6


async def _floor(database: Database, place: Place, count: int, day: int) -> float:
    """The same rows by the same login, nothing moved, nothing audited but what the inserts themselves set off."""
    batch_id = await _planned(database, place, day)
    briefs, posts = _drafted(place, count)
    async with database.transaction(place.workspace_id) as tx:
        chats = [row["id"] for row in await tx.dicts("SELECT id FROM chats WHERE workspace_id = %(workspace_id)s")]
        first = 1_000_000 + day * 10_000
    begun = time.perf_counter()
    async with database.transaction(place.workspace_id) as tx:
        values = {
            "batch": batch_id,
            "app": place.web_app,
            "briefs": [brief.id for brief in briefs],
            "ns": [brief.n for brief in briefs],
            "ids": [post.id for post in posts],
            "numbers": list(range(first, first + count)),
            "of": [post.brief_id for post in posts],
            "accounts": [post.account_id for post in posts],
            "slots": [post.slot for post in posts],
            "texts": [post.text for post in posts],
            "hashes": [post.sha256 for post in posts],
            "sources": [Jsonb(post.sources) for post in posts],
            "cards": [uuid7() for _ in range(2 * count)],
            "chats": [chat for chat in chats[:2] for _ in posts],
            "shown": [post.id for _ in chats[:2] for post in posts],
        }
        for statement in _PLAINLY:
            await tx.run(statement, values)
    return (time.perf_counter() - begun) / count * 1e6


async def _planned(database: Database, place: Place, day: int) -> UUID:
    async with database.transaction(place.workspace_id) as tx:
        made = await batches.plan(tx, place.web_app, date(2000, 1, 1) + timedelta(days=day), datetime.now(UTC))
    assert made is not None
    return made


def _drafted(place: Place, count: int) -> tuple[list[NewBrief], list[NewPost]]:
    """What the writer hands over."""
    fact = {"kind": "promise", "text": "Low tide at 6:40", "where": "h1"}
    briefs = [NewBrief(uuid7(), n, "promise", [fact]) for n in range(-(-count // ACCOUNTS))]
    slot = datetime.now(UTC) + timedelta(days=1)
    posts = []
    for n in range(count):
        account, text = place.accounts[n % ACCOUNTS], TEXT.format(n=n)
        digest = Payload(text, ()).sha256(account)
        brief = briefs[n // ACCOUNTS]
        sources = [["Low tide at 6:40", "heading"], ["free for one harbour", "list"]]
        posts.append(
            NewPost(
                uuid7(), brief.id, account, slot, text, [], None, {}, digest, "templates", len(text), sources, [], []
            )
        )
    return briefs, posts


async def _whole(scene: Scene, database: Database, place: Place, day: int) -> float:
    """Microseconds a post of a real batch: the description read, drafts written and criticised, pictures drawn."""
    async with database.transaction(place.workspace_id) as tx:
        await tx.run("UPDATE web_apps SET description = %(words)s, deliver_at = '00:00'", {"words": PAGE_WORDS})
    batch_id = await _planned(database, place, day)
    media = Media.at("", scene.home)
    deps = Writing(database, TemplateWriter(), Guard(), media, lambda _p, _w: [], Counter(), "bench")
    begun = time.perf_counter()
    await write_batch(place.workspace_id, batch_id, deps)
    await deliver_batch(database, deps.hint, place.workspace_id, batch_id)
    took = time.perf_counter() - begun
    async with database.transaction(place.workspace_id) as tx:
        count: int = await tx.value(_WRITTEN, {"id": batch_id})
    assert count, "the batch has no posts"
    return took / count * 1e6


_DELIVERED = """
SELECT count(*) FROM cards c JOIN posts p ON p.workspace_id = c.workspace_id AND p.id = c.post_id
WHERE c.workspace_id = %(workspace_id)s AND p.batch_id = %(id)s AND p.state = 'in_review'
"""
_WRITTEN = (
    "SELECT count(*) FROM posts WHERE workspace_id = %(workspace_id)s AND batch_id = %(id)s AND state = 'in_review'"
)
_PLAINLY = (
    """INSERT INTO briefs (workspace_id, id, batch_id, n, angle, facts)
       SELECT %(workspace_id)s, u.id, %(batch)s, u.n, 'promise', '[]' FROM unnest(%(briefs)s::uuid[], %(ns)s::integer[]) u (id, n)""",
    """INSERT INTO posts (workspace_id, id, number, batch_id, brief_id, web_app_id, account_id, slot, revision_n)
       SELECT %(workspace_id)s, u.id, u.number, %(batch)s, u.brief, %(app)s, u.account, u.slot, 1
       FROM unnest(%(ids)s::uuid[], %(numbers)s::integer[], %(of)s::uuid[], %(accounts)s::uuid[], %(slots)s::timestamptz[])
            u (id, number, brief, account, slot)""",
    """INSERT INTO revisions (workspace_id, post_id, n, text, sha256, drafted_from, length, sources)
       SELECT %(workspace_id)s, u.id, 1, u.text, u.hash, 'templates', length(u.text), u.sources
       FROM unnest(%(ids)s::uuid[], %(texts)s::text[], %(hashes)s::bytea[], %(sources)s::jsonb[]) u (id, text, hash, sources)""",
    """INSERT INTO cards (workspace_id, id, kind, chat_id, post_id)
       SELECT %(workspace_id)s, u.id, 'post', u.chat, u.post
       FROM unnest(%(cards)s::uuid[], %(chats)s::uuid[], %(shown)s::uuid[]) u (id, chat, post)""",
)
