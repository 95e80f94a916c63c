"""The posting engine: the only way money gets into the books."""
