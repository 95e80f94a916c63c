"""Authenticator apps, and codes for when they are lost."""
