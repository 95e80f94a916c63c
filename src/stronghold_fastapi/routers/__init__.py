"""The routes, one module a noun: each endpoint is one verb of core."""
