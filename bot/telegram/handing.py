"""Somebody replies with files, to a card or to our question for them: a photo, an album, a GIF, a film, a document."""

from dataclasses import dataclass
from uuid import UUID

from bot.cards import say
from bot.telegram.actions import who_and_zone
from bot.telegram.attached import TOO_LARGE, Attached
from bot.telegram.edge import SOURCE, Edge
from bot.telegram.replying import NOT_YOURS, OVER
from bot.telegram.updates import Wrote
from domain.card import Surface
from domain.decision import Decision, Outcome, Verdict
from domain.errors import Refused
from domain.handed import TOGETHER, HandedFile
from pipeline.albums import Joined, join_album, refuse_album
from pipeline.decide import Click, Unusable
from pipeline.hand_over import hand_over
from storage import inbox, prompts, subjects
from storage.prompts import Prompt

SMALLER = " Telegram makes photos smaller; sent as files, pictures keep every pixel."
LATE = "A part of your album came when the others were being fetched already, so it is missing. Send the whole album again."


@dataclass(frozen=True, slots=True)
class Reply:
    """Files that answer something of ours: a card (`card` is its message), or a question for files."""

    wrote: Wrote
    attached: Attached
    workspace_id: UUID
    token: str
    card: str | None
    prompt: Prompt | None

    @property
    def album(self) -> str | None:
        return _album(self.wrote, self.attached)

    @property
    def key(self) -> str:
        """Names the delivery. All parts of an album are one."""
        if self.prompt is not None:
            return self.album or f"reply:{self.wrote.chat.id}:{self.wrote.reply_to}"
        return self.album or f"files:{self.wrote.chat.id}:{self.wrote.message}"


async def take_files(wrote: Wrote, attached: Attached, edge: Edge) -> bool:
    """Hand over what came in reply. False when it answers neither a card nor a question for files."""
    reply = await _reply(wrote, attached, edge)
    if reply is None:
        return False
    try:
        sentence = await _taken(reply, edge)
    except (Refused, Unusable) as no:
        sentence = no.sentence if await _is_first_word(reply, edge) else None
    if sentence:
        await edge.say(wrote.chat.id, sentence, reply_to=wrote.message)
    return True


async def is_spoken_of(wrote: Wrote, attached: Attached, edge: Edge) -> bool:
    """Whether an album that answers nothing of ours was answered already: its parts get one sentence, not ten."""
    album = _album(wrote, attached)
    return album is not None and not await inbox.first_time(edge.database, SOURCE, f"{album}:said")


def _album(wrote: Wrote, attached: Attached) -> str | None:
    return f"album:{wrote.chat.id}:{attached.album}" if attached.album else None


async def _reply(wrote: Wrote, attached: Attached, edge: Edge) -> Reply | None:
    workspace_id = await edge.workspace_of(wrote.chat.id) if wrote.reply_to else None
    if workspace_id is None or wrote.reply_to is None:
        return None
    async with edge.database.transaction(workspace_id) as tx:
        prompt = await prompts.get(tx, wrote.chat.id, wrote.reply_to)
        if prompt is not None:
            asks = prompt.decision == Decision.MEDIA
            return Reply(wrote, attached, workspace_id, prompt.token, None, prompt) if asks else None
        card = await subjects.card_of_message(
            tx, Surface.TELEGRAM, wrote.chat.id, wrote.reply_to, wrote.replied_pictures
        )
    return Reply(wrote, attached, workspace_id, card.token, card.message_ref, None) if card else None


async def _taken(reply: Reply, edge: Edge) -> str | None:
    """What came of it, in words; None where a sentence was said already. Raises `Refused` or `Unusable`."""
    file = await _usable(reply, edge)
    if await _joins(reply, file, edge):
        return None
    if reply.prompt is not None:
        _must_be_asked(reply.prompt, reply.wrote)
    verdict = await hand_over(_click(reply), [file], reply.attached.caption, edge.deciding, album=reply.album)
    if verdict.outcome is Outcome.REPLAY:
        await _joins(reply, file, edge)  # another part was first, at the same moment
        return None
    if reply.prompt is not None:
        async with edge.database.transaction(reply.workspace_id) as tx:
            await prompts.close(tx, reply.wrote.chat.id, reply.wrote.reply_to or "")
    return await _said(reply, verdict, edge)


async def _usable(reply: Reply, edge: Edge) -> HandedFile:
    """The file, if Telegram gives it to us. An album of which one part cannot be had is not fetched at all."""
    file = reply.attached.file
    if file is None:
        raise Refused(f"{reply.attached.what} cannot go into a post. {TOGETHER}")
    if not reply.attached.is_too_large:
        return file
    sentence = TOO_LARGE.format(name=file.said)
    if reply.album is not None:
        await refuse_album(edge.database, edge.hint, reply.workspace_id, reply.album, sentence)
    raise Refused(sentence)


async def _joins(reply: Reply, file: HandedFile, edge: Edge) -> bool:
    """Whether it is a further part of an album, and is with the others now."""
    if reply.album is None:
        return False
    caption = reply.attached.caption
    joined = await join_album(edge.database, edge.hint, reply.workspace_id, reply.album, file, caption)
    if joined is Joined.LATE:
        raise Refused(LATE)
    return joined is Joined.JOINED


def _must_be_asked(prompt: Prompt, wrote: Wrote) -> None:
    if prompt.user_ref != wrote.person.id:
        raise Refused(NOT_YOURS)
    if not prompt.is_open:
        raise Refused(OVER)


def _click(reply: Reply) -> Click:
    """The reply as a click. Where a question was asked, a checked press has led to it."""
    return Click(
        event_key=reply.key,
        surface=SOURCE,
        team="",
        user=reply.wrote.person.id,
        token=reply.token,
        chat=reply.wrote.chat.id if reply.card else None,
        message=reply.card,
    )


async def _said(reply: Reply, verdict: Verdict, edge: Edge) -> str:
    who, zone = await who_and_zone(verdict, reply.token, reply.wrote.person.id, edge)
    hint = SMALLER if verdict.outcome is Outcome.APPLIED and reply.attached.is_photo else ""
    return say(verdict, who, zone) + hint


async def _is_first_word(reply: Reply, edge: Edge) -> bool:
    """Whether a refusal is to be said. One is enough for an album, and no later part of it begins it anew."""
    if reply.album is None:
        return True
    await inbox.first_time(edge.database, SOURCE, reply.key)
    return await inbox.first_time(edge.database, SOURCE, f"{reply.album}:said")
