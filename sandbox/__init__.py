"""Local twins of Slack, Telegram, X and LinkedIn: strict, over real HTTP, on this machine only. See README.md."""
