"""The verbs on transactions."""
