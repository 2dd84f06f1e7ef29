"""Reviewers reply with files, in the sandbox's Telegram: to a card, or to the question behind "Own media"."""

import asyncio
import base64
import json
from typing import Any
from uuid import UUID

import pytest

from tests.bot.telegram.conftest import BEN, GUS, MARA, OLGA, SUPERGROUP, Review
from tests.sandbox.samples import jpeg, mp4, pdf, png

FETCHED = "Your files for #1001 are being fetched. The card shows them, or says what is wrong with them."
SMALLER = " Telegram makes photos smaller; sent as files, pictures keep every pixel."
TOO_LARGE = "“tour.mp4” is larger than 20 MB, which is all that Telegram hands out to bots. Send a smaller file."
WISHES = """SELECT files, description, surface, team_ref, outcome, problem, member_id FROM handed
WHERE workspace_id = %(workspace_id)s ORDER BY handed_at"""
BIG = 20 * 1024 * 1024 + 1


def a(kind: str, name: str, content: bytes | None = None, **more: Any) -> dict[str, Any]:
    given = content if content is not None else CONTENTS[name.rpartition(".")[2]]
    return {"as": kind, "name": name, "content": base64.b64encode(given).decode(), **more}


CONTENTS = {"png": png(200, 100), "jpg": jpeg(200, 100), "mp4": mp4(), "pdf": pdf()}


async def hand(review: Review, to: int, *files: dict[str, Any], user: int = MARA, **more: Any) -> str:
    """Reply with files; what the bot says then."""
    wish = {"user": user, "chat": SUPERGROUP, "reply_to_message_id": to, "files": list(files), **more}
    return "\n".join((await review.house.act("send", **wish))["shown"])


async def wishes(review: Review) -> list[dict[str, Any]]:
    async with review.team.worker.transaction(review.team.workspace_id) as tx:
        return await tx.dicts(WISHES)


async def names(review: Review) -> list[str]:
    """The files of the only wish, in their order."""
    (wish,) = await wishes(review)
    return [one["name"] for one in wish["files"]]


async def asked(review: Review, card: int) -> int:
    """Press "Own media"; the number of the question."""
    outcome = await review.press(card, "Own media")
    assert outcome["shown"] == ["Reply to my question below."]
    return await review.question()


async def test_a_document_in_reply_to_a_card_is_handed_over_with_its_caption(review: Review) -> None:
    _, card = await review.card()
    assert await hand(review, card, a("document", "pier.png"), text="The pier  at dawn") == FETCHED
    (wish,) = await wishes(review)
    assert (wish["surface"], wish["team_ref"], wish["description"]) == ("telegram", "", "The pier at dawn")
    assert wish["member_id"] == review.team.owner
    (file,) = wish["files"]
    assert (file["name"], file["content_type"], file["size"]) == ("pier.png", "image/png", len(CONTENTS["png"]))
    assert await review.answers() == [("media", "applied")]


async def test_a_photo_is_taken_in_its_largest_size_and_the_person_hears_that_files_are_better(review: Review) -> None:
    _, card = await review.card()
    assert await hand(review, card, a("photo", "pier.png", png(2000, 1000))) == FETCHED + SMALLER
    (wish,) = await wishes(review)
    sizes = (await review.house.messages(SUPERGROUP))[-2]["message"]["photo"]
    assert wish["files"][0]["ref"] == max(sizes, key=lambda size: int(size["width"]))["file_id"]


@pytest.mark.parametrize(
    ("file", "content_type"),
    [
        (a("video", "tour.mp4"), "video/mp4"),
        (a("animation", "cat.gif.mp4"), "video/mp4"),
    ],
)
async def test_films_and_moving_pictures_are_handed_over(
    file: dict[str, Any], content_type: str, review: Review
) -> None:
    _, card = await review.card()
    assert await hand(review, card, file) == FETCHED
    (wish,) = await wishes(review)
    assert wish["files"][0]["content_type"] == content_type


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
async def test_the_parts_of_an_album_are_one_hand_over_in_their_own_order(order: list[int], review: Review) -> None:
    _, card = await review.card()
    files = [a("document", f"{n}.png") for n in range(3)]
    assert await hand(review, card, *files, order=order, text="Three piers") == FETCHED
    assert await names(review) == ["0.png", "1.png", "2.png"]
    assert (await wishes(review))[0]["description"] == "Three piers"
    assert await review.answers() == [("media", "applied")]


async def test_parts_that_come_at_once_and_twice_are_there_once(review: Review) -> None:
    _, card = await review.card()
    await hand(review, card, *[a("document", f"{n}.png") for n in range(4)])
    parts = [one["message"] for one in await review.house.messages(SUPERGROUP) if "media_group_id" in one["message"]]
    again = [
        json.dumps({"update_id": 900 + n, "message": {**part, "media_group_id": "77"}}).encode()
        for n, part in enumerate(parts)
    ]
    await asyncio.gather(*(review.house.deliver(update) for update in [*again, *reversed(again)]))
    first, second = await wishes(review)
    assert first["outcome"] == "replaced"
    assert [one["name"] for one in second["files"]] == ["0.png", "1.png", "2.png", "3.png"]


