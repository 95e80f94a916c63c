"""What each wall stops: tried by taking the others down, in a database that belongs to the test alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stronghold_core.testing.isolation import kit
from stronghold_core.testing.isolation.table_paths import REFERENCES
from tests.support.walls import DATABASE, KEYS, SESSION, besieged, unguarded

if TYPE_CHECKING:
    from collections.abc import Collection

    from stronghold_core.testing.isolation import IsolationReport

NEVER_ON_SQLITE = {"a copy out"}
"""The paths that only PostgreSQL has."""


def attacked(hosted_url: str, owner_url: str, *, without: Collection[str]) -> IsolationReport:
    """Attack every table by every path, with some walls down."""
    with besieged(hosted_url, owner_url=owner_url, without=without) as siege:
        siege.attack_tables()
        return siege.result()


def leaking(report: IsolationReport) -> set[str]:
    """Name the paths that led to another tenant's rows; what could not be tried would prove nothing."""
    assert report.gaps == ()
    return {leak.path for leak in report.leaks}


@pytest.mark.postgres
@pytest.mark.parametrize("hosted_url", ["postgresql"], indirect=True)
class TestOnPostgreSQL:
    """There all walls stand."""

    @pytest.mark.parametrize("wall", [SESSION, DATABASE])
    def test_with_any_one_wall_off_nothing_leaks(self, hosted_url: str, owner_url: str, wall: str) -> None:
        """Each of them is a second one for the other."""
        assert leaking(attacked(hosted_url, owner_url, without={wall})) == set()

    @pytest.mark.parametrize("wall", [SESSION, DATABASE])
    def test_with_any_one_wall_off_no_verb_leaks(
        self, hosted_url: str, owner_url: str, wall: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Verbs have sessions of their own, so there the guard is taken out of the unit of work."""
        with besieged(hosted_url, owner_url=owner_url, without={wall}) as siege:
            if wall == SESSION:
                monkeypatch.setattr("stronghold_core.db.unit.TenantSession", unguarded)
            siege.attack_verbs()
            siege.enter()
            assert siege.result().faults == []

    @pytest.mark.parametrize("others", [[], [SESSION]], ids=["alone", "with the session's guard"])
    def test_without_keys_rows_may_point_to_another_but_none_is_read_or_changed(
        self, hosted_url: str, owner_url: str, others: list[str]
    ) -> None:
        """Row-level security does not look at what a row refers to; with its guard off, too, it stands alone."""
        assert leaking(attacked(hosted_url, owner_url, without={KEYS, *others})) <= {*REFERENCES}

    def test_keys_alone_stop_every_reference_to_another(self, hosted_url: str, owner_url: str) -> None:
        """And nothing else: every other path leads through."""
        found = leaking(attacked(hosted_url, owner_url, without={SESSION, DATABASE}))
        assert found == {*kit.TABLE_PATHS, *kit.CLASS_PATHS} - {*REFERENCES}

    def test_without_any_wall_every_path_leaks(self, hosted_url: str, owner_url: str) -> None:
        """So the kit sees, and each of its attempts is one."""
        found = leaking(attacked(hosted_url, owner_url, without={SESSION, DATABASE, KEYS}))
        assert found == {*kit.TABLE_PATHS, *kit.CLASS_PATHS}


@pytest.mark.parametrize("hosted_url", ["sqlite"], indirect=True)
class TestOnSQLite:
    """There are two walls, each for its own attacks."""

    def test_without_keys_the_session_still_stops_reads_and_writes(self, hosted_url: str) -> None:
        """What a row refers to is nothing that it looks at."""
        assert leaking(attacked(hosted_url, "", without={KEYS})) == {*REFERENCES}

    def test_without_the_session_only_references_are_stopped(self, hosted_url: str) -> None:
        """There is no wall behind it: whoever goes around the session on SQLite is through."""
        found = leaking(attacked(hosted_url, "", without={SESSION}))
        assert found == {*kit.TABLE_PATHS, *kit.CLASS_PATHS} - {*REFERENCES} - NEVER_ON_SQLITE

    def test_without_the_session_verbs_leak(self, hosted_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """So the attempts by verbs are such as lead through where nothing stops them."""
        with besieged(hosted_url, without={SESSION}) as siege:
            monkeypatch.setattr("stronghold_core.db.unit.TenantSession", unguarded)
            siege.attack_verbs()
            assert {leak.target for leak in siege.result().leaks} >= {"books.accounts.list", "books.categories.list"}

    def test_without_any_wall_every_path_leaks(self, hosted_url: str) -> None:
        """So the kit sees, and each of its attempts is one."""
        found = leaking(attacked(hosted_url, "", without={SESSION, KEYS}))
        assert found == {*kit.TABLE_PATHS, *kit.CLASS_PATHS} - NEVER_ON_SQLITE
