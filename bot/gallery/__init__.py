"""Every card, dialog and answer of both chats on one HTML page, for designers and customers to look at."""
