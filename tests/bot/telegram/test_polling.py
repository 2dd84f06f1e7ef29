"""Long polling takes the same updates as the webhook."""

import asyncio

import pytest

from bot.telegram.client import make_bot
from bot.telegram.polling import ANOTHER_POLLER, PollingImpossible, poll
from bot.telegram.taking import Taker
from tests.bot.telegram.conftest import CHIYO, MARA, SUPERGROUP, House, open_review


async def test_updates_that_waited_are_taken_and_confirmed(quiet_house: House) -> None:
    stop = asyncio.Event()
    polling = asyncio.create_task(poll(quiet_house.bot, Taker(quiet_house.edge), stop, print))
    text = await quiet_house.say(MARA, "/start")
    assert text.startswith("Welcome, Mara Lindqvist.")
    stop.set()
    await polling
    assert (await quiet_house.bot.get_updates(timeout=0)) == ()


async def test_clicks_replies_and_changes_of_a_chat_come_by_polling_too(quiet_house: House) -> None:
    stop = asyncio.Event()
    polling = asyncio.create_task(poll(quiet_house.bot, Taker(quiet_house.edge), stop, print))
    review = await open_review(quiet_house, SUPERGROUP)
    post, card = await review.card()
    await review.press(card, "Edit")
    assert "revision 2" in await quiet_house.say(MARA, "By polling", SUPERGROUP, await review.question())
    await review.draw()
    assert (await review.press(card, "Approve"))["shown"] == ["You approved #1001. It goes out at its slot."]
    await quiet_house.act("kick", chat=SUPERGROUP)
    gone = "SELECT gone_reason FROM chats WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
    while (reason := await review.team.value(gone, id=review.team.group)) is None:
        await asyncio.sleep(0.02)  # by polling the lever cannot tell when the update was handled
    assert "removed the bot" in str(reason)
    assert await review.team.state(post) == "approved"
    stop.set()
    await polling


async def test_an_update_is_confirmed_only_when_it_was_handled(quiet_house: House) -> None:
    stop = asyncio.Event()
    await quiet_house.bot.get_updates(timeout=0)
    await quiet_house.act("send", user=MARA, text="/start", wait=0)
    await quiet_house.web.close()
    polling = asyncio.create_task(poll(quiet_house.bot, Taker(quiet_house.edge), stop, print))
    while not any("getUpdates" in one["path"] for one in quiet_house.sandbox.world.traffic.since(0)):
        await asyncio.sleep(0.02)
    stop.set()
    await polling
    waiting = await quiet_house.bot.get_updates(timeout=0)
    assert [update.message.text for update in waiting if update.message] == ["/start"]


async def test_with_a_webhook_set_polling_says_what_to_do(quiet_house: House) -> None:
    settings, stop = quiet_house.settings, asyncio.Event()
    await quiet_house.bot.set_webhook(settings.webhook_url, secret_token=settings.webhook_secret.reveal())
    with pytest.raises(PollingImpossible) as error:
        await poll(quiet_house.bot, Taker(quiet_house.edge), stop, print)
    assert "take_over" in error.value.sentence
    polling = asyncio.create_task(poll(quiet_house.bot, Taker(quiet_house.edge), stop, print, take_over=True))
    while (await quiet_house.bot.get_webhook_info()).url:
        await asyncio.sleep(0.02)
    assert (await quiet_house.say(CHIYO, "/start")).startswith("Welcome, Chiyo Tanaka.")
    stop.set()
    await polling


async def test_a_second_poller_is_told_in_words_and_tries_again(quiet_house: House) -> None:
    said: asyncio.Queue[str] = asyncio.Queue()
    stop = asyncio.Event()
    polling = asyncio.create_task(poll(quiet_house.bot, Taker(quiet_house.edge), stop, said.put_nowait))
    rival = make_bot(quiet_house.settings)
    while said.empty():
        await rival.get_updates(timeout=0)
        await asyncio.sleep(0.02)
    assert await said.get() == ANOTHER_POLLER
    assert (await quiet_house.say(MARA, "/start")).startswith("Welcome, Mara Lindqvist.")
    stop.set()
    await polling
    await rival.shutdown()


async def test_a_wrong_token_is_said_at_once(quiet_house: House) -> None:
    from dataclasses import replace

    from domain.secret import Secret

    wrong = make_bot(replace(quiet_house.settings, bot_token=Secret("1000001:SANDBOX-wrong")))
    with pytest.raises(PollingImpossible) as error:
        await poll(wrong, Taker(quiet_house.edge), asyncio.Event(), print)
    assert "TELEGRAM_BOT_TOKEN" in error.value.sentence
    await wrong.shutdown()


async def test_trouble_on_the_way_is_waited_out(quiet_house: House) -> None:
    quiet_house.sandbox.fault("telegram.getUpdates", "reject_5xx")
    stop = asyncio.Event()
    polling = asyncio.create_task(poll(quiet_house.bot, Taker(quiet_house.edge), stop, print))
    assert (await quiet_house.say(MARA, "/start")).startswith("Welcome, Mara Lindqvist.")
    stop.set()
    await polling
