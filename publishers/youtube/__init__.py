"""YouTube, through its Data API version 3."""
