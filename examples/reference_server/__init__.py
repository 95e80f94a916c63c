"""A whole product on top of the library: a server with a dashboard, on made-up books. Run it with `./dev demo`.

Read `app` first: it says what is where. Everything about money comes from `stronghold_core`; what stands here shows it.
"""

from __future__ import annotations
