"""The steps: verbs in the order in which a post lives. They open transactions and call contracts."""
