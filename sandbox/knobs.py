"""The few numbers that a tester may turn, in one table; kept over restarts."""

from sandbox.world import World

KNOBS: dict[str, tuple[float, str]] = {
    "metrics.speed": (600.0, "seconds of audience in one second of sandbox (600: a minute shows ten hours)"),
    "x.listing_lag": (0.0, "seconds until a new post shows in the author's timeline"),
    "x.takes_duplicates": (0.0, "1: the same text is taken twice, so that a second send would show"),
    "x.media_processing": (0.0, "seconds for which a finalized GIF or video stays in processing"),
    "x.processing_fails": (0.0, "1: the work on a finalized GIF or video ends badly, whatever its bytes are"),
    "x.low_credits": (0.0, "1: the prepaid credits are used up; creating posts answers 402"),
    "linkedin.listing_lag": (0.0, "seconds until a new post shows in the organisation's listing"),
    "linkedin.takes_duplicates": (0.0, "1: the same text is taken twice, so that a second send would show"),
    "linkedin.image_processing": (0.0, "seconds for which an uploaded image stays PROCESSING"),
    "linkedin.document_processing": (0.0, "seconds for which an uploaded document stays PROCESSING"),
    "linkedin.video_processing": (0.0, "seconds for which a finalized video stays PROCESSING"),
    "linkedin.processing_fails": (0.0, "1: the work on images, documents and videos ends badly, whatever they are"),
    "linkedin.part_bytes": (4_194_304.0, "bytes of each part in which a video has to be uploaded"),
    "linkedin.members_cannot_poll": (
        0.0,
        "1: the state of a member's own images and documents is refused (403), as some report",
    ),
    "linkedin.partner": (0.0, "1: an approved partner, whose tokens come with a refresh token"),
    "linkedin.member_analytics": (0.0, "1: r_member_postAnalytics may be granted"),
    "tiktok.unaudited": (0.0, "1: the client is not audited; only SELF_ONLY posts of private accounts"),
    "tiktok.private_account": (0.0, "1: the creators' accounts are private"),
    "tiktok.interactions_off": (0.0, "1: the creators have switched comments, duets and stitches off"),
    "tiktok.max_duration": (600.0, "seconds that a creator's video may last"),
    "tiktok.processing": (0.0, "seconds from the last byte until a post is published or has failed"),
    "tiktok.moderation": (0.0, "seconds from publication until a public post has an id"),
    "tiktok.posts_elsewhere": (0.0, "posts that the creator made today through other clients (15 a day in all)"),
    "tiktok.user_cap": (1000.0, "creators who may post through the client in 24 hours (unaudited: 5 at most)"),
    "tiktok.banned": (0.0, "1: the creators are banned from posting"),
    "tiktok.old_app": (0.0, "1: the creators' app is too old to finish drafts"),
    "tiktok.desktop": (0.0, "1: the client is a desktop or mobile one; PKCE is demanded"),
    "meta.daily_users": (100.0, "daily users of the application at Meta; each is worth 200 calls an hour"),
    "meta.engaged_users": (10.0, "engaged users of a Page or Instagram account; each is worth 4800 calls a day"),
    "facebook.listing_lag": (0.0, "seconds until a new post shows in the Page's listings"),
    "facebook.takes_duplicates": (0.0, "1: the same text is taken twice, so that a second send would show"),
    "facebook.video_processing": (0.0, "seconds for which an uploaded video or reel stays in processing"),
    "facebook.processing_fails": (0.0, "1: the processing of videos and reels ends in an error"),
    "instagram.listing_lag": (0.0, "seconds until a new post shows in the account's listings"),
    "instagram.processing": (0.0, "seconds for which a container stays IN_PROGRESS once its bytes are there"),
    "instagram.processing_fails": (
        0.0,
        "the subcode in which the processing of containers ends, such as 2207053; 0: well",
    ),
    "instagram.daily_posts": (
        50.0,
        "posts that may be published in 24 hours (Meta says 50 in one place, 100 in another)",
    ),
    "instagram.trouble": (
        0.0,
        "the subcode of a trouble (instagram/refusals.py) with which calls are refused, such as 2207051",
    ),
    "instagram.refused_though_live": (
        0.0,
        "a publish goes live, yet is answered like a refusal with this subcode, such as 2207042",
    ),
    "google.testing": (0.0, "1: the consent screen is in Testing; refresh tokens die after seven days"),
    "youtube.unaudited": (0.0, "1: the project is not audited; what is uploaded is locked as private for good"),
    "youtube.unverified": (0.0, "1: the channels are not verified; no thumbnails, nothing above 15 minutes"),
    "youtube.processing": (0.0, "seconds from the last byte until a video is processed"),
    "youtube.verdict": (
        0.0,
        "how processing ends: 0 well; failed as 1 codec, 2 conversion, 3 aborted; rejected for 4 copyright,"
        " 5 inappropriate, 6 terms of use, 7 claim, 8 trademark, 9 legal",
    ),
    "youtube.takes_duplicates": (0.0, "1: the same file is taken twice instead of ending as rejected (duplicate)"),
    "youtube.listing_lag": (0.0, "seconds until a new video shows in the uploads playlist"),
    "youtube.cut_upload_at": (0.0, "the byte at which each session's connection dies once; 0: never"),
    "youtube.granularity": (1.0, "an interrupted chunk is stored in steps of so many bytes (262144 is usual)"),
    "youtube.daily_uploads": (100.0, "the project's videos.insert a day"),
    "youtube.daily_units": (10000.0, "the project's units a day for everything else"),
    "youtube.daily_batches": (10000.0, "the project's videos:batchGetStats a day"),
    "youtube.channel_uploads": (100.0, "a channel's own uploads in 24 hours, whoever sends them"),
    "youtube.channel_thumbnails": (50.0, "a channel's thumbnails in 24 hours"),
    "youtube.trouble": (
        0.0,
        "what every call is refused with: 1 account closed, 2 suspended, 3 dailyLimitExceeded, 4 rateLimitExceeded,"
        " 5 userRateLimitExceeded, 6 internalError, 7 backendError",
    ),
}


def knob(world: World, name: str) -> float:
    """The knob's present value."""
    stored = world.state.get("sandbox.knobs", name)
    return KNOBS[name][0] if stored is None else float(stored["value"])


def turn(world: World, name: str, value: float) -> None:
    """Set a knob of the table; raises KeyError for any other name."""
    if name not in KNOBS:
        raise KeyError(name)
    world.state.put("sandbox.knobs", name, {"value": value})


def shown(world: World) -> dict[str, dict[str, float | str]]:
    """All knobs with value and meaning."""
    return {name: {"value": knob(world, name), "meaning": meaning} for name, (_, meaning) in KNOBS.items()}
