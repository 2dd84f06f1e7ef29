"""What Meta's login and the door of the Graph API refuse, row by row; shared by Facebook and Instagram."""

from sandbox.meta import envelope
from sandbox.meta.envelope import row
from sandbox.refusals import Refusal, Refused, table

MISSING = (
    "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions,"
    " or does not support this operation. Please read the Graph API documentation at"
    " https://developers.facebook.com/docs/graph-api"
)
GRAPH = "GraphMethodException"


def upload(name: str, status: int, kind: str, message: str, when: str) -> Refusal:
    """A row of the upload host, whose body is debug_info (types as published clients know them, unverified)."""
    return Refusal(name, status, {"debug_info": {"retriable": False, "type": kind, "message": message}}, when)


REFUSALS = table(
    # codes and tokens
    row("bad_application", 101, "Error validating application. Cannot get application info due to a system error.",
        "client_id is not the application's"),
    row("bad_secret", 1, "Error validating client secret.", "client_secret is wrong"),
    row("bad_code", 100, "Invalid verification code format.", "the code was never given"),
    row("code_used", 100, "This authorization code has been used.", "the code was exchanged before", subcode=36009),
    row("code_expired", 100, "This authorization code has expired.", "the code is older than ten minutes",
        subcode=36007),
    row("other_redirect", 100, "Error validating verification code. Please make sure your redirect_uri is identical to"
        " the one you used in the OAuth dialog request", "the code comes with another redirect_uri", subcode=36008),
    row("missing_parameter", 100, "(#100) The parameter {name} is required", "a required parameter is missing"),
    # the door of every call
    row("no_token", 104, "An access token is required to request this resource.", "there is no access token"),
    row("bad_token", 190, "Invalid OAuth access token - Cannot parse access token", "the token was never given"),
    row("app_removed", 190, "Error validating access token: The user has not authorized application {app}.",
        "the person removed the application, or revoked every permission", subcode=458),
    row("checkpoint", 190, "Error validating access token: You cannot access the app till you log in to"
        " www.facebook.com and follow the instructions given.", "the person stands at a checkpoint", subcode=459),
    row("password_changed", 190, "Error validating access token: The session has been invalidated because the user"
        " changed their password or Facebook has changed the session for security reasons.",
        "the person changed the password", subcode=460),
    row("token_expired", 190, "Error validating access token: Session has expired on {when}. The current time is"
        " {now}.", "the user token is older than its hour or its 60 days", subcode=463),
    row("role_lost", 190, "Error validating access token: The user is not an administrator of the Page.",
        "the person lost every task on the Page of this page token", subcode=492),
    row("bad_proof", 100, "Invalid appsecret_proof provided in the API argument",
        "appsecret_proof is not the HMAC of the token", kind=GRAPH),
    row("permission", 200, "(#200) Requires {what} permission to manage the object",
        "a permission of the call was not granted, or was declined", status=403),
    row("task", 200, "(#200) The user does not have sufficient administrative permission for this action on this page."
        " The {what} task is needed.", "the person lacks the task on the Page", status=403),
    row("page_token", 210, "(#210) A page access token is required to request this resource.",
        "a user or app token where only the Page's own token will do", status=403),
    row("missing_object", 100, MISSING, "the id is unknown, deleted, or belongs to somebody else", subcode=33,
        kind=GRAPH),
    row("unknown_edge", 100, "(#100) Tried accessing nonexisting field ({name}) on node type ({kind})",
        "the node has no such edge or field"),
    row("unknown_path", 2500, "Unknown path components: {path}", "the path leads nowhere"),
    row("bad_version", 2635, "(#2635) You are calling a version of the API that does not exist or is deprecated."
        " Please update to the latest version: v26.0.", "the version in the path is not v25.0 or v26.0"),
    row("bad_parameter", 100, "(#100) Param {name} {reason}", "a parameter has the wrong form"),
    # the upload host
    upload("upload_gone", 404, "NotFoundError", "The upload is unknown or has expired", "the upload was never opened,"
           " or is older than a day"),
    upload("upload_denied", 401, "NotAuthorizedError", "The token may not write to this upload",
           "no token, a dead one, or another Page's"),
    upload("upload_header", 400, "HeaderError", "The header {name} is missing or malformed", "no file_size"),
    upload("upload_offset", 400, "OffsetInvalidError", "Request starting offset {offset} is invalid; {received} bytes"
           " have been received", "offset is not the number of bytes received so far, or the upload is complete"),
    upload("upload_too_long", 400, "PartialRequestError", "More bytes than file_size announced",
           "the body goes beyond file_size"),
    upload("upload_pull", 400, "ProcessingFailedError", "The file_url could not be fetched: {reason}",
           "file_url gives no file"),
    # limits
    row("app_limit", 4, "(#4) Application request limit reached", "the application's calls of this hour are used up"),
    row("page_limit", 80001, "(#80001) There have been too many calls to this Page account. Wait a bit and try again."
        " For more info, please refer to https://developers.facebook.com/docs/graph-api/overview/rate-limiting.",
        "the Page's calls of the last 24 hours are used up", subcode=2446079),
    row("instagram_limit", 80002, "(#80002) There have been too many calls to this Instagram account. Wait a bit and try"
        " again. For more info, please refer to"
        " https://developers.facebook.com/docs/graph-api/overview/rate-limiting.",
        "the Instagram account's calls of the last 24 hours are used up", subcode=2446079),
)  # fmt: skip


def refused(code: str, **words: str) -> Refused:
    """The refusal of that row, ready to be raised."""
    return envelope.refused(REFUSALS[code], **words)