async def test_what_was_handed_over_first_gives_way_to_what_comes_later(review: Review) -> None:
    _, card = await review.card()
    await hand(review, card, a("document", "0.png"))
    await hand(review, card, a("document", "1.png"), user=BEN)
    assert [(one["outcome"], one["files"][0]["name"]) for one in await wishes(review)] == [
        ("replaced", "0.png"),
        (None, "1.png"),
    ]


async def test_an_album_that_is_being_fetched_takes_no_more_and_says_so_once(review: Review) -> None:
    _, card = await review.card()
    await hand(review, card, *[a("document", f"{n}.png") for n in range(2)])
    await review.team.value("UPDATE handed SET lease_until = now() + interval '1 minute' RETURNING 1")
    part = (await review.house.messages(SUPERGROUP))[-2]["message"]
    assert "media_group_id" in part
    before = len(await review.house.messages(SUPERGROUP))
    for n in range(2):
        document = {**part["document"], "file_id": f"BQAClate{n}"}
        update = {"update_id": 800 + n, "message": {**part, "message_id": 5000 + n, "document": document}}
        await review.house.http.post("/_sandbox/clock", json={"advance_seconds": 30})
        await review.house.deliver(json.dumps(update).encode())
    said = [one["message"]["text"] for one in (await review.house.messages(SUPERGROUP))[before:]]
    assert len(said) == 1 and said[0].startswith("A part of your album came when the others were being fetched")


async def test_a_file_over_20_mb_is_answered_before_anything_is_fetched(review: Review) -> None:
    _, card = await review.card()
    assert await hand(review, card, a("video", "tour.mp4", size=BIG)) == TOO_LARGE
    assert await wishes(review) == [] and await review.answers() == []


@pytest.mark.parametrize("large", [0, 1, 2])
async def test_one_part_over_20_mb_takes_its_whole_album_with_it(large: int, review: Review) -> None:
    _, card = await review.card()
    names = ["tour.mp4" if n == large else f"{n}.png" for n in range(3)]
    files = [a("document", name, size=BIG if n == large else 0) for n, name in enumerate(names)]
    said = await hand(review, card, *files)
    assert said.replace(FETCHED, "").strip() == TOO_LARGE
    assert [(one["outcome"], one["problem"]) for one in await wishes(review)] == (
        [("problem", TOO_LARGE)] if large else []
    )


async def test_an_album_of_pictures_and_films_is_refused_once_in_words(review: Review) -> None:
    _, card = await review.card()
    said = await hand(review, card, a("photo", "a.png"), a("photo", "b.png"), a("video", "c.mp4"), a("video", "d.mp4"))
    assert said.startswith(FETCHED + SMALLER + "\nPictures and films do not go into one post together.")
    assert said.count("do not go into one post") == 1
    assert [one["outcome"] for one in await wishes(review)] == ["problem"]


async def test_what_cannot_be_a_post_at_all_is_refused_once_for_the_whole_album(review: Review) -> None:
    _, card = await review.card()
    files = [a("document", f"{n}.txt", b"text", mime="text/plain") for n in range(3)]
    said = await hand(review, card, *files)
    assert said.startswith("“0.txt” is no picture, film or PDF.") and said.count("is no picture") == 1
    assert await wishes(review) == []


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("sticker", "A sticker"),
        ("voice", "A voice message"),
        ("audio", "Music"),
        ("video_note", "A round video message"),
    ],
)
async def test_what_is_no_picture_is_answered_with_what_may_be_sent(kind: str, what: str, review: Review) -> None:
    _, card = await review.card()
    said = await hand(review, card, a(kind, "x.mp4"))
    assert said.startswith(f"{what} cannot go into a post. A post takes up to ten pictures")
    assert await wishes(review) == []


@pytest.mark.parametrize(("user", "answer"), [(OLGA, "You are not a member"), (GUS, "You are not a member")])
async def test_a_strangers_album_is_answered_once_like_an_edit(user: int, answer: str, review: Review) -> None:
    _, card = await review.card()
    said = await hand(review, card, *[a("document", f"{n}.png") for n in range(3)], user=user)
    assert said.startswith(answer) and "\n" not in said
    assert await wishes(review) == []


async def test_a_card_that_shows_an_older_revision_takes_no_files(review: Review) -> None:
    post, card = await review.card()
    question = await review.press(card, "Edit") and await review.question()
    await review.house.say(MARA, "Another text", SUPERGROUP, question)
    said = await hand(review, card, a("document", "pier.png"))
    assert said.startswith("This button belongs to an older text of #1001; revision 2 is here.")
    await review.draw()
    assert await hand(review, card, a("document", "pier.png")) == FETCHED
    assert await review.team.state(post) == "in_review"


