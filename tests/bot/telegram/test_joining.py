"""People and groups come and go, in the sandbox's Telegram."""

import re

from domain.card import Surface
from domain.roles import Role
from pipeline.chats import chat_of
from pipeline.links import Purpose, make_link_code
from tests.bot.telegram.conftest import BEN, CHIYO, GROUP, MARA, SUPERGROUP, House, Review, open_review


async def code_for(review: Review, purpose: Purpose = Purpose.PERSON) -> str:
    return await make_link_code(review.house.web, review.team.workspace_id, review.team.owner, purpose)


async def test_start_in_private_begins_a_workspace_once(house: House) -> None:
    assert (await house.say(CHIYO, "/start")).startswith("Welcome, Chiyo Tanaka. You own a new workspace")
    first = await house.edge.workspace_of(str(CHIYO))
    assert (await house.say(CHIYO, "/start")).startswith("You are Chiyo Tanaka here.")
    assert first is not None and await house.edge.workspace_of(str(CHIYO)) == first
    member = await house.edge.member_of(first, str(CHIYO))
    assert member is not None and member.role is Role.OWNER


async def test_a_code_links_a_person_who_keeps_their_name_and_role(review: Review) -> None:
    text = await review.house.say(CHIYO, f"/start {await code_for(review)}")
    assert text.startswith("You answer as Mara Lindqvist here from now on")
    member = await review.house.edge.member_of(review.team.workspace_id, str(CHIYO))
    assert member is not None and (member.id, member.role) == (review.team.owner, Role.OWNER)


async def test_a_code_works_once(review: Review) -> None:
    code = await code_for(review)
    await review.house.say(CHIYO, f"/start {code}")
    assert (await review.house.say(BEN, f"/start {code}")).startswith("This code was used already")
    ben = await review.house.edge.member_of(review.team.workspace_id, str(BEN))
    assert ben is not None and ben.id == review.team.reviewer


async def test_a_code_ends_after_ten_minutes(review: Review) -> None:
    code = await code_for(review)
    async with review.house.web.transaction() as tx:
        await tx.run("UPDATE link_codes SET expires_at = expires_at - interval '10 minutes'")
    assert (await review.house.say(CHIYO, f"/start {code}")).startswith("This code was used already, or is older")
    assert await review.house.edge.member_of(review.team.workspace_id, str(CHIYO)) is None


async def test_codes_are_good_for_what_they_were_made_for_only(review: Review) -> None:
    told = {
        Purpose.CHAT: "This code adds a group.",
        Purpose.CONNECT: "This code belongs to a link that connects something.",
    }
    for purpose, sentence in told.items():
        text = await review.house.say(CHIYO, f"/start {await code_for(review, purpose)}")
        assert text.startswith(sentence) and "it still works" in text, purpose
    assert await review.house.edge.workspace_of(str(GROUP)) is None


async def test_a_persons_code_that_a_group_could_read_is_no_good_any_more(review: Review) -> None:
    code = await code_for(review)
    text = await review.house.say(CHIYO, f"/start@amarktai_sandbox_bot {code}", GROUP)
    assert text == "This code links one person. Ask for a new one, and send it to the bot in a private chat."
    assert await review.house.edge.workspace_of(str(GROUP)) is None
    assert (await review.house.say(CHIYO, f"/start {code}")).startswith("This code was used already")


async def test_guessed_codes_are_refused_in_words(house: House) -> None:
    for code in ("A" * 22, "A" * 64, "'; DROP TABLE posts; --", "\u202e"):
        assert (await house.say(CHIYO, f"/start {code}")).startswith("This code was used already"), code


async def test_a_group_joins_by_a_members_code_and_its_people_may_not_decide_for_that(review: Review) -> None:
    house = review.house
    found = re.search(r"/start@\S+ (\S+)", await house.say(MARA, "/link group"))
    assert found is not None
    text = await house.say(CHIYO, f"/start@amarktai_sandbox_bot {found[1]}", GROUP)
    assert text.startswith("The cards come to “Sunrise review (small group)” from now on.")
    assert await house.edge.workspace_of(str(GROUP)) == review.team.workspace_id
    assert await house.edge.member_of(review.team.workspace_id, str(CHIYO)) is None


async def test_a_group_that_is_nobodys_says_how_it_joins(house: House) -> None:
    for text in ("/start", "/queue"):
        assert (await house.say(MARA, text, GROUP)).startswith("This group belongs to no workspace yet."), text


async def test_a_bot_that_is_thrown_out_stops_drawing_and_the_owner_reads_it_elsewhere(review: Review) -> None:
    team, house = review.team, review.house
    await house.act("kick", chat=SUPERGROUP, user=BEN)
    chat = await chat_of(house.web, team.workspace_id, Surface.TELEGRAM, str(SUPERGROUP))
    assert chat is not None and chat.gone_reason == "Ben Osei removed the bot from the Telegram group “Sunrise review”."
    notice = await team.value(
        "SELECT notice ->> 'title' FROM cards WHERE workspace_id = %(workspace_id)s AND kind = 'notice'"
    )
    assert notice == "I lost “Sunrise review” in Telegram"
    await house.act("add", chat=SUPERGROUP, user=MARA)
    chat = await chat_of(house.web, team.workspace_id, Surface.TELEGRAM, str(SUPERGROUP))
    assert chat is not None and chat.gone_reason is None


async def test_a_person_who_blocks_the_bot_is_left_alone_until_they_let_it_in(review: Review) -> None:
    house, workspace_id = review.house, review.team.workspace_id
    await house.act("block", user=MARA)
    chat = await chat_of(house.web, workspace_id, Surface.TELEGRAM, str(MARA))
    assert chat is not None and chat.gone_reason == "Mara Lindqvist blocked the bot in Telegram."
    await house.act("block", user=MARA, unblock=True)
    chat = await chat_of(house.web, workspace_id, Surface.TELEGRAM, str(MARA))
    assert chat is not None and chat.gone_reason is None


async def test_a_group_that_becomes_a_supergroup_keeps_its_workspace_and_its_cards(house: House) -> None:
    review = await open_review(house, GROUP)
    await review.card()
    moved = str((await house.act("migrate", chat=GROUP))["chat"])
    assert await house.edge.workspace_of(moved) == review.team.workspace_id
    assert await house.edge.workspace_of(str(GROUP)) is None
    await review.draw()
    assert "#1001" in (await house.newest(int(moved)))["message"]["text"]


async def test_adding_the_bot_to_a_group_that_is_nobodys_gets_an_answer(house: House) -> None:
    await house.act("kick", chat=GROUP)
    await house.act("add", chat=GROUP)
    assert "belongs to no workspace yet" in (await house.newest(GROUP))["message"]["text"]
