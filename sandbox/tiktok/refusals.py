"""What TikTok refuses, row by row: the API's envelope, the token endpoint's, and the upload host's."""

import secrets as random_source
import time

from sandbox.refusals import Refusal, Refused, table


def _row(code: str, status: int, message: str, when: str, *, row: str = "") -> Refusal:
    """`row` names the row where TikTok's own code stands in two of them."""
    error = {"code": code, "message": message, "log_id": "{log_id}"}
    return Refusal(row or code, status, {"data": {}, "error": error}, when)


def _oauth(row: str, status: int, error: str, description: str, when: str) -> Refusal:
    return Refusal(row, status, {"error": error, "error_description": description, "log_id": "{log_id}"}, when)


def _upload(row: str, status: int, message: str, when: str) -> Refusal:
    # No paper shows the upload host's bodies; the status is what counts, progress stands in Content-Range.
    return Refusal(row, status, {"error": {"code": row, "message": message, "log_id": "{log_id}"}}, when)


REFUSALS = table(
    # tokens: a bad grant comes with status 200, as seen in the field
    _oauth("invalid_client", 400, "invalid_client", "Client key or secret is incorrect.",
           "client_key or client_secret is not the sandbox's"),
    _oauth("invalid_request", 400, "invalid_request", "{reason}",
           "the body is no form, a field is missing, or the code_verifier is not the challenge's"),
    _oauth("unsupported_grant_type", 400, "unsupported_grant_type", "Grant type is not supported.",
           "grant_type is neither authorization_code nor refresh_token"),
    _oauth("invalid_code", 200, "invalid_grant", "Authorization code is expired.",
           "the code is unknown, used, too old, or came with another redirect_uri"),
    _oauth("invalid_refresh_token", 200, "invalid_grant", "Refresh token is invalid or expired.",
           "the refresh token was replaced, revoked, or is older than 180 days"),
    # every call
    _row("access_token_invalid", 401, "The access token is invalid or not found in the request.",
         "the bearer token is missing, unknown, expired or revoked"),
    _row("scope_not_authorized", 401, "The user did not authorize the scope required for completing this request.",
         "the person has not granted the scope that the call or a field needs"),
    _row("rate_limit_exceeded", 429, "The API rate limit was exceeded. Please try again later.",
         "the creator's minute is used up"),
    _row("internal_error", 503, "Internal error. Please try again later.", "a fault was armed (reject_5xx)"),
    _row("invalid_param", 400, "The request body is invalid: {reason}",
         "posting: no JSON object, an unknown field, a value of the wrong sort, or wrong chunk arithmetic"),
    _row("invalid_params", 400, "One or more fields in request is invalid: {reason}",
         "reading: an unknown field, too many ids, a bad cursor"),
    # starting a post
    _row("spam_risk_too_many_posts", 403, "The daily post cap from the API is reached for the current user.",
         "15 posts in 24 hours, those of other clients included"),
    _row("spam_risk_user_banned_from_posting", 403, "The user is banned from making new posts.",
         "the creator is banned (knob tiktok.banned)"),
    _row("reached_active_user_cap", 403, "The daily quota for active publishing users from your client is reached.",
         "more creators in 24 hours than the client may serve"),
    _row("unaudited_client_can_only_post_to_private_accounts", 403,
         "Unaudited clients can only post to a private account. The publish attempt will be blocked when calling"
         " /publish/video/init/ on a public account.",
         "unaudited, and the post is not SELF_ONLY or the account is public"),
    _row("privacy_level_option_mismatch", 403,
         "privacy_level is not specified or not among the options from the /publish/creator_info/query/ API.",
         "no privacy, or one that creator_info does not offer"),
    _row("spam_risk_too_many_pending_share", 403,
         "There may be at most 5 pending shares within any 24-hour period.", "a sixth draft while five are unfinished"),
    _row("url_ownership_unverified", 403, "The URL ownership is unverified.",
         "media lie at an address that was not verified (here: outside this machine)"),
    _row("app_version_check_failed", 400, "The TikTok app version of the target user is not supported.",
         "a draft for a creator with an old app (knob tiktok.old_app)"),
    # a post on its way
    _row("invalid_publish_id", 400, "The publish_id does not exist.", "nobody knows the publish_id"),
    _row("token_not_authorized_for_specified_publish_id", 400, "The publish_id does not belong to the user.",
         "the publish_id is another creator's"),
    _row("publish_not_cancellable", 400, "The publish is not cancellable.",
         "an upload by chunks, or a pull that is over"),
    # creator_info tells with status 200 that nothing can be posted now
    _row("spam_risk_too_many_posts", 200, "The daily post cap from the API is reached for the current user.",
         "creator_info when the day is used up", row="creator_too_many_posts"),
    _row("spam_risk_user_banned_from_posting", 200, "The user is banned from making new posts.",
         "creator_info of a banned creator", row="creator_banned"),
    _row("reached_active_user_cap", 200, "The daily quota for active publishing users from your client is reached.",
         "creator_info when the client has no room for this creator", row="creator_over_cap"),
    # the upload host
    _upload("upload_bad_request", 400, "{reason}",
            "Content-Type, Content-Length or Content-Range is missing, or does not fit what was announced"),
    _upload("upload_expired", 403, "The upload_url has expired.",
            "an hour after the start, or the post has failed meanwhile"),
    _upload("upload_unknown", 404, "The upload_url is not known.", "upload_id or upload_token is nobody's"),
    _upload("upload_out_of_order", 416, "Content-Range does not continue what was uploaded so far.",
            "a chunk that does not begin where the last one ended"),
)  # fmt: skip


def refused(code: str, **words: str) -> Refused:
    """The exception for a row of the table, with a log_id of its own."""
    return Refused(REFUSALS[code], log_id=log_id(), **words)


def log_id() -> str:
    """The name of one answer: the second, then random hex."""
    return time.strftime("%Y%m%d%H%M%S", time.gmtime()) + random_source.token_hex(10).upper()
