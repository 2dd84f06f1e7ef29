"""Writing: from a planned batch to drafts that the critic lets pass, illustrated and stored.

Everything between the lease and the record may be repeated: drafts are seeded, pictures are named by their content.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import structlog

from domain.brief import Brief, brief_to_json, briefs
from domain.draft import Draft, WriteRequest, seed_of
from domain.ids import uuid7
from domain.page import Page, Unreadable, page_to_json
from domain.parts import longest
from domain.payload import Payload
from domain.plans import PLANS
from domain.platforms import PLATFORMS, Platform
from domain.sameness import Memory
from domain.settings import by_people, first_settings
from domain.slots import Soon, slots_for
from pipeline.agents.fetch import Guard
from pipeline.agents.writer import NothingToSay, Writer
from pipeline.critique import passing, remarks
from pipeline.illustrate import Shown, illustrate
from pipeline.leases import LEASE_SECONDS, kept
from pipeline.ports import Hint
from pipeline.research import research
from storage import drafts
from storage.blobs import Media
from storage.drafts import AccountRow, Batch, NewBrief, NewPost
from storage.session import Database

log = structlog.get_logger(__name__)

TRIES = 3
"""So often writing may stop a worker, or break off, before people are told that it does not work."""


@dataclass(frozen=True, slots=True)
class Writing:
    """What the steps of writing work with. One a worker process."""

    database: Database
    writer: Writer
    guard: Guard
    media: Media
    check: Callable[[Platform, Payload], list[str]]
    hint: Hint
    worker: str
    soon: Soon = field(default_factory=Soon)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One post to write."""

    account: AccountRow
    brief: Brief
    brief_id: UUID
    slot_index: int
    slot: datetime


async def write_batch(workspace_id: UUID, batch_id: UUID, deps: Writing) -> None:
    """Read, write, criticise, illustrate and store one planned batch. A second hint finds nothing to lease."""
    async with deps.database.transaction(workspace_id) as tx:
        batch = await drafts.lease(tx, batch_id, worker=deps.worker, seconds=LEASE_SECONDS)
        if batch is None:
            return
        accounts = await drafts.accounts(tx)
        recent = Memory(await drafts.recent_texts(tx, batch.web_app_id))
        taken = await drafts.taken_slots(tx)
    if batch.tries > TRIES:
        await _record_problem(workspace_id, batch, "Writing today's posts broke off again and again.", deps)
        return
    try:
        async with kept(lambda: _renew(workspace_id, batch_id, deps)):
            page = await research(batch.url, batch.description, deps.guard, batch.now, called=batch.name)
            ideas = _ideas(batch, page, accounts)
            wanted = _wanted(batch, accounts, ideas, taken, deps.soon)
            posts, dropped = await _written(batch, page, wanted, recent, deps)
    except (Unreadable, NothingToSay) as error:
        await _record_problem(workspace_id, batch, str(error), deps)
        return
    if not accounts:
        dropped.append("No account is connected yet. Connect one, then ask for today's batch again.")
    elif not wanted:
        dropped.append(f"The {PLANS[batch.plan].title} plan's posts of this day went to the other web apps.")
    rows = [NewBrief(ident, n, brief.angle, brief_to_json(brief)["facts"]) for n, (ident, brief) in enumerate(ideas)]
    async with deps.database.transaction(workspace_id) as tx:
        if await drafts.record_written(
            tx, batch, deps.worker, page_to_json(page), rows, posts, dropped, host=page.host, name=page.name[:80]
        ):
            tx.after_commit(lambda: deps.hint("batch", workspace_id, batch_id))
            tx.after_commit(lambda: deps.hint("due", None, None))


async def _renew(workspace_id: UUID, batch_id: UUID, deps: Writing) -> None:
    async with deps.database.transaction(workspace_id) as tx:
        await drafts.keep(tx, batch_id, worker=deps.worker, seconds=LEASE_SECONDS)


