"""What several tests share: a real PostgreSQL and databases on it."""
