"""Every setting of the core on one screen."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stronghold_core.errors import ConfigurationError
from stronghold_core.forms import Form


class Settings(Form):
    """How one `Stronghold` behaves. Immutable; the defaults are safe for money.

    Raises:
        ConfigurationError: If a setting is unknown, or out of its bounds; it names the first one.

    >>> Settings().app_role
    'stronghold_app'
    """

    app_role: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")] = "stronghold_app"
    """PostgreSQL role under which every unit of work runs; subject to row-level security."""

    dangerously_skip_row_level_security: bool = False
    """Work on PostgreSQL as the login role itself. Session guard and keys remain; the database's own wall does not."""

    busy_timeout_seconds: Annotated[float, Field(ge=0, le=300)] = 10.0
    """How long a SQLite writer waits for another one."""

    retry_attempts: Annotated[int, Field(ge=1, le=100)] = 8
    """How often `run` and `read` try a unit in all."""

    retry_first_delay_seconds: Annotated[float, Field(gt=0, le=10)] = 0.01
    """The mean pause before the second attempt; it doubles each time, up to a second."""

    max_entries_per_transaction: Annotated[int, Field(ge=2, le=10_000)] = 1_000
    """How many entries one transaction may have, corrections included."""

    max_drafts_per_batch: Annotated[int, Field(ge=1, le=100_000)] = 10_000
    """How many transactions `post_many` takes at once; memory grows with it."""

    max_category_depth: Annotated[int, Field(ge=1, le=32)] = 8
    """How deep the tree of categories may grow."""

    dashboard_cache_entries: Annotated[int, Field(ge=0, le=1_000_000)] = 1_000
    """How many answers of dashboards a process keeps; 0 keeps none."""

    dashboard_cache_bytes: Annotated[int, Field(ge=0)] = 64 * 2**20
    """How large the kept answers may be together, as JSON."""

    password_memory_kib: Annotated[int, Field(ge=19_456, le=2**22)] = 19_456
    """How much memory each check of a password takes, in KiB: argon2id's m. Sign-ins bring older hashes up to it."""

    password_iterations: Annotated[int, Field(ge=2, le=100)] = 2
    """How often argon2id goes through that memory: its t."""

    password_parallelism: Annotated[int, Field(ge=1, le=16)] = 1
    """How many lanes argon2id has: its p."""

    passwords_at_once: Annotated[int, Field(ge=1, le=1_000)] = 4
    """How many passwords a process checks at the same time; others wait for their turn."""

    session_days: Annotated[int, Field(ge=1, le=400)] = 30
    """After how many days everybody has to sign in again."""

    session_idle_days: Annotated[int, Field(ge=1, le=400)] = 14
    """After how many days without a refresh a session ends."""

    refresh_grace_seconds: Annotated[int, Field(ge=0, le=60)] = 15
    """How long a refresh token that was used is answered with the same successor, for requests that crossed."""

    second_factor_key: Annotated[bytes | None, Field(min_length=32, repr=False)] = None
    """What secrets of authenticator apps are encrypted with: 32 random bytes or more. Without it there are none."""

    @classmethod
    def refusal(cls, field: str, reason: str) -> ConfigurationError:
        """Make the error that says what is wrong with the setting *field*: the program's, not its user's."""
        return ConfigurationError(reason=f"The setting {field} can't be used: {reason}")
