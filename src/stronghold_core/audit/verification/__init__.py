"""Verification: every hash of a log made again, and the first number named from which it is not what was sealed."""
