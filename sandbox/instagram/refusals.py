"""What Instagram refuses, row by row, and how processing can end badly; pairs as clients that cite Meta's page use them."""

from sandbox.meta import envelope
from sandbox.meta.envelope import row as bare
from sandbox.refusals import Refusal, Refused, table


def _row(
    name: str,
    number: int,
    subcode: int,
    title: str,
    advice: str,
    when: str,
    *,
    transient: bool = False,
    status: int = 400,
) -> Refusal:
    """A row with the words for people that Instagram always sends."""
    message = f"(#{number}) {title}" if number > 0 else title
    return bare(
        name, number, message, when, subcode=subcode, title=title, advice=advice, transient=transient, status=status
    )


REFUSALS = table(
    # the picture or video that is asked for
    _row("not_fetchable", 9004, 2207052, "Only photo or video can be accepted as media type.",
         "The media could not be fetched from this URI: {reason}",
         "image_url, cover_url or video_url is no address, redirects, gives nothing, or gives no picture at all"),
    _row("fetch_timeout", -2, 2207003, "Timeout", "It takes too long to download the media.",
         "the address answers too late (or knob instagram.trouble)", transient=True),
    _row("too_large", 36000, 2207004, "The image size is too large.", "The image is too large to download. It should be"
         " less than 8 MiB.", "an image above 8 MiB"),
    _row("not_jpeg", 36001, 2207005, "The image format is not supported.",
         "The image format {value} is not supported. Please use JPEG.", "an image that is no JPEG"),
    _row("bad_ratio", 36003, 2207009, "The aspect ratio is not supported.",
         "The submitted image with aspect ratio {value} cannot be published. Please submit an image with a valid aspect"
         " ratio.", "a feed image narrower than 4:5 or wider than 1.91:1"),
    _row("bad_media_type", 100, 2207023, "Unknown media type.", "The media type {value} is unknown.",
         "media_type is unknown, or VIDEO outside a carousel, which is retired"),
    # words
    _row("caption_too_long", 36004, 2207010, "The caption was too long.", "Caption was too long. It should have at most"
         " 2,200 characters and 30 hashtags.", "more than 2200 UTF-16 units, or more than 30 hashtags"),
    _row("too_many_mentions", 100, 2207040, "Cannot use more than 20 tags.",
         "Cannot use more than 20 @ tags in the caption.", "more than 20 mentions"),
    # carousels, trial reels
    _row("carousel_count", 100, 2207028, "Carousel validation failed.",
         "Carousels need at least 2 photos or videos and at most 10.", "a carousel of less than 2 or more than 10"),
    _row("no_trial", 100, 2207081, "This account does not support Trial Reels.",
         "The account is not eligible for Trial Reels.", "trial_params"),
    # publishing
    _row("no_builder", 24, 2207008, "The media builder does not exist.",
         "The media builder with creation id = {id} does not exist or has been expired.",
         "creation_id or a child names no container of the account"),
    # Whether a second publish is refused is not documented; taken strictly, and in the words for a builder that is gone.
    _row("published_already", 24, 2207008, "The media builder was used.",
         "The media builder with creation id = {id} has been published already.",
         "the container was published before, or is a child in a published carousel"),
    _row("expired", -2, 2207020, "The media has expired.",
         "The media you are trying to access has expired. Please try to upload again.", "a container older than a day"),
    _row("not_ready", 9007, 2207027, "The media is not ready for publishing, please wait for a moment",
         "Media ID is not available", "a container (or a child) that is IN_PROGRESS or ended in ERROR"),
    _row("publish_cap", 9, 2207042, "Application request limit reached",
         "You reached maximum number of posts that is allowed to be published by Content Publishing API.",
         "the posts of the last 24 hours are used up; more than 400 containers in 24 hours answer alike (unverified)"),
    # trouble that the knob instagram.trouble orders
    _row("server_error", -1, 2207001, "Instagram server error. Try again.", "There was an issue with Instagram's server.",
         "knob instagram.trouble = 2207001", transient=True, status=500),
    _row("create_failed", -1, 2207032, "Create media fail, please try to re-create media", "Failed to create a media.",
         "knob instagram.trouble = 2207032", transient=True),
    _row("spam", 4, 2207051, "Application request limit reached", "We restrict certain activity to protect our community."
         " Based on our use this action was blocked.", "knob instagram.trouble = 2207051", status=403),
    _row("restricted", 25, 2207050, "The Instagram account is restricted.", "The Instagram professional account is"
         " inactive, checkpointed, or restricted. Sign in to the Instagram app and complete what it asks for.",
         "knob instagram.trouble = 2207050", status=403),
    _row("no_media_found", 24, 2207006, "The media could not be found.", "The media with {id} could not be found."
         " Possible permission error due to missing permission or expired token.", "knob instagram.trouble = 2207006"),
    _row("delete_failed", -1, 2207085, "The media could not be deleted.", "Please try again later.",
         "knob instagram.trouble = 2207085", transient=True, status=500),
    # comments, insights, changes
    bare("bad_comment", 100, "(#100) {reason}", "a comment above 300 characters, with more than 4 hashtags or more than"
         " one link, or all in capitals"),
    bare("comments_off", 100, "(#100) Comments are disabled on this media", "commenting where comment_enabled is false"),
    bare("removed_metric", 100, "(#100) Starting from version v22.0 and above, the {value} metric is no longer supported"
         " for the queried media.", "impressions, plays and other metrics of the past"),
    bare("bad_metric", 100, "(#100) The value must be one of the following values: {value}",
         "a metric that does not exist for this kind of media; it fails the whole call"),
    bare("no_metric", 100, "(#100) The parameter metric is required", "insights without metric"),
    bare("child_insights", 100, "(#100) Insights are not available for media inside an album",
         "insights of a carousel's child"),
    bare("uneditable", 100, "(#100) Only comment_enabled can be changed", "changing the caption or anything else"),
)  # fmt: skip

# What `status` of a container says when its processing ended in ERROR.
ENDINGS = {
    2207026: "Unsupported video format. Please check the video specs.",
    2207053: "Unknown upload error. Please create a new container.",
    2207057: "The thumb offset is outside of the video.",
    2207077: "Video download failed: the video could not be fetched from its URI.",
    2207082: "Media upload has failed. Please create a new container.",
}
# For the knob instagram.trouble: the subcode, and which calls it strikes.
TROUBLE: dict[int, tuple[str, tuple[str, ...]]] = {
    2207001: ("server_error", ("create",)),
    2207003: ("fetch_timeout", ("create",)),
    2207032: ("create_failed", ("create",)),
    2207006: ("no_media_found", ("publish",)),
    2207042: ("publish_cap", ("publish",)),
    2207050: ("restricted", ("create", "publish")),
    2207051: ("spam", ("create", "publish")),
    2207085: ("delete_failed", ("delete",)),
}


def refused(code: str, **words: str) -> Refused:
    """The refusal of that row, ready to be raised."""
    return envelope.refused(REFUSALS[code], **words)
