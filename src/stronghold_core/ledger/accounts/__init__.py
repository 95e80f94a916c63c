"""Accounts: what holds money, and what it may hold."""
