"""Random days at both doors: people of two workspaces press what they find, and a small model says who may win.

Nothing is asked of the function that decides: every gesture is a signed delivery of Slack or an update of Telegram, and what
somebody is told comes back through the chat.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.ids import uuid7
from storage.session import Database
from storage.vault import Vault
from tests.bot.doors import (
    NEVER_TOLD,
    Delivery,
    Doors,
    in_dialog,
    in_reply,
    install,
    open_doors,
    slack_dialog,
    slack_event,
    slack_press,
    telegram_press,
    telegram_reply,
)
from tests.pipeline.conftest import Hints
from tests.storage.conftest import PEOPLE, Connection, House
from tests.storage.test_decide_at_random import INVARIANTS
from tests.storage.test_state_machine import ENDS, OFFERED, drawn

DICE = strategies.randoms(use_true_random=True)
DIALOGS = ("edit", "reject", "regenerate", "live", "move", "media")
"""What Slack asks in a dialog."""
QUESTIONS = ("edit", "reject", "regenerate", "live")
"""What Telegram asks in a question that is answered by a reply."""
CONFIRMED = ("drop", "again", "withdraw")
BUTTONS = ("approve", "undo", "now", "next", *CONFIRMED)

WORDS = {
    "counted": r"counts: 1 of 2",
    "already_decided": r"was first and|You already|deadline of",
    "stale_revision": r"belongs to an older text",
    "not_possible": r"already|Undo|waits for|left to decide|look at|on hold|refused|rewritten|missed|no answer|to be shown",
    "stranger": r"You are not a member",
    "not_allowed": r"may not decide|Ask an owner",
    "wrong_place": r"belongs to another chat|not known any more|You are not a member",
}
"""What a loser reads: why."""

AGAIN = r"had arrived before|Nothing was changed"
"""What is read of a delivery that comes again; the other where the post has that very text by now."""

SEEN: Counter[str] = Counter()
"""What gestures came to, over all days."""


@dataclass
class Post:
    """What the model knows of a post."""

    house: int
    id: UUID
    state: str = "in_review"
    revision: int = 1
    agreed: set[str] = field(default_factory=set)
    touched: bool = False
    """Whether a person moved it last."""
    withdrawing: bool = False
    cards: list[tuple[str, str, str, int]] = field(default_factory=list)
    """Every button that was ever drawn: chat, message, token, revision."""


class Model:
    """Who may win: two workspaces, five people, two chats. The reference for everything that decides."""

    def __init__(self) -> None:
        self.roles: list[dict[str, str | None]] = [dict(PEOPLE), dict(PEOPLE)]
        self.quorum = [1, 1]

    def may(self, house: int, who: str) -> bool:
        return self.roles[house].get(who) in ("owner", "reviewer")

    def outcome(self, post: Post, who: str, decision: str, revision: int, *, carried: bool) -> str:
        """What has to come of an answer to a card; `carried`: pressed in the other workspace's chat."""
        if carried:
            return "wrong_place"
        if who not in PEOPLE:
            return "stranger"
        if not self.may(post.house, who):
            return "not_allowed"
        if revision != post.revision:
            return "stale_revision"
        if decision not in OFFERED.get(post.state, {}) or (decision == "withdraw" and post.withdrawing):
            return "already_decided" if post.touched else "not_possible"
        entitled = [name for name in post.agreed | {who} if self.may(post.house, name)]
        return "counted" if decision == "approve" and len(entitled) < self.quorum[post.house] else "applied"

    def follow(self, post: Post, who: str, decision: str, outcome: str) -> None:
        """The post after an answer that won, or counted."""
        if decision == "approve":
            post.agreed.add(who)
        if outcome != "applied":
            return
        event = OFFERED[post.state][decision]
        if event is not None:
            self.move(post, event)
        elif decision == "withdraw":
            post.withdrawing = True
        post.touched = post.touched or event is not None or decision == "withdraw"

    def move(self, post: Post, event: str) -> None:
        post.state = drawn()[post.state, event][0]
        if event in ("revise", "regenerate", "reject", "revoke", "stop"):
            post.agreed.clear()
        if event == "revise":
            post.revision += 1


