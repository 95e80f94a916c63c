"""The Django adapter: will hold the thin layer over Django's request, connection, admin and migrations."""
