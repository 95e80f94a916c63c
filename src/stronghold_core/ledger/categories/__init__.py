"""Categories: what money was for."""
