"""Everything that the Slack twin refuses: one row each, with Slack's own code and the condition in words."""

from typing import Any

from starlette.responses import JSONResponse

from sandbox.refusals import Refusal, table


def _row(code: str, when: str, status: int = 200) -> Refusal:
    """Slack says no with HTTP 200 and ok: false, save for rate limits and response URLs."""
    return Refusal(code, status, {"ok": False, "error": code}, when)


REFUSALS = table(
    # who asks
    _row("unknown_method", "the method's name is not one of the twin's"),
    _row("not_authed", "no token came, neither in the Authorization header nor as an argument"),
    _row("invalid_auth", "the token was never issued here"),
    _row("token_revoked", "the token was revoked by auth.revoke"),
    _row("account_inactive", "the app was uninstalled, so its token is dead"),
    _row("not_allowed_token_type", "an app token was used where a bot token is wanted, or the other way round"),
    _row("missing_scope", "the install did not grant the scope that the method needs"),
    _row("ratelimited", "too many calls: about 1 message a second and channel, or the method's tier a minute", 429),
    # how it is asked
    _row("invalid_json", "the body says it is JSON and is not"),
    _row("json_not_object", "the JSON body is not an object"),
    _row("invalid_arguments", "a required argument is missing, or a view breaks a Block Kit rule"),
    # messages
    _row("channel_not_found", "no such channel, or one of another team"),
    _row("not_in_channel", "the app is not in the channel: it joins, or somebody invites it"),
    _row("is_archived", "the channel is archived"),
    _row("no_text", "neither text nor blocks came"),
    _row("msg_too_long", "chat.update with a text of more than 4,000 characters"),
    _row("invalid_blocks", "the blocks break a Block Kit rule; response_metadata names it"),
    _row("invalid_blocks_format", "blocks is not JSON, or not an array"),
    _row("invalid_metadata_format", "metadata is not an object with event_type and event_payload"),
    _row("metadata_too_large", "metadata is larger than 16 kB"),
    _row("thread_not_found", "thread_ts names no message of the channel"),
    _row("message_not_found", "no such message, or one that only one person can see"),
    _row("cant_update_message", "chat.update of a message that the app did not write"),
    _row("cant_delete_message", "chat.delete of a message that the app did not write"),
    _row("user_not_in_channel", "chat.postEphemeral for somebody who is not in the channel"),
    # views
    _row("expired_trigger_id", "the trigger is older than 3 seconds"),
    _row("exchanged_trigger_id", "the trigger was used before"),
    _row("invalid_trigger_id", "the trigger was never handed out"),
    _row("not_found", "views.update of a view that is not open"),
    _row("hash_conflict", "the view has changed since the hash was read"),
    _row("view_too_large", "the view is larger than 250 kB"),
    _row("push_limit_reached", "three views are stacked already"),
    _row("duplicate_external_id", "another view of the team has this external_id"),
    # people, files
    _row("user_not_found", "no such person"),
    _row("method_not_supported_for_channel_type", "conversations.join of a direct message"),
    _row("file_not_found", "no such file, or its bytes never came"),
    _row("file_deleted", "files.info of a file that a person deleted"),
    _row("invalid_channel", "completeUploadExternal into a channel that does not exist"),
    # installation
    _row("invalid_client_id", "the client id is not the sandbox's"),
    _row("bad_client_secret", "the client secret is wrong"),
    _row("client_id_token_mismatch", "apps.uninstall with the client id of another app"),
    _row("invalid_code", "the code is unknown or older than 10 minutes"),
    _row("code_already_used", "the code was exchanged before"),
    _row("bad_redirect_uri", "redirect_uri is not the one that was authorized, or not below the product's address"),
    _row("invalid_scope", "the authorize link asks for a scope that Slack does not have"),
    # response URLs
    _row("used_url", "the response_url was used five times", 404),
    _row("expired_url", "the response_url is older than 30 minutes", 404),
    _row("invalid_url", "the response_url was never handed out", 404),
)


class Refused(Exception):
    """A row fires. `extra` joins the body (needed scopes, what is wrong with the blocks)."""

    def __init__(self, code: str, *, headers: dict[str, str] | None = None, **extra: Any) -> None:
        super().__init__(code)
        self.row = REFUSALS[code]
        self.extra = extra
        self.headers = headers

    def response(self) -> JSONResponse:
        """The answer as Slack words it."""
        return JSONResponse({**(self.row.body or {}), **self.extra}, self.row.http_status, headers=self.headers)


def broken_rules(code: str, problems: list[str]) -> Refused:
    """invalid_blocks or invalid_arguments, with every problem in both places where Slack puts them."""
    return Refused(
        code, errors=problems, response_metadata={"messages": [f"[ERROR] {problem}" for problem in problems]}
    )


def missing(argument: str) -> Refused:
    """A required argument did not come."""
    return broken_rules("invalid_arguments", [f"missing required field: {argument}"])
