"""What people see after the storm: every card in both chats shows the state that its post has."""

import json

import psycopg

from app.demo.people import CHANNEL, CHIYO, TELEGRAM
from tests.storm.house import Stormy

WORDS = {
    "published": "Published ·",
    "approved": "pproved by",
    "rejected": "Rejected by",
    "expired": "system: deadline",
    "dropped": "ropped",
}
"""What a card says in each state in which a post comes to rest."""
_CARDS = """
SELECT h.chat_ref, c.message_ref, p.number, p.state FROM cards c
JOIN chats h ON h.workspace_id = c.workspace_id AND h.id = c.chat_id
JOIN posts p ON p.workspace_id = c.workspace_id AND p.id = c.post_id
WHERE h.gone_reason IS NULL
"""


async def untrue(house: Stormy) -> list[str]:
    """Cards that show something else than their row, in sentences."""
    slack = await house.twin.get("slack/messages", channel=CHANNEL)
    telegram = await house.twin.get("telegram/messages", chat=TELEGRAM[CHIYO])
    seen = {(CHANNEL, message["ts"]): json.dumps(message, ensure_ascii=False) for message in slack["messages"]}
    for entry in telegram["messages"]:
        seen[str(TELEGRAM[CHIYO]), str(entry["message_id"])] = json.dumps(entry["message"], ensure_ascii=False)
    with psycopg.connect(house.superuser_url, autocommit=True) as connection:
        rows = connection.execute(_CARDS).fetchall()
    found = []
    for chat, message, number, state in rows:
        shown = seen.get((chat, message), "nothing")
        if f"#{number}" not in shown or WORDS.get(state, "") not in shown:
            found.append(f"the card of #{number}, which is {state}, shows {shown[:600]}")
    return found
