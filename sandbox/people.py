"""The people of the sandbox: who can be played, and under which identity each twin knows them."""

from dataclasses import asdict, dataclass
from typing import Any

SLACK_TEAM = {"id": "T0SANDBOX", "name": "Sunrise Studio", "domain": "sunrise-studio"}
SLACK_OTHER_TEAM = {"id": "T0OTHER", "name": "Elsewhere Ltd", "domain": "elsewhere"}
SLACK_CHANNEL = {"id": "C0REVIEW", "name": "marketing-review"}
TELEGRAM_BOT = {"id": 1000001, "username": "amarktai_sandbox_bot", "name": "Amarktai (sandbox)"}
TELEGRAM_GROUP = {"id": -500, "supergroup_id": -100500, "title": "Sunrise review"}


@dataclass(frozen=True)
class Person:
    """One person to act as. `part` is what the person plays: owner, reviewer, guest or outsider."""

    name: str
    part: str
    slack_id: str
    slack_team: str
    telegram_id: int
    telegram_username: str
    is_restricted: bool = False  # a Slack guest
    is_stranger: bool = False  # from another Slack team (Slack Connect)

    @property
    def first_name(self) -> str:
        """The given name, as Telegram shows it."""
        return self.name.split()[0]

    @property
    def last_name(self) -> str:
        """The family name, as Telegram shows it."""
        return self.name.split(maxsplit=1)[1]


PEOPLE = (
    Person("Mara Lindqvist", "owner", "U0MARA", "T0SANDBOX", 7001, "mara_lindqvist"),
    Person("Ben Osei", "reviewer", "U0BEN", "T0SANDBOX", 7002, "ben_osei"),
    Person("Chiyo Tanaka", "reviewer", "U0CHIYO", "T0SANDBOX", 7003, "chiyo_tanaka"),
    Person("Gus Guest", "guest", "U0GUST", "T0SANDBOX", 7004, "gus_guest", is_restricted=True),
    Person("Olga Outsider", "outsider", "U0OLGA", "T0OTHER", 7005, "olga_outsider", is_stranger=True),
)
BY_SLACK = {person.slack_id: person for person in PEOPLE}
BY_TELEGRAM = {person.telegram_id: person for person in PEOPLE}


def roster() -> dict[str, Any]:
    """Everybody and every place as JSON, for the page and for scripts."""
    return {
        "people": [asdict(person) for person in PEOPLE],
        "slack": {"team": SLACK_TEAM, "other_team": SLACK_OTHER_TEAM, "channel": SLACK_CHANNEL},
        "telegram": {"bot": TELEGRAM_BOT, "group": TELEGRAM_GROUP},
    }
