"""What X refuses, row by row (bodies as X sends them: problem+json, or the older list of errors)."""

from typing import Any

from sandbox.refusals import Refusal, Refused, table

PROBLEMS = "https://api.x.com/2/problems/"
PROBLEM = {"content-type": "application/problem+json"}


def _plain(status: int, title: str, detail: str) -> dict[str, Any]:
    return {"title": title, "detail": detail, "type": "about:blank", "status": status}


def _invalid(message: str) -> dict[str, Any]:
    return {
        "errors": [{"parameters": {"{name}": ["{value}"]}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{PROBLEMS}invalid-request",
    }


def _row(code: str, status: int, body: dict[str, Any], when: str) -> Refusal:
    return Refusal(code, status, body, when, PROBLEM)


def _oauth(code: str, status: int, error: str, description: str, when: str) -> Refusal:
    return Refusal(code, status, {"error": error, "error_description": description}, when)


REFUSALS = table(
    # the token endpoint
    _oauth("missing_basic", 401, "unauthorized_client", "Missing valid authorization header",
           "a confidential client comes without its Basic header, or with a wrong one"),
    _oauth("bad_grant_type", 400, "unsupported_grant_type", "Value passed for the grant type was invalid.",
           "grant_type is neither authorization_code nor refresh_token"),
    _oauth("bad_code", 400, "invalid_request", "Value passed for the authorization code was invalid.",
           "the code is unknown, used, older than 30 seconds, or came with another redirect_uri"),
    _oauth("bad_verifier", 400, "invalid_request",
           "Value passed for the code verifier did not match the code challenge.",
           "the code_verifier does not hash to the code_challenge"),
    _oauth("bad_token", 400, "invalid_request", "Value passed for the token was invalid.",
           "the refresh token is unknown, revoked, or was used once already"),
    # every call
    _row("unauthorized", 401, _plain(401, "Unauthorized", "Unauthorized"),
         "the bearer token is missing, unknown, expired or revoked"),
    _row("missing_scope", 403, _plain(403, "Forbidden", "You are not permitted to perform this action."),
         "the token lacks a scope that the call needs"),
    _row("rate_limited", 429, {"title": "Too Many Requests", "detail": "Too Many Requests", "status": 429,
                               "type": f"{PROBLEMS}rate-limit-exceeded"},
         "the endpoint's window is used up"),
    Refusal("rate_limited_legacy", 429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]},
            "the window is used up and the call is a read (X sends either form)"),
    _row("bad_json", 400, _plain(400, "Invalid Request", "The request body is not valid JSON."),
         "the body is no JSON object"),
    _row("not_found", 404, {"errors": [{"value": "{value}", "detail": "Could not find {what} with id: [{value}].",
                                        "title": "Not Found Error", "resource_type": "{what}", "parameter": "id",
                                        "resource_id": "{value}", "type": f"{PROBLEMS}resource-not-found"}]},
         "the post, user or upload of that id does not exist"),
    # creating a post
    _row("no_credits", 402, {"title": "CreditsDepleted", "detail": "Your enrolled account does not have any credits.",
                             "type": f"{PROBLEMS}credits", "status": 402},
         "the prepaid credits are used up (knob x.low_credits)"),
    _row("unknown_key", 400, _invalid("$.{name}: is not defined in the schema and the schema does not allow"
                                      " additional properties"),
         "the body of a post holds a key that the schema does not know"),
    _row("bad_value", 400, _invalid("$.{name}: {reason}"),
         "a value has the wrong type or lies outside its range"),
    _row("exclusive", 400, _invalid("$.{name}: media, poll, quote_tweet_id and card_uri exclude one another"),
         "more than one of media, poll, quote_tweet_id, card_uri"),
    _row("empty", 400, _invalid("$.text: a Post needs text, media or a poll"), "no text, no media, no poll"),
    _row("too_long", 400, _plain(400, "Invalid Request", "Your Tweet text is too long. For more information on how"
                                 " Twitter determines text length see https://github.com/twitter/twitter-text."),
         "the weighted length exceeds 280"),
    _row("bad_media", 400, _plain(400, "Invalid Request", "Your media IDs are invalid."),
         "a media id is unknown, someone else's, expired or not finished"),
    _row("mixed_media", 400, _plain(400, "Invalid Request", "You may attach up to 4 photos, 1 GIF or 1 video."),
         "a GIF or video together with anything else"),
    _row("duplicate", 403,
         _plain(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content."),
         "the account has a post with the same text and media that still stands"),
    _row("cashtags", 403,
         _plain(403, "Forbidden", "Posts created through the API may contain a maximum of one cashtag."),
         "more than one cashtag"),
    _row("not_permitted", 403, _plain(403, "Forbidden", "You are not permitted to perform this action."),
         "a quote, a community, a card, an edit: not part of self-serve access"),
    _row("reply_not_permitted", 403,
         _plain(403, "Forbidden", "Reply to this conversation is not allowed because you have not been mentioned or"
                " otherwise engaged by the author of the post you are replying to."),
         "a reply to a post that is not one's own"),
    # deleting and reading
    _row("not_yours", 403, _plain(403, "Forbidden", "You are not authorized to delete this Tweet."),
         "deleting somebody else's post"),
    _row("bad_parameter", 400, _invalid("The `{name}` query parameter value [{value}] is not valid"),
         "a query parameter lies outside its range or names an unknown field"),
    _row("unknown_parameter", 400, _invalid("The query parameter [{name}] is not one of {value}"),
         "a query parameter that the endpoint does not know"),
    # media
    _row("bad_media_type", 400, _invalid("$.{name}: [{value}] is not a supported media type or category"),
         "media_type or media_category is not on the list"),
    _row("media_too_large", 400, _invalid("$.{name}: file size exceeds the limit of {value} bytes"),
         "an image above 5 MB, a GIF above 15 MB, a video above 512 MB"),
    _row("bad_segment", 400, _invalid("$.{name}: [{value}] is not a segment that can be appended"),
         "segment_index outside 0–999, no media in it, or an upload that is finished"),
    _row("bad_file", 400, _plain(400, "Invalid Request", "The media could not be read: its bytes do not match its type"
                                 " or its declared size."),
         "finalize of bytes that are not what initialize announced"),
    _row("alt_too_long", 400, _invalid("$.metadata.alt_text.text: must be at most 1000 characters long"),
         "alt text above 1000 characters"),
)  # fmt: skip


def refused(code: str, **words: str) -> Refused:
    """The refusal of that row, ready to be raised."""
    return Refused(REFUSALS[code], **words)
