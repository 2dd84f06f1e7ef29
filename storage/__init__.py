"""What we remember: PostgreSQL through psycopg, the vault of tokens, and the media store."""
