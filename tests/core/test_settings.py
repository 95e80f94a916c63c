"""Settings have safe defaults, stated bounds, and no unknown names."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from stronghold_core import Settings
from stronghold_core.errors import ConfigurationError


def test_the_defaults_are_the_safe_ones() -> None:
    """Nothing has to be set: row-level security is on, and every number lies inside its bounds."""
    defaults = Settings()
    assert defaults.app_role == "stronghold_app"
    assert not defaults.dangerously_skip_row_level_security
    assert Settings(**defaults.model_dump()) == defaults


def test_settings_cannot_be_changed() -> None:
    """What was decided at the start holds to the end."""
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.retry_attempts = 1  # type: ignore[misc]


def test_a_misspelt_setting_is_refused() -> None:
    """A setting that nothing reads would be believed to hold."""
    misspelt: dict[str, Any] = {"retry_atempts": 3}
    with pytest.raises(ConfigurationError, match=r"retry_atempts .* has no such field; it has app_role, "):
        Settings(**misspelt)


@pytest.mark.parametrize("name", ["stronghold_app", "_app", "a", "app_2", "x" * 63])
def test_the_app_role_is_a_plain_name(name: str) -> None:
    """What needs no quoting in SQL is allowed, up to PostgreSQL's length."""
    assert Settings(app_role=name).app_role == name


@pytest.mark.parametrize(
    "name", ["", "App", "2app", "a b", 'a"; drop role postgres; --', "a\n", "x" * 64, "ärger", "a-b"]
)
def test_an_app_role_that_could_be_more_than_a_name_is_refused(name: str) -> None:
    """It is written into the SQL of migrations, so nothing but a name may ever get there."""
    with pytest.raises(ConfigurationError, match="app_role"):
        Settings(app_role=name)


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        ("busy_timeout_seconds", 0, 300),
        ("retry_attempts", 1, 100),
        ("max_entries_per_transaction", 2, 10_000),
        ("max_drafts_per_batch", 1, 100_000),
        ("max_category_depth", 1, 32),
    ],
)
def test_a_number_has_bounds(name: str, lowest: int, highest: int) -> None:
    """Both ends are allowed, the next number is not."""
    for allowed in (lowest, highest):
        assert getattr(Settings.model_validate({name: allowed}), name) == allowed
    for refused in (lowest - 1, highest + 1):
        with pytest.raises(ConfigurationError, match=name):
            Settings.model_validate({name: refused})


@pytest.mark.parametrize("pause", [0, -0.01, 10.01, float("nan"), float("inf")], ids=str)
def test_a_first_pause_is_more_than_nothing_and_no_more_than_ten_seconds(pause: float) -> None:
    """Without any pause two units in conflict would meet again and again."""
    with pytest.raises(ConfigurationError, match="retry_first_delay_seconds"):
        Settings(retry_first_delay_seconds=pause)
    assert Settings(retry_first_delay_seconds=10).retry_first_delay_seconds == 10
