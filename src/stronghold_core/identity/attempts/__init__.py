"""Attempts to prove who one is: counted, delayed and judged."""
