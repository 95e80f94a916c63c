"""Proving that the books agree with themselves."""
