"""Invitations to those whose principal is not known yet."""
