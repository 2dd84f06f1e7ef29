"""TikTok, through its Content Posting API: films by chunks, photos by address."""