class Days(RuleBasedStateMachine):
    """`houses`, `web_url`, `vault` and `root` are set by the test that runs the machine."""

    houses: tuple[House, House]
    web_url: str
    vault: Vault
    root: Connection

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.posts: list[Post] = []
        self.delivered: list[tuple[Delivery, Post, bool]] = []
        """Whatever came, and whether it decides by itself: then somebody reads that it came before."""
        self.runner, self.open = asyncio.Runner(), AsyncExitStack()
        self.doors: Doors = self.runner.run(self._open())

    async def _open(self) -> Doors:
        database = Database(self.web_url, size=4)
        await database.open()
        self.open.push_async_callback(database.close)
        for house in self.houses:
            await install(database, self.vault, house.id, house.team, house.people["ann"], f"xoxb-{house.team}")
        return await self.open.enter_async_context(open_doors(database, self.vault, Hints()))

    def teardown(self) -> None:
        self.runner.run(self.open.aclose())
        self.runner.close()

    @initialize(quorum=strategies.tuples(*[strategies.integers(1, 2)] * 2))
    def begin(self, quorum: tuple[int, int]) -> None:
        for n, house in enumerate(self.houses):
            self.model.quorum[n] = quorum[n]
            house.run("UPDATE web_apps SET quorum = %(q)s", {"q": quorum[n]})
            house.run(NUMBERS)
            for name, role in PEOPLE.items():
                self._grant(n, name, role)
            self.posts += [self._generated(n) for _ in range(2)]

    def _generated(self, n: int) -> Post:
        post = Post(n, self.houses[n].post())
        self.houses[n].run(MESSAGES, {"p": post.id})
        self._draw(post)
        return post

    def _draw(self, post: Post) -> None:
        house = self.houses[post.house]
        for chat in ("slack", "telegram"):
            token = house.token(post.id, chat, revision=post.revision)
            message = house.one(
                "SELECT c.message_ref FROM card_faces f JOIN cards c ON c.id = f.card_id WHERE f.token = %(t)s",
                {"t": token},
            )
            post.cards.append((chat, message, token, post.revision))

    def _grant(self, n: int, name: str, role: str | None) -> None:
        self.houses[n].grant(name, role)
        self.model.roles[n][name] = role

    @rule(dice=DICE)
    def an_hour_passes(self, dice: Random) -> None:
        happenings = (
            self.somebody_answers, self.work_goes_on, self.a_delivery_comes_again, self.a_right_changes, self.the_bot_is_thrown_out,
        )  # fmt: skip
        for _ in range(6):
            dice.choices(happenings, [14, 3, 3, 1, 1])[0](dice)

    def somebody_answers(self, dice: Random) -> None:
        """Mostly a sensible answer by somebody who may give it, on a card of now; often enough anything by anybody."""
        post = dice.choice(self.posts)
        who = dice.choices([*PEOPLE, "stranger"], [6, 6, 6, 1, 1, 1])[0]
        chat, message, token, revision = dice.choice(post.cards[-2:] if dice.random() < 0.7 else post.cards)
        known = (*BUTTONS, *(DIALOGS if chat == "slack" else QUESTIONS))
        sensible = [one for one in OFFERED.get(post.state, {}) if one in known]
        decision = dice.choice(sensible if sensible and dice.random() < 0.7 else known)
        carried = dice.random() < 0.06
        place = 1 - post.house if carried else post.house
        expected = self.model.outcome(post, who, decision, revision, carried=carried)
        before = self._stands(post)
        told = self._answered(self.houses[place], chat, message, token, decision, who, post)
        self._judge(post, who, decision, chat, expected, told)
        if expected not in ("applied", "counted"):
            assert self._stands(post) == before, (decision, expected)

    def _answered(self, house: House, chat: str, message: str, token: str, decision: str, who: str, post: Post) -> str:
        """Everything that the person is told."""
        if chat == "slack" and decision in DIALOGS:
            return self._deliver(
                slack_dialog(house.team, who, decision, token, in_dialog(decision)), post, decides=True
            )
        if chat == "slack":
            return self._deliver(
                slack_press(house.team, house.channel, who, message, decision, token), post, decides=True
            )
        user, group = number_of(who), house.group
        if decision not in QUESTIONS:
            data = f"sure:{decision}:{token}" if decision in CONFIRMED else f"{decision}:{token}"
            return self._deliver(telegram_press(group, user, message, data), post, decides=True)
        before = len(self.doors.chats.told)
        told = self._deliver(telegram_press(group, user, message, f"{decision}:{token}"), post)
        if not any(one.method == "sendMessage" for one in self.doors.chats.told[before:]):
            return told
        return self._deliver(telegram_reply(group, user, self.doors.last_message(), in_reply(decision)), post)

    def _deliver(self, delivery: Delivery, post: Post, *, decides: bool = False) -> str:
        self.delivered.append((delivery, post, decides))
        told = self.runner.run(self.doors.deliver(delivery))
        assert NEVER_TOLD not in told, told
        return told

    def _judge(self, post: Post, who: str, decision: str, chat: str, expected: str, told: str) -> None:
        SEEN[expected] += 1
        SEEN[f"{chat} {decision}"] += 1
        words = WORDS.get(expected)
        if chat == "telegram" and decision in QUESTIONS and expected == "already_decided":
            words = f"{words}|{WORDS['not_possible']}"  # nobody is asked for words about what is over
        assert words is None or re.search(words, told), (post, who, decision, chat, expected, told)
        if expected in ("applied", "counted"):
            revision = post.revision
            self.model.follow(post, who, decision, expected)
            if post.revision != revision:
                self._draw(post)
        assert self._stands(post)[:2] == (post.state, post.revision), (post, who, decision, chat, expected, told)

    def _stands(self, post: Post) -> tuple[Any, ...]:
        return self.houses[post.house].run(STANDS, {"p": post.id})[0]

    def work_goes_on(self, dice: Random) -> None:
        """The worker's side: written anew, late, claimed, sent, lost; what has come to its end makes room for a new post."""
        post = dice.choice(self.posts)
        events = sorted(event for (state, event), (_, worker) in drawn().items() if state == post.state and worker)
        if post.state in ENDS:
            self.posts[self.posts.index(post)] = self._generated(post.house)
        elif events:
            event = dice.choice(events)
            self.houses[post.house].run(WORKED, {"e": event, "p": post.id})
            self.model.move(post, event)
            post.touched = False
            SEEN[f"worker {event}"] += 1

    def a_delivery_comes_again(self, dice: Random) -> None:
        """To the byte, whatever came meanwhile."""
        if not self.delivered:
            return
        delivery, post, decides = dice.choice(self.delivered)
        before, kept = self._stands(post), len(self.delivered)
        told = self._deliver(delivery, post)
        assert not decides or re.search(AGAIN, told), told
        del self.delivered[kept:]
        assert self._stands(post) == before, "a replay had an effect"
        SEEN["replay"] += 1

    def a_right_changes(self, dice: Random) -> None:
        """Somebody gets another role or loses every one; now and then everybody is what they were."""
        n = dice.randrange(2)
        if dice.random() < 0.5:
            self._grant(n, dice.choice([*PEOPLE]), dice.choice(["owner", "reviewer", "viewer", None]))
        else:
            for name, role in PEOPLE.items():
                self._grant(n, name, role)

    def the_bot_is_thrown_out(self, dice: Random) -> None:
        """Of a channel, with its old cards still there. What lies there decides as ever; nothing else may change."""
        post = dice.choice(self.posts)
        house, before = self.houses[post.house], self._stands(post)
        self._deliver(slack_event(house.team, {"type": "channel_left", "channel": house.channel}), post)
        assert self._stands(post) == before
        house.run("UPDATE chats SET gone_reason = NULL")
        SEEN["thrown out"] += 1

    @invariant()
    def nothing_is_broken(self) -> None:
        found = "; ".join(f"found: {name}" for name, query in INVARIANTS.items() if self.root.execute(query).fetchone())
        assert not found


