"""What the parts of this folder share: the Graph, the table for the call that publishes, addresses that Instagram fetches from."""

from dataclasses import dataclass
from urllib.parse import quote

from publishers.contract import Account, ContentRefused
from publishers.meta import Graph, is_id
from publishers.pictures import PublicUrl
from publishers.refusals import Refusals

UNREACHABLE = (
    "Instagram fetches pictures and films from our own address, and this installation has none that it can reach: "
    "whoever runs it must set AMARKTAI_BASE_URL to an https address."
)


@dataclass(frozen=True, slots=True)
class Api:
    """`graph.refusals` is the table of repeatable calls, `at_publish` that of the one which is not."""

    graph: Graph
    at_publish: Refusals
    public_url: PublicUrl

    def profile(self, account: Account) -> str:
        """Where a person may look for the account's posts."""
        return profile_of(self.graph, account.name.removeprefix("@"))


def profile_of(graph: Graph, username: str) -> str:
    return f"{graph.site}/{quote(username, safe='')}/"


def user_id(account: Account) -> str:
    """The account's id, fit to stand in a path. Raises `ContentRefused` for anything else."""
    if not is_id(account.remote_id):
        raise ContentRefused("This is no Instagram account. Connect it again.")
    return account.remote_id
