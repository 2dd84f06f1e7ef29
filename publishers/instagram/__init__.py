"""Instagram, through Meta's Graph: professional accounts that are linked to a Facebook Page."""
