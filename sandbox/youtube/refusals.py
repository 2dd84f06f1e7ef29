"""What YouTube and Google's OAuth refuse, row by row, in Google's envelope (the token endpoint has its own)."""

from typing import Any

from starlette.responses import PlainTextResponse, Response

from sandbox.refusals import Refusal, Refused, table

STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
VIDEO, QUOTA, USAGE, HEADER = "youtube.video", "youtube.quota", "usageLimits", "Authorization"
DAILY = (
    "Quota exceeded for quota metric 'Video Uploads' and limit 'Video Uploads per day' of service"
    " 'youtube.googleapis.com' for consumer 'project_number:100000000001'."
)
CHALLENGE = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
TEXT = "text"  # the key of a body that is plain words: the upload servers speak no JSON about ranges


class PlainRefused(Refused):
    """A refusal of the upload servers: plain words instead of JSON."""

    def response(self, **extra_headers: str) -> Response:
        """The words of the row."""
        words = str((self.row.body or {})[TEXT])
        for name, word in self.words.items():
            words = words.replace("{" + name + "}", word)
        return PlainTextResponse(words, self.row.http_status, headers=extra_headers)


def envelope(
    status: int, reason: str, message: str, domain: str = VIDEO, location: str = "", kind: str = "other"
) -> dict[str, Any]:
    """Google's error body with one error in it."""
    where = {"location": location, "locationType": kind} if location else {}
    error = {"message": message, "domain": domain, "reason": reason, **where}
    return {"error": {"code": status, "message": message, "errors": [error], "status": STATUS[status]}}


def _row(
    code: str, status: int, message: str, when: str, *, domain: str = VIDEO, at: str = "", reason: str = ""
) -> Refusal:
    kind = "header" if at == HEADER else "parameter" if at.startswith("{") else "other"
    headers = {"www-authenticate": CHALLENGE} if at == HEADER else {}
    return Refusal(code, status, envelope(status, reason or code, message, domain, at, kind), when, headers)


def _body(code: str, field: str, message: str, when: str) -> Refusal:
    return _row(code, 400, message, when, at=f"body.{field}")


def _plain(code: str, status: int, words: str, when: str) -> Refusal:
    return Refusal(code, status, {TEXT: words}, when)


def _token(code: str, status: int, error: str, description: str, when: str) -> Refusal:
    return Refusal(code, status, {"error": error, "error_description": description}, when)


