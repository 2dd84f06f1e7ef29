"""What Facebook refuses on a Page beyond what Meta refuses everywhere, and who must act on it. Source: bodies of 2026."""

from domain.publishing import ContentRefused, TokenRejected
from publishers import meta
from publishers.oauth import Now
from publishers.refusals import Refusals

ROWS = (
    meta.row(
        r"(?:352|389|6000|6001)/\d+|\d+/13(?:63008|63019|63024|63030|63037|6312[789]|63131)",
        ContentRefused,
        "Facebook cannot use the film: {words} Edit the post and choose another one.",
    ),
    meta.row(
        r"upload/NotAuthorized\w*",
        TokenRejected,
        "Facebook takes no film with this connection. Connect the account again.",
    ),
)


def refusals(now: Now) -> Refusals:
    """Facebook's table, with waits reckoned by `now`."""
    return meta.refusals("Facebook", ROWS, now)
