"""The people, Pages and Instagram accounts that exist on the twins of Meta, and who may do what on which Page."""

from dataclasses import dataclass

FULL = ("CREATE_CONTENT", "MODERATE", "ANALYZE", "ADVERTISE", "MESSAGING", "MANAGE")


@dataclass(frozen=True)
class User:
    """One person of Facebook; the id is scoped to our application."""

    id: str
    name: str


@dataclass(frozen=True)
class Page:
    """One Page: the tasks of each person on it, and the Instagram professional account that is linked to it."""

    id: str
    name: str
    username: str
    tasks: dict[str, tuple[str, ...]]  # user id → what the person may do
    instagram: str | None = None
    portfolio: bool = False  # reached through a business portfolio only: listed to who granted business_management


USERS = (
    User("10160000000000001", "Mara Lindqvist"),
    User("10160000000000002", "Ben Osei"),
    User("10160000000000003", "Ina Duval"),
)
INSTAGRAM_ID, INSTAGRAM_USERNAME = "17841400000000001", "sunrise.studio"
PAGES = (
    Page(
        "102030405060701",
        "Sunrise Studio",
        "sunrise.studio",
        {USERS[0].id: FULL, USERS[1].id: ("ANALYZE",)},
        INSTAGRAM_ID,
    ),
    Page("102030405060702", "Sunrise Labs", "sunrise.labs", {USERS[0].id: FULL}),
    Page("102030405060703", "Sunrise Group", "sunrise.group", {USERS[2].id: FULL}, portfolio=True),
    Page("102030405060799", "Elsewhere Ltd", "elsewhere", {}),
)
BY_USER = {user.id: user for user in USERS}
BY_PAGE = {page.id: page for page in PAGES}
BY_INSTAGRAM = {page.instagram: page for page in PAGES if page.instagram is not None}


def pages_of(user: str) -> list[Page]:
    """The Pages on which the person has any task."""
    return [page for page in PAGES if user in page.tasks]
