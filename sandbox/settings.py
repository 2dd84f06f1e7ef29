"""What the product must be told so that it talks to this sandbox, under the product's own environment names."""

from sandbox.world import World

LINKEDIN_VERSION = "202610"


def settings(world: World) -> dict[str, str]:
    """Environment names and values; copy them into the product's environment and it is connected."""
    base, secrets = world.config.base_url, world.secrets
    return {
        "SLACK_API_URL": f"{base}/slack/api/",
        "SLACK_AUTHORIZE_URL": f"{base}/slack/oauth/v2/authorize",
        "SLACK_CLIENT_ID": secrets.slack_client_id,
        "SLACK_CLIENT_SECRET": secrets.slack_client_secret,
        "SLACK_SIGNING_SECRET": secrets.slack_signing_secret,
        "SLACK_APP_TOKEN": secrets.slack_app_token,
        "TELEGRAM_API_URL": f"{base}/telegram",
        "TELEGRAM_BOT_TOKEN": secrets.telegram_bot_token,
        "X_API_URL": f"{base}/x",
        "X_AUTHORIZE_URL": f"{base}/x/i/oauth2/authorize",
        "X_CLIENT_ID": secrets.x_client_id,
        "X_CLIENT_SECRET": secrets.x_client_secret,
        "LINKEDIN_API_URL": f"{base}/linkedin",
        "LINKEDIN_OAUTH_URL": f"{base}/linkedin/oauth/v2",
        "LINKEDIN_CLIENT_ID": secrets.linkedin_client_id,
        "LINKEDIN_CLIENT_SECRET": secrets.linkedin_client_secret,
        "LINKEDIN_VERSION": LINKEDIN_VERSION,
        "FACEBOOK_API_URL": f"{base}/facebook/v26.0",
        "FACEBOOK_AUTHORIZE_URL": f"{base}/facebook/v26.0/dialog/oauth",
        "FACEBOOK_CLIENT_ID": secrets.facebook_client_id,
        "FACEBOOK_CLIENT_SECRET": secrets.facebook_client_secret,
        "GOOGLE_OAUTH_URL": f"{base}/google",
        "GOOGLE_CLIENT_ID": secrets.google_client_id,
        "GOOGLE_CLIENT_SECRET": secrets.google_client_secret,
        "YOUTUBE_API_URL": f"{base}/google",
        "TIKTOK_API_URL": f"{base}/tiktok",
        "TIKTOK_AUTHORIZE_URL": f"{base}/tiktok/v2/auth/authorize/",
        "TIKTOK_CLIENT_KEY": secrets.tiktok_client_key,
        "TIKTOK_CLIENT_SECRET": secrets.tiktok_client_secret,
    }
