"""A bank's CSV file: how it is laid out, found out or stated, and its rows."""
