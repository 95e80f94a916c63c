"""Balances now and then, and an account's history with its running balance."""
