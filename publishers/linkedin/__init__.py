"""LinkedIn, through its versioned REST API: members and organisations."""