def number_of(who: str) -> str:
    """The Telegram user of somebody whom Slack calls by name."""
    return str(100 + len(who) * 26 + ord(who[0]))


NUMBERS = """
UPDATE chat_identities SET user_ref = (100 + length(user_ref) * 26 + ascii(user_ref))::text
WHERE surface = 'telegram' AND user_ref ~ '^[a-z]'
"""
MESSAGES = "UPDATE cards c SET message_ref = (SELECT p.number * 10 FROM posts p WHERE p.id = c.post_id)::text WHERE c.post_id = %(p)s"
MESSAGE = "SELECT c.message_ref FROM card_faces f JOIN cards c ON c.id = f.card_id WHERE f.token = %(t)s"
STANDS = "SELECT state, revision_n, approval_id, slot, withdraw_wanted, step FROM posts WHERE id = %(p)s"
WORKED = "UPDATE posts SET event = %(e)s, actor = NULL WHERE id = %(p)s"
LOOKUPS = "INSERT INTO chat_lookups (surface, ref, workspace_id) VALUES ('telegram', %(group)s, %(ws)s)"


def furnished(houses: tuple[House, House]) -> Iterator[House]:
    """The houses with groups that lead to them."""
    for house in houses:
        house.run(LOOKUPS, {"group": house.group, "id": uuid7()})
        yield house
