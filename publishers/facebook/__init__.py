"""Pages on Facebook, through Meta's Graph: posts with links and photos, films, reels."""