def _ideas(batch: Batch, page: Page, accounts: list[AccountRow]) -> list[tuple[UUID, Brief]]:
    """The briefs of the day: as many as there are slot times, within the plan's posts a day."""
    limit = _allowance(batch)
    count = len(batch.slot_times) if limit is None else min(len(batch.slot_times), limit // max(len(accounts), 1) or 1)
    ideas = briefs(page, str(batch.web_app_id), batch.local_date, count)
    if not ideas:
        raise NothingToSay("The page says too little to write from. Please describe the web app in a few sentences.")
    return [(uuid7(), brief) for brief in ideas]


def _allowance(batch: Batch) -> int | None:
    """How many posts the plan allows this web app on this date; None means without limit.

    A workspace's posts are shared evenly among its web apps, so that the first batch of the day does not take them all.
    """
    limit = PLANS[batch.plan].posts_a_day
    if limit is None:
        return None
    share = max(batch.share, 1)
    even = limit // share + (1 if batch.place < limit % share else 0)
    return max(min(even, limit - batch.used), 0)


def _wanted(
    batch: Batch, accounts: list[AccountRow], ideas: list[tuple[UUID, Brief]], taken: list[datetime], soon: Soon
) -> list[_Wanted]:
    """One post for each idea and account, each at a slot of its own."""
    limit = _allowance(batch)
    pairs = [(n, ident, brief, account) for n, (ident, brief) in enumerate(ideas) for account in accounts][:limit]
    ready = max(batch.now, batch.deliver_from)
    slots = slots_for(batch.zone, batch.local_date, batch.slot_times, len(pairs), ready, soon.lead, soon.spacing, taken)
    return [
        _Wanted(account, brief, ident, n, slot) for (n, ident, brief, account), slot in zip(pairs, slots, strict=True)
    ]


async def _written(
    batch: Batch, page: Page, wanted: list[_Wanted], recent: Memory, deps: Writing
) -> tuple[list[NewPost], list[str]]:
    """The posts that pass the critic, with their pictures; and for those that do not, the reason in a sentence."""
    passed: list[tuple[_Wanted, WriteRequest, Draft]] = []
    dropped: list[str] = []
    for want in wanted:
        request = _request(batch, page, want, recent)
        draft, objections = await passing(request, batch.banned_words, deps.writer)
        if draft is None:
            dropped.append(f"{PLATFORMS[want.account.platform].name}, {want.account.name}: {objections[0]}")
            continue
        recent.remember(draft.text)
        passed.append((want, request, draft))
    illustrated = await illustrate([(r.platform, draft) for _, r, draft in passed], deps.media, deps.guard)
    return [
        new_post(
            uuid7(),
            want.brief_id,
            want.account,
            want.slot,
            draft,
            shown,
            remarks(draft, request, batch.banned_words),
            deps,
        )
        for (want, request, draft), shown in zip(passed, illustrated, strict=True)
    ], dropped


def _request(batch: Batch, page: Page, want: _Wanted, recent: Memory) -> WriteRequest:
    platform = want.account.platform
    seed = seed_of(str(batch.web_app_id), batch.local_date, want.slot_index, platform, str(want.account.id), 0)
    return WriteRequest(
        page, platform, want.account.kind, batch.local_date, want.slot_index, seed,
        link=batch.url, avoid=recent, hashtags=PLATFORMS[platform].limits.hashtags, brief=want.brief,
    )  # fmt: skip


def new_post(
    post_id: UUID, brief_id: UUID, account: AccountRow, slot: datetime, draft: Draft, shown: Shown, noted: list[str],
    deps: Writing, kept: Mapping[str, str] | None = None,
) -> NewPost:  # fmt: skip
    """A draft that passed, with what it shows, as the post that is stored and hashed.

    What people chose for it before (`kept`) still holds; what the words decide, as a title, is new.
    """
    said = draft.picture.headline if draft.picture else draft.text.partition("\n")[0]
    settings = {**first_settings(account.platform, said, draft.hashtags), **by_people(account.platform, kept or {})}
    payload = Payload(draft.text, shown.pictures, settings, shown.video, shown.document)
    return NewPost(
        id=post_id,
        brief_id=brief_id,
        account_id=account.id,
        slot=slot.astimezone(UTC),
        text=draft.text,
        pictures=[asdict(picture) for picture in shown.pictures],
        video=asdict(shown.video) if shown.video else None,
        settings=dict(payload.settings),
        sha256=payload.sha256(account.id),
        drafted_from=draft.drafted_from,
        length=longest(account.platform, draft.text),
        sources=[list(source) for source in draft.sources],
        warnings=noted,
        objections=[shown.problem] if shown.problem else deps.check(account.platform, payload),
        document=asdict(shown.document) if shown.document else None,
    )


async def _record_problem(workspace_id: UUID, batch: Batch, problem: str, deps: Writing) -> None:
    async with deps.database.transaction(workspace_id) as tx:
        if await drafts.record_unreadable(tx, batch.id, deps.worker, problem):
            tx.after_commit(lambda: deps.hint("batch", workspace_id, batch.id))
