"""The FastAPI adapter: will hold the thin layer that turns HTTP into one verb of core and its record into HTTP."""
