"""The members and organisations that exist on the twin of LinkedIn, and who administers what."""

from dataclasses import dataclass

PERSON, ORGANIZATION = "urn:li:person:", "urn:li:organization:"


@dataclass(frozen=True)
class Member:
    """One member. `sub` is the id that OpenID hands out; the URN is built from it."""

    sub: str
    given_name: str
    family_name: str

    @property
    def name(self) -> str:
        """As a feed shows it."""
        return f"{self.given_name} {self.family_name}"

    @property
    def urn(self) -> str:
        """urn:li:person:…"""
        return PERSON + self.sub


@dataclass(frozen=True)
class Organization:
    """One company page and the members who administer it."""

    id: str
    name: str
    vanity: str
    administrators: tuple[str, ...]  # subs

    @property
    def urn(self) -> str:
        """urn:li:organization:…"""
        return ORGANIZATION + self.id


MEMBERS = (Member("Mara782Lq", "Mara", "Lindqvist"), Member("Ben114Os", "Ben", "Osei"))
ORGANIZATIONS = (
    Organization("10420001", "Sunrise Studio", "sunrise-studio", ("Mara782Lq",)),
    Organization("10420002", "Elsewhere Ltd", "elsewhere", ()),
)
BY_SUB = {member.sub: member for member in MEMBERS}
NAMES = {one.urn: one.name for one in MEMBERS} | {one.urn: one.name for one in ORGANIZATIONS}
BY_ORGANIZATION = {organization.urn: organization for organization in ORGANIZATIONS}


def may_act_as(sub: str, author: str) -> bool:
    """Whether the member may post and read as this author URN."""
    organization = BY_ORGANIZATION.get(author)
    return author == PERSON + sub or (organization is not None and sub in organization.administrators)