async def test_a_post_that_is_going_out_takes_no_files(review: Review) -> None:
    _, card = await review.card("approved")
    await review.team.value("UPDATE posts SET event = 'claim' WHERE workspace_id = %(workspace_id)s RETURNING 1")
    said = await hand(review, card, a("document", "0.png"), a("document", "1.png"))
    assert "Nothing changed." in said and "\n" not in said
    assert await wishes(review) == []


async def test_files_in_reply_to_a_cards_picture_belong_to_its_post(review: Review) -> None:
    _, card = await review.card()
    shown = await review.house.bot.send_photo(SUPERGROUP, CONTENTS["png"], caption="Picture of #1001")
    await review.team.value(
        "UPDATE cards SET picture_ref = %(ref)s WHERE workspace_id = %(workspace_id)s AND message_ref = %(card)s RETURNING 1",
        ref=shown.photo[-1].file_id,
        card=str(card),
    )
    assert await hand(review, shown.message_id, a("document", "pier.png")) == FETCHED


async def test_files_in_reply_to_anything_else_are_none_of_our_business(review: Review) -> None:
    await review.card()
    said = await review.house.act("send", user=BEN, chat=SUPERGROUP, text="Look at this", wait=0)
    assert await hand(review, said["message_id"], a("document", "pier.png"), wait=0.5) == ""
    ours = await review.house.bot.send_message(SUPERGROUP, "Hello")
    assert await hand(review, ours.message_id, a("sticker", "x.mp4"), wait=0.5) == ""
    assert await wishes(review) == []


async def test_a_forwarded_album_in_private_is_answered_once_with_where_files_belong(review: Review) -> None:
    _, card = await review.card()
    sent = await review.house.act(
        "send",
        user=MARA,
        chat=SUPERGROUP,
        reply_to_message_id=card,
        files=[a("document", f"{n}.png") for n in range(3)],
    )
    forwarded = {"user": MARA, "from_chat": SUPERGROUP, "chat": MARA, "message_ids": sent["message_ids"]}
    told = await review.house.act("forward", **forwarded)
    assert told["shown"] == ["I do not know which post this is for. Reply with it to the card of its post."]
    assert len(await wishes(review)) == 1
    assert (await review.house.act("forward", **{**forwarded, "chat": SUPERGROUP}, wait=0))["delivered"] is False


async def test_the_button_asks_for_files_and_the_reply_brings_them(review: Review) -> None:
    _, card = await review.card()
    question = await asked(review, card)
    text = (await review.shown(question))["message"]["text"]
    assert text.startswith("Mara Lindqvist: reply with what #1001") and "at most 20 MB" in text
    assert "Send pictures as files" in text
    assert await hand(review, question, a("document", "0.png"), a("document", "1.png"), text="Two") == FETCHED
    assert await names(review) == ["0.png", "1.png"]
    assert (await hand(review, question, a("document", "2.png"))).startswith("This question was answered already")


async def test_words_in_reply_to_the_question_for_files_leave_it_open(review: Review) -> None:
    _, card = await review.card()
    question = await asked(review, card)
    said = await review.house.say(MARA, "which ones?", SUPERGROUP, question)
    assert said.startswith("Reply to my question with files")
    assert await hand(review, question, a("document", "0.png")) == FETCHED


async def test_somebody_elses_question_takes_no_files(review: Review) -> None:
    _, card = await review.card()
    question = await asked(review, card)
    said = await hand(review, question, a("document", "0.png"), a("document", "1.png"), user=BEN)
    assert said.startswith("This question was put to somebody else") and "\n" not in said
    assert await wishes(review) == []


async def test_a_file_does_not_answer_a_question_for_words(review: Review) -> None:
    _, card = await review.card()
    question = await review.press(card, "Edit") and await review.question()
    said = await hand(review, question, a("document", "0.png"), a("document", "1.png"))
    assert said == "I can only read text. Reply to my question with text."
    assert await wishes(review) == []


async def test_a_delivery_that_comes_again_has_one_effect_and_one_answer(review: Review) -> None:
    post, card = await review.card()
    assert isinstance(post, UUID)
    await hand(review, card, a("document", "pier.png"))
    message = next(one["message"] for one in await review.house.messages(SUPERGROUP) if "document" in one["message"])
    update = json.dumps({"update_id": 4_000, "message": message}).encode()
    before = len(await review.house.messages(SUPERGROUP))
    assert [(await review.house.deliver(update)).status_code for _ in range(3)] == [200, 200, 200]
    assert len(await wishes(review)) == 1 and len(await review.house.messages(SUPERGROUP)) == before
