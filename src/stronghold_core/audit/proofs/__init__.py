"""Proofs: an event is in the log, and the log only grew; both can be checked without the database."""
