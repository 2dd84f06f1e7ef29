"""What Facebook refuses on a Page, row by row, beyond what Meta's door refuses for everybody."""

from sandbox.meta import envelope
from sandbox.meta.envelope import row
from sandbox.refusals import Refused, table

REFUSALS = table(
    # posts
    row("empty", 100, "(#100) Missing message or attachment", "neither message, link nor attached_media"),
    row("too_long", 100, "(#100) Param message must be at most 63206 characters long",
        "the text is longer than 63 206 characters (the number is not in Meta's reference)"),
    row("bad_link", 1609005, "(#1609005) Error parsing input URL, no data was cached, or no data was scraped.",
        "link is no http or https address"),
    row("duplicate", 506, "(#506) Duplicate status message", "the Page published the same text and link within a day",
        kind="FacebookApiException", subcode=1455006, title="Duplicate Status Update",
        advice="This status update is identical to the last one you posted. Try posting something different, or delete"
        " your previous update."),
    row("bad_media", 100, "(#100) Invalid media_fbid {id}: it is not an unpublished photo of this Page",
        "attached_media names what is no photo of the Page, or a temporary photo that is gone"),
    row("already_posted", 100, "(#100) Photos were already posted.", "attached_media names a photo of a published post",
        subcode=1366051, title="Photos Already Posted", advice="These photos were already posted."),
    row("no_schedule", 100, "(#100) The specified scheduled publish time is invalid.",
        "a scheduled post, which the sandbox does not have", subcode=1363041),
    row("no_way_back", 100, "(#100) A published post cannot be unpublished.",
        "is_published=false on a published post (unverified, taken strictly)"),
    row("nothing_to_change", 100, "(#100) Nothing to update: pass message, is_published or is_hidden",
        "POST to a post without a field that may change"),
    row("comment_on_unpublished", 100, "(#100) Comments are not allowed on unpublished posts",
        "a comment under a post that nobody sees yet"),
    # photos
    row("no_photo", 324, "(#324) Requires upload file", "neither url nor source"),
    row("bad_photo", 324, "(#324) Missing or invalid image file", "the bytes are no picture, or url gave none",
        subcode=2069019, title="Missing or Invalid Image File",
        advice="Your image file is missing or invalid. Please try again with a different image."),
    row("wrong_photo", 100, "(#100) Invalid parameter", "a WebP, a file above 10 MB, or another format",
        subcode=1366046, title="Can't Read Files", advice="Your photos couldn't be uploaded. Photos should be less than"
        " 4 MB and saved as JPG, PNG, GIF or TIFF files."),
    # videos and reels
    row("no_video", 6000, "(#6000) There was a problem uploading your video file. Please try again with another file.",
        "no source, file_url, handle or upload phase", subcode=1363019),
    row("bad_video", 352, "(#352) Sorry, the video file you selected is in a format that we don't support.",
        "the bytes are no MP4 or MOV video", subcode=1363024),
    row("video_pull", 389, "(#389) Unable to fetch video file from URL.", "file_url gives no file", subcode=2207077),
    row("bad_session", 100, "(#100) Invalid upload session {id}", "upload_session_id was never given, or has ended"),
    row("bad_offset", 6001, "(#6001) There was a problem uploading your video file: start_offset must be {received}",
        "start_offset is not the number of bytes received so far, or the chunk goes beyond file_size",
        subcode=1363037, title="Invalid Upload Offset", advice="Please retry with the start_offset that was returned.",
        transient=True),
    row("unfinished", 6000, "(#6000) The video file has not been uploaded completely.",
        "finish before all bytes were received", subcode=1363030),
    row("already_finished", 100, "(#100) The video {id} was published already.",
        "finish of a reel that is published"),
    row("reel_limit", 613, "(#613) Calls to this api have exceeded the rate limit.",
        "more than 30 reels of one Page in 24 hours"),
    # insights
    row("no_metric", 3001, "(#3001) No metric was specified to be fetched. Please specify one or more metrics to be"
        " fetched and try again.", "insights without metric", subcode=1504028),
    row("bad_metric", 100, "(#100) The value must be a valid insights metric",
        "a metric that was removed (impressions) or never was; one of them fails the whole call"),
    row("bad_period", 100, "(#100) The period {value} is not available for the requested metrics",
        "period is not lifetime"),
)  # fmt: skip


def refused(code: str, **words: str) -> Refused:
    """The refusal of that row, ready to be raised."""
    return envelope.refused(REFUSALS[code], **words)
