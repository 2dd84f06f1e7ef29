"""Where people are: chats and the web."""
