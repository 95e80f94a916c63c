"""The tests: `core/` mirrors the source, the other folders each ask one kind of question of the whole."""