OAUTH = (
    _token("invalid_client", 401, "invalid_client", "Unauthorized", "the client id or its secret is wrong"),
    _token("unsupported_grant_type", 400, "unsupported_grant_type", "Invalid grant_type: {value}",
           "grant_type is neither authorization_code nor refresh_token"),
    _token("bad_code", 400, "invalid_grant", "Bad Request", "the code is unknown, used, or too old"),
    _token("redirect_uri_mismatch", 400, "redirect_uri_mismatch", "Bad Request",
           "the redirect_uri is not exactly the one of the consent"),
    _token("bad_verifier", 400, "invalid_grant", "Invalid code verifier.",
           "the code_verifier does not hash to the code_challenge"),
    _token("invalid_grant", 400, "invalid_grant", "Token has been expired or revoked.",
           "the refresh token was revoked, unused for six months, displaced by a hundred newer ones, or seven days old"
           " while the consent screen is in Testing"),
    _token("invalid_token", 400, "invalid_token", "Token expired or revoked", "revoking what is no live token"),
)  # fmt: skip
ACCESS = (
    _row("authorizationRequired", 401, "Login Required.", "no bearer token at all", domain="global", at=HEADER),
    _row("authError", 401, "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie"
         " or other valid authentication credential.", "the access token is unknown, expired or revoked",
         domain="global", at=HEADER),
    _row("insufficientPermissions", 403, "Request had insufficient authentication scopes.",
         "the token lacks a scope that the call needs", domain="global"),
    _row("youtubeSignupRequired", 401, "Unauthorized", "the Google account has no channel", domain="youtube.header",
         at=HEADER),
    _row("authenticatedUserAccountClosed", 403, "The authenticated user's account is closed.",
         "the channel was closed (knob youtube.trouble 1)", domain="youtube.common"),
    _row("authenticatedUserAccountSuspended", 403, "The authenticated user's account is suspended.",
         "the channel was suspended (knob youtube.trouble 2)", domain="youtube.common"),
    _row("quotaExceeded", 403, 'The request cannot be completed because you have exceeded your <a'
         ' href="/youtube/v3/getting-started#quota">quota</a>.', "the project's 10,000 units of the day are used up",
         domain=QUOTA),
    _row("dailyLimitExceeded", 403, "Daily Limit Exceeded. The quota will be reset at midnight Pacific Time (PT).",
         "the older wording of a day that is used up (knob youtube.trouble 3)", domain=USAGE),
    _row("uploads_per_day", 429, DAILY, "the project's 100 videos.insert of the day are used up", domain="global",
         reason="rateLimitExceeded"),
    _row("batch_per_day", 429, DAILY.replace("Video Uploads", "Batch Get Stats"),
         "the project's 10,000 videos:batchGetStats of the day are used up", domain="global",
         reason="rateLimitExceeded"),
    _row("rateLimitExceeded", 403, "Rate Limit Exceeded", "too many requests at once (knob youtube.trouble 4)",
         domain=USAGE),
    _row("userRateLimitExceeded", 403, "User Rate Limit Exceeded", "too many requests of one user (youtube.trouble 5)",
         domain=USAGE),
    _row("internalError", 500, "Internal error encountered.", "the fault accept_then_500, or youtube.trouble 6",
         domain="global"),
    _row("backendError", 503, "The service is currently unavailable.", "the fault reject_5xx, or youtube.trouble 7",
         domain="global"),
)  # fmt: skip
REQUEST = (
    _row("parseError", 400, "Parse Error", "the body is no JSON object", domain="global"),
    _row("unknown_field", 400, "Invalid JSON payload received. Unknown name \"{name}\" at '{value}': Cannot find field.",
         "the body holds a key that the resource does not have", domain="global", reason="badRequest"),
    _row("invalid_value", 400, "Invalid value at '{name}': {value}", "a value of the wrong type or outside its range",
         domain="global", reason="badRequest"),
    _row("missingRequiredParameter", 400, "No filter selected. Expected one of: {name}", "a needed parameter is absent",
         domain="youtube.parameter", at="parameters."),
    _row("unknownPart", 400, "'{value}'", "part names something that the resource does not have",
         domain="youtube.part", at="part"),
    _row("unexpectedPart", 400, "{value}", "part names something that cannot be written", domain="youtube.part",
         at="part"),
    _row("invalidParameter", 400, "Invalid value '{value}'. {name} is outside its range.",
         "a parameter has a value outside its range", domain="youtube.parameter", at="{name}"),
    _row("unknown_parameter", 400, 'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.'
         " Field '{name}' could not be found in request message.", "a query parameter that the method does not know",
         domain="global", reason="badRequest"),
    _row("forbidden", 403, "The request is not properly authorized.", "the video belongs to another channel,"
         " or the channel may not do this"),
    _row("videoNotFound", 404, "The video that you are trying to use cannot be found. Check the value of the request's"
         " <code>id</code> parameter to ensure that it is correct.", "no such video, or it was deleted", at="id"),
    _row("playlistNotFound", 404, "The playlist identified with the request's <code>playlistId</code> parameter cannot"
         " be found.", "no such playlist", domain="youtube.playlistItem", at="playlistId"),
)  # fmt: skip
METADATA = (
    _body("invalidTitle", "snippet.title", "The request metadata specifies an invalid or empty video title.",
          "a title that is empty, over 100 characters, or holds < or >"),
    _body("invalidDescription", "snippet.description", "The request metadata specifies an invalid video description.",
          "a description over 5000 bytes, or with < or >"),
    _body("invalidTags", "snippet.tags", "The request metadata specifies invalid video keywords.",
          "tags over 500 characters together (commas and quotes count), empty ones, or with < or >"),
    _body("invalidCategoryId", "snippet.categoryId", "The <code>snippet.categoryId</code> property specifies an invalid"
          " category ID.", "a category that does not exist or takes no videos"),
    _body("invalidPublishAt", "status.publishAt", "The request metadata specifies an invalid scheduled publishing time.",
          "publishAt that is no time, without privacyStatus private, or for a video that was published before"),
    _body("invalidVideoMetadata", "snippet", "The request metadata is invalid.",
          "an update of the snippet without both title and categoryId, or without an id"),
    _body("defaultLanguageNotSet", "localizations", "The request is trying to add localized video details without"
          " specifying the default language of the video details.", "localizations without snippet.defaultLanguage"),
    _body("invalidRecordingDetails", "recordingDetails", "The <code>recordingDetails</code> object in the request"
          " specifies invalid recording details.", "recordingDetails.recordingDate that is no time"),
    _row("invalidFilename", 400, "The video filename specified in the <code>Slug</code> header is invalid.",
         "a Slug header with signs that no file name has, or over 255 long", at="slug"),
    _row("mediaBodyRequired", 400, "The request does not include the video content.", "an upload without any bytes",
         at="body"),
    _row("uploadLimitExceeded", 400, "The user has exceeded the number of videos they may upload.",
         "the channel's own cap of a day (knob youtube.channel_uploads)"),
    _row("forbiddenPrivacySetting", 403, "The request attempts to set an invalid privacy setting for the video.",
         "making a video visible that is locked as private, as its project was not audited", at="body.status"),
    _row("forbiddenLicenseSetting", 403, "The request attempts to set an invalid license for the video.",
         "a license that is neither youtube nor creativeCommon", at="body.status.license"),
)  # fmt: skip
UPLOADS = (
    _row("badContent", 400, "Media type '{value}' is not supported. Valid media types: [{name}]",
         "X-Upload-Content-Type, or the type of the bytes, is not on the list", domain="global"),
    _row("bad_upload_type", 400, "Invalid uploadType", "uploadType is not one that the method knows", domain="global",
         reason="badRequest"),
    _row("uploadTooLarge", 413, "Media larger than {value} bytes limit.", "more bytes than the method takes",
         domain="global"),
    _plain("session_gone", 404, "Not Found", "the session is unknown, or over a day old"),
    _plain("bad_range", 400, "Failed to parse Content-Range header.", "Content-Range is not bytes a-b/total"),
    _plain("range_mismatch", 400, "Invalid request.  There were {found} byte(s) in the request body.  There should have"
           " been {wanted} byte(s) (starting at offset {first} and ending at offset {last}) according to the"
           " Content-Range header.", "the body is longer or shorter than its Content-Range"),
    _plain("bad_chunk", 400, "Invalid request.  The number of bytes uploaded is required to be equal or greater than"
           " 262144, except for the final request (it's recommended to be the exact multiple of 262144).",
           "a chunk that is not the last and no multiple of 262,144 bytes"),  # [U] recommended there, demanded here
    _plain("size_mismatch", 400, "Invalid request.  The upload has {found} byte(s), but {wanted} byte(s) were announced.",
           "the total differs from X-Upload-Content-Length or from an earlier Content-Range"),
    _plain("gap", 503, "Service Unavailable", "a chunk begins after the bytes that are stored: ask first"),  # [U]
    _row("invalidImage", 400, "The provided image content is invalid.", "a thumbnail that is no JPEG or PNG",
         domain="youtube.thumbnail", at="body"),
    _row("thumbnail_body", 400, "The request does not include the image content.", "a thumbnail without bytes",
         domain="youtube.thumbnail", at="body", reason="mediaBodyRequired"),
    _row("thumbnail_rights", 403, "The authenticated user doesn't have permissions to upload and set custom video"
         " thumbnails.", "the channel is not verified (knob youtube.unverified)", domain="youtube.thumbnail",
         reason="forbidden"),
    _row("uploadRateLimitExceeded", 429, "The user has uploaded too many thumbnails recently. Please try the request"
         " again later.", "more thumbnails in a day than knob youtube.channel_thumbnails", domain="youtube.thumbnail"),
)  # fmt: skip
TALK = (
    _row("commentTextRequired", 400, "The <code>commentThread</code> resource that is being inserted must specify a"
         " value for the <code>snippet.topLevelComment.snippet.textOriginal</code> property.", "a comment without words",
         domain="youtube.commentThread", at="body.snippet.topLevelComment.snippet.textOriginal"),
    _row("commentTextTooLong", 400, "The comment text is too long.", "a comment over 10,000 characters",
         domain="youtube.commentThread", at="body.snippet.topLevelComment.snippet.textOriginal"),
    _row("commentsDisabled", 403, "The video identified by the <code>videoId</code> has disabled comments.",
         "a comment under a video that is private or made for kids", domain="youtube.commentThread", at="videoId"),
    _row("bad_query", 400, "{value}", "a report that YouTube Analytics cannot make", domain="global",
         reason="badRequest"),
)  # fmt: skip
REFUSALS = table(*OAUTH, *ACCESS, *REQUEST, *METADATA, *UPLOADS, *TALK)


def refused(code: str, **words: str) -> Refused:
    """The refusal of that row, ready to be raised."""
    row = REFUSALS[code]
    return PlainRefused(row, **words) if row.body and TEXT in row.body else Refused(row, **words)
