"""Sealing: events get their places in a tree of hashes, whose root is signed."""
