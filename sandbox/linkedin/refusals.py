"""What LinkedIn refuses, row by row, in LinkedIn's error body."""

from typing import Any

from sandbox.refusals import Refusal, Refused, table


def _row(code: str, status: int, name: str, message: str, when: str, service: int | None = None) -> Refusal:
    body: dict[str, Any] = {"status": status, "code": name, "message": message}
    if service is not None:
        body["serviceErrorCode"] = service
    return Refusal(code, status, body, when)


def _oauth(code: str, status: int, error: str, description: str, when: str) -> Refusal:
    return Refusal(code, status, {"error": error, "error_description": description}, when)


REFUSALS = table(
    # the token endpoint
    _oauth("bad_client", 401, "invalid_client", "Client authentication failed", "client_id or client_secret is wrong"),
    _oauth("bad_grant_type", 400, "unsupported_grant_type", "The requested grant type is not supported.",
           "grant_type is neither authorization_code nor refresh_token"),
    _oauth("bad_code", 400, "invalid_grant",
           "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code."
           " Or authorization code expired.",
           "the code is unknown, used or older than 30 minutes, or came with another redirect_uri"),
    _oauth("bad_refresh", 400, "invalid_grant", "The provided refresh token is invalid or expired.",
           "the refresh token is unknown or expired"),
    # every call
    _row("empty_token", 401, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token", "no bearer token", 65604),
    _row("invalid_token", 401, "INVALID_ACCESS_TOKEN", "Invalid access token", "the bearer token is unknown", 65600),
    _row("revoked_token", 401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user",
         "the member took the access away", 65601),
    _row("expired_token", 401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired",
         "the token is older than 60 days", 65602),
    _row("version_missing", 400, "VERSION_MISSING", "A version must be present. Please specify a version by adding the"
         " LinkedIn-Version header.", "a /rest call without LinkedIn-Version"),
    _row("nonexistent_version", 426, "NONEXISTENT_VERSION", "Requested version {value} is not active",
         "LinkedIn-Version names a month that is retired, not yet born, or no month"),
    _row("protocol_version", 400, "ILLEGAL_ARGUMENT", "X-RestLi-Protocol-Version must be 2.0.0",
         "a /rest call without X-Restli-Protocol-Version: 2.0.0"),
    _row("missing_scope", 403, "ACCESS_DENIED", "Not enough permissions to access: {what}",
         "the token lacks the scope of the call", 100),
    _row("throttled", 429, "TOO_MANY_REQUESTS",
         "Resource level throttle DAY limit for calls to this resource is reached.",
         "more than 150 requests of one member on one UTC day", 101),
    _row("bad_json", 400, "ILLEGAL_ARGUMENT", "The request body could not be parsed as a JSON object",
         "the body is no JSON object"),
    # creating a post
    _row("missing_field", 422, "MISSING_FIELD", "ERROR :: /{name} :: field is required but not found and has no default"
         " value", "a required field of the post is missing"),
    _row("unknown_field", 422, "UNRECOGNIZED_FIELD", "ERROR :: /{name} :: unrecognized field found but not allowed",
         "the body holds a field that the schema does not know"),
    _row("bad_value", 400, "INVALID_VALUE_FOR_FIELD",
         "Field Value validation failed in REQUEST_BODY: /{name} :: {reason}",
         "a field holds what it may not"),
    _row("too_long", 400, "FIELD_LENGTH_TOO_LONG", "Commentary exceeds the maximum length of 3000 characters",
         "the commentary, escapes included, is longer than 3000 characters"),
    _row("foreign_author", 403, "ACCESS_DENIED", "Author {value} may not be used by the member of this token",
         "posting as another member, or as an organisation that the member does not administer", 100),
    _row("bad_media", 400, "INVALID_VALUE_FOR_FIELD", "Media {value} is not available to the author",
         "the image, document or video is unknown, someone else's, of the wrong kind, or not AVAILABLE"),
    _row("duplicate", 422, "DUPLICATE_POST", "Content is a duplicate of {value}",
         "the author has a post with the same text and media that still stands"),
    # reading and deleting
    _row("members_cannot_list", 403, "ACCESS_DENIED",
         "Not enough permissions to access: partnerApiPostsExternal.FINDER-author",
         "listing or reading a member's posts: r_member_social is closed", 100),
    _row("bad_urn", 400, "ILLEGAL_ARGUMENT", "{value} is not a share or ugcPost URN",
         "a path or parameter is no URN of the right kind"),
    _row("bad_parameter", 400, "ILLEGAL_ARGUMENT", "Query parameter {name} is missing or invalid: {value}",
         "a query parameter is missing or holds what it may not"),
    _row("not_found", 404, "NOT_FOUND", "Could not find entity {value}", "the entity does not exist or was deleted"),
    _row("not_yours", 403, "ACCESS_DENIED", "Not enough permissions to access: {value}",
         "deleting, reading or measuring what belongs to somebody else", 100),
    _row("analytics_denied", 403, "ACCESS_DENIED",
         "Not enough permissions to access: memberCreatorPostAnalytics.FINDER-entity",
         "member analytics without r_member_postAnalytics", 100),
    # comments
    _row("comment_throttled", 429, "TOO_MANY_REQUESTS",
         "Resource level throttle ONE_MINUTE limit for calls to this resource is reached.",
         "more than 10 comments of one member in a minute (LinkedIn names no number)", 101),
    _row("comment_too_long", 400, "FIELD_LENGTH_TOO_LONG", "Comment exceeds the maximum length of 1250 characters",
         "a comment longer than 1250 characters"),
    _row("other_thread", 400, "ILLEGAL_ARGUMENT", "{value} does not match the actual threadUrn: {thread}",
         "the object of a comment is not the post in the path"),
    _row("members_comments", 403, "ACCESS_DENIED",
         "Not enough permissions to access: socialActions/comments.GET_ALL",
         "listing the comments under a member's post: r_member_social is closed", 100),
    # pictures, documents, videos
    _row("bad_image", 400, "INVALID_VALUE_FOR_FIELD", "The uploaded bytes are no JPG, PNG or GIF image",
         "the bytes put to an upload URL are no image"),
    _row("document_too_large", 400, "INVALID_VALUE_FOR_FIELD", "The document exceeds the maximum size of 100 MB",
         "a document above 100 MB is put to its upload URL"),
    _row("bad_part", 400, "ILLEGAL_ARGUMENT", "The part must have exactly {value} bytes, before the upload is finalized",
         "a part of a video with more or fewer bytes than its instruction says, or after finalizeUpload"),
    _row("bad_parts", 400, "INVALID_VALUE_FOR_FIELD", "The uploaded part ids of {value} are not complete and in order",
         "finalizeUpload without every ETag in its order, with a foreign uploadToken, or for the second time"),
    _row("upload_gone", 404, "NOT_FOUND", "The upload URL is unknown or has expired",
         "putting to an upload URL that was never given or is older than a day"),
)  # fmt: skip


def refused(code: str, **words: str) -> Refused:
    """The refusal of that row, ready to be raised."""
    return Refused(REFUSALS[code], **words)
