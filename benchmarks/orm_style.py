"""The peer: what a good team writes first. Bolt as its manual shows it, SQLAlchemy's ORM, the same work in as many round trips.

The same tables, policies and triggers as the product. Bolt's async app with `process_before_response`, a cached `authorize`,
sessions of the ORM in threads (its asynchronous engine needs greenlet, which is not installed here; measured elsewhere, it
was a third quicker). Run as `python -m benchmarks.orm_style PORT` with DATABASE_APP_URL and SLACK_SIGNING_SECRET.
"""

import asyncio
import os
import sys
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from sqlalchemy import FetchedValue, Text, create_engine, func, select, text
from sqlalchemy.dialects.postgresql import UUID as PgUuid
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Key = PgUuid(as_uuid=True)


class Base(DeclarativeBase):
    pass


class Inbox(Base):
    __tablename__ = "inbox"
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    event_key: Mapped[str] = mapped_column(Text, primary_key=True)


class Card(Base):
    __tablename__ = "cards"
    workspace_id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    chat_id: Mapped[uuid.UUID] = mapped_column(Key)
    message_ref: Mapped[str | None]


class Chat(Base):
    __tablename__ = "chats"
    workspace_id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    team_ref: Mapped[str]
    chat_ref: Mapped[str]


class Identity(Base):
    __tablename__ = "chat_identities"
    workspace_id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    member_id: Mapped[uuid.UUID] = mapped_column(Key)
    surface: Mapped[str]
    team_ref: Mapped[str]
    user_ref: Mapped[str]


class RolePeriod(Base):
    __tablename__ = "role_periods"
    workspace_id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    member_id: Mapped[uuid.UUID] = mapped_column(Key)
    role: Mapped[str]
    revoked_at: Mapped[datetime | None]


class Post(Base):
    __tablename__ = "posts"
    workspace_id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    state: Mapped[str] = mapped_column(server_default=FetchedValue(), server_onupdate=FetchedValue())
    event: Mapped[str | None]
    actor: Mapped[uuid.UUID | None] = mapped_column(Key)
    slot: Mapped[datetime]
    next_at: Mapped[datetime | None]
    revision_n: Mapped[int]
    approval_id: Mapped[uuid.UUID | None] = mapped_column(Key)


class Revision(Base):
    __tablename__ = "revisions"
    workspace_id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    post_id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[bytes]


class Approval(Base):
    __tablename__ = "approvals"
    workspace_id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    post_id: Mapped[uuid.UUID] = mapped_column(Key)
    revision_n: Mapped[int]
    sha256: Mapped[bytes]
    member_id: Mapped[uuid.UUID] = mapped_column(Key)


class Decision(Base):
    __tablename__ = "decisions"
    workspace_id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    post_id: Mapped[uuid.UUID] = mapped_column(Key)
    revision_n: Mapped[int]
    member_id: Mapped[uuid.UUID] = mapped_column(Key)
    surface: Mapped[str]
    card_id: Mapped[uuid.UUID | None] = mapped_column(Key)
    decision: Mapped[str]
    outcome: Mapped[str]
    applied: Mapped[bool]
    event_key: Mapped[str]


def approve(session: Session, body: dict[str, Any]) -> None:
    """The decision, step by step: inbox, card, rights, post, approval, decision; audit and policy are the database's."""
    action, container = body["actions"][0], body["container"]
    team, user = body["team"]["id"], body["user"]["id"]
    key = action["value"] + action["action_ts"]
    session.add(Inbox(source="slack", event_key=key))
    face = session.execute(text("SELECT * FROM door_face(:token)"), {"token": action["value"]}).one()
    ws = face.workspace_id
    session.execute(select(func.set_config("app.workspace", str(ws), True)))
    card, chat = session.execute(
        select(Card, Chat)
        .join(Chat, (Chat.workspace_id == Card.workspace_id) & (Chat.id == Card.chat_id))
        .where(Card.workspace_id == ws, Card.id == face.card_id)
    ).one()
    if (chat.team_ref, chat.chat_ref, card.message_ref) != (team, container["channel_id"], container["message_ts"]):
        raise PermissionError("wrong place")
    member, role = session.execute(
        select(Identity.member_id, RolePeriod.role)
        .join(
            RolePeriod,
            (RolePeriod.workspace_id == Identity.workspace_id) & (RolePeriod.member_id == Identity.member_id),
        )
        .where(Identity.workspace_id == ws, Identity.surface == "slack", Identity.team_ref == team)
        .where(Identity.user_ref == user, RolePeriod.revoked_at.is_(None))
    ).one()
    if role not in ("owner", "reviewer"):
        raise PermissionError("not allowed")
    post = session.scalars(select(Post).where(Post.workspace_id == ws, Post.id == face.post_id).with_for_update()).one()
    if post.state != "in_review" or post.revision_n != face.revision_n:
        return
    _record(session, post, member, card, key)


def _record(session: Session, post: Post, member: uuid.UUID, card: Card, key: str) -> None:
    ws, n = post.workspace_id, post.revision_n
    revision = session.get_one(Revision, (ws, post.id, n))
    approval = Approval(
        workspace_id=ws, id=uuid.uuid4(), post_id=post.id, revision_n=n, sha256=revision.sha256, member_id=member
    )
    session.add(approval)
    session.flush()
    post.event, post.actor, post.next_at, post.approval_id = "approve", member, post.slot, approval.id
    session.add(
        Decision(
            workspace_id=ws, id=uuid.uuid4(), post_id=post.id, revision_n=n, member_id=member, surface="slack",
            card_id=card.id, decision="approve", outcome="applied", applied=True, event_key=key,
        )
    )  # fmt: skip
    session.commit()


def build(url: str, secret: str) -> Starlette:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), pool_size=8, max_overflow=0)
    sessions = sessionmaker(engine, expire_on_commit=False)
    threads = ThreadPoolExecutor(8)

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None)

    app = AsyncApp(signing_secret=secret, authorize=authorize, process_before_response=True)

    @app.action("approve")
    async def on_approve(ack: Callable[..., Any], body: dict[str, Any]) -> None:
        def work() -> None:
            with sessions() as session:
                approve(session, body)

        await asyncio.get_running_loop().run_in_executor(threads, work)
        await ack()

    handler = AsyncSlackRequestHandler(app)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"])])


if __name__ == "__main__":
    application = build(os.environ["DATABASE_APP_URL"], os.environ["SLACK_SIGNING_SECRET"])
    uvicorn.run(application, port=int(sys.argv[1]), lifespan="off", access_log=False, log_config=None)
