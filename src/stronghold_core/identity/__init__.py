"""Who is asking: an optional part, since a host may know that by other means."""
