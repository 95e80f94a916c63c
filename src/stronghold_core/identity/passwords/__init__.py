"""Passwords: what they may be, and how they are hashed and kept."""
