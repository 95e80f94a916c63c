"""Sessions: signed in once, refreshed often, ended at once."""
