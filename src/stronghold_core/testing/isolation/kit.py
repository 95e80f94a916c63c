"""Trying every way from one tenant to another's rows, and seeing that none leads there."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sqlalchemy.exc import SQLAlchemyError

from stronghold_core.db import Base, TenantScoped
from stronghold_core.db.session import TenantSession
from stronghold_core.errors import NotFoundError, StrongholdError
from stronghold_core.testing.isolation import class_paths, table_paths
from stronghold_core.testing.isolation.host_rows import fill
from stronghold_core.testing.isolation.records import IsolationReport, Leak
from stronghold_core.testing.isolation.seats import Rows, SessionMaker, seated
from stronghold_core.testing.isolation.secrets import Secrets
from stronghold_core.testing.isolation.targets import Counted, Path, Seen, Target
from stronghold_core.testing.isolation.tenants import Belongings, nobodys, settle
from stronghold_core.testing.isolation.verbs import ATTEMPTS, Attempt, public_verbs

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from sqlalchemy import Table
    from sqlalchemy.orm import Mapper

    from stronghold_core.stronghold import Books, Stronghold
    from stronghold_core.testing.isolation.seats import Seat

Found: TypeAlias = "dict[Table, Rows]"

READS: Final = {**table_paths.READS, **class_paths.READS}
TABLE_PATHS: Final[dict[str, Path]] = {**table_paths.READS, **table_paths.WRITES, **table_paths.REFERENCES}
CLASS_PATHS: Final[dict[str, Path]] = {**class_paths.READS, **class_paths.WRITES}
_LOG: Final = "stronghold_audit_event"
_IDS: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|isolation[0-9a-f]{12}")
# SQLAlchemy asserts that no key is blanked out, where a row that others refer to is deleted.
_REFUSALS: Final = (StrongholdError, SQLAlchemyError, AssertionError)


def check_isolation(stronghold: Stronghold, *, rows: Mapping[str, Mapping[str, Any]] | None = None) -> IsolationReport:
    """Try every known way from one tenant to another's rows: by every verb, and to every table by every path.

    It needs a migrated database that it may fill, such as a test's, and leaves two tenants there. Tables of the host's
    that are registered with *stronghold* are attacked like the library's own.

    Args:
        stronghold: What to attack.
        rows: For tables of the host's whose rows can't be made up, because of a CHECK for one: a row each, by the
            table's name, without ``tenant_id``. What is left out of a row is made up.

    >>> from stronghold_core import Stronghold
    >>> with Stronghold("sqlite://") as stronghold:
    ...     _ = stronghold.migrate()
    ...     check_isolation(stronghold).faults
    []
    """
    return Kit(stronghold, rows or {}).report()


def _as_they_are(ids: Belongings) -> Belongings:
    return ids


class Kit:
    """One run against one database.

    Args:
        stronghold: What to attack.
        rows: The host's rows.
        make_session: What stands between an attacker and the database.
    """

    def __init__(
        self, stronghold: Stronghold, rows: Mapping[str, Mapping[str, Any]], make_session: SessionMaker = TenantSession
    ) -> None:
        self._stronghold = stronghold
        self._database = stronghold.database
        self._make_session = make_session
        self._leaks: list[Leak] = []
        self._gaps: list[str] = []
        self._tried: Counter[str] = Counter()
        self.theirs, self.own = settle(stronghold, amount=7_777_777), settle(stronghold, amount=3_333_333)
        self._database.ensure_ready()
        hosts = self._database.host_tables.of_tenants()
        for whose in (self.theirs, self.own):
            self._gaps += fill(stronghold, whose, hosts, rows)
        ours = [table for table in Base.metadata.sorted_tables if "tenant_id" in table.columns]
        self._tables = [*ours, *hosts]
        self._mappers = mappers()
        self._before = self._rows_of(self.theirs)
        own_rows = self._rows_of(self.own)
        self._secrets = Secrets(_every(self._before), _every(own_rows))

    def report(self) -> IsolationReport:
        """Make all attempts."""
        self.attack_tables()
        self.attack_verbs()
        self.enter()
        return self.result()

    def result(self) -> IsolationReport:
        """Say what was found so far."""
        return IsolationReport(
            attempts=self._tried.total(),
            targets=tuple(sorted(self._tried)),
            paths=(*TABLE_PATHS, *CLASS_PATHS),
            leaks=tuple(self._leaks),
            gaps=tuple(self._gaps),
        )

    # ------------------------------------------------------------------ tables

    def attack_tables(self) -> None:
        """Try every path to every table of tenants."""
        own = self._rows_of(self.own)
        for table in self._tables:
            if not self._before[table] or not own[table]:
                self._gaps.append(f"no row in {table.name} to attack")
                continue
            mapper = self._mappers.get(table.name)
            target = Target(table, mapper, self.theirs.tenant, self._before[table][0], own[table][0])
            for name, path in {**TABLE_PATHS, **(CLASS_PATHS if mapper is not None else {})}.items():
                self._try_path(name, path, target, len(own[table]))

    def _try_path(self, name: str, path: Path, target: Target, own_rows: int) -> None:
        self._tried[target.table.name] += 1
        with seated(self._database, self.own.tenant, self._make_session) as seat:
            try:
                found = self._quietly(path, seat, target)
            except _REFUSALS:
                found = None
            except Exception as error:  # noqa: BLE001 - an attempt that breaks by itself proves nothing
                self._gaps.append(f"{name} on {target.table.name} could not be tried: {type(error).__name__}: {error}")
                return
            if what := self._seen(found, own_rows) or (None if name in READS else self._changed(seat, target.table)):
                self._leaks.append(Leak(target=target.table.name, path=name, what=what))

    @staticmethod
    def _quietly(path: Path, seat: Seat, target: Target) -> object:
        """Follow a path; that SQLAlchemy warns of rows which were not met is what should be."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return path(seat, target)

    def _seen(self, found: object, own_rows: int) -> str | None:
        """Say what of theirs was seen, if anything."""
        if isinstance(found, Counted):
            return None if found.rows <= own_rows else f"counted {found.rows} rows, of which {own_rows} are own"
        if isinstance(found, Seen):
            return "saw that a row is there" if found.is_so else None
        secret = self._secrets.find_in(found)
        return None if secret is None else f"saw {secret!r}"

    def _changed(self, seat: Seat, table: Table) -> str | None:
        """Say what of theirs would be changed if the transaction were committed, or got into own rows."""
        if seat.has_ended:
            return None
        secret = self._secrets.find_in(seat.rows_of(self.own.tenant, table))
        if secret is not None:
            return f"an own row holds {secret!r}"
        return None if seat.rows_of(self.theirs.tenant, table) == self._before[table] else "changed their rows"

    # ------------------------------------------------------------------ verbs

    def attack_verbs(self) -> None:
        """Call every verb with their ids, and see that it answers as to nobody's."""
        for verb in public_verbs():
            if verb not in ATTEMPTS:
                self._gaps.append(f"no attempt for verb {verb}")
            for attempt in ATTEMPTS.get(verb, ()):
                with self.watched(f"books.{verb}", "a verb"):
                    self.call(verb, attempt)

    def call(
        self,
        verb: str,
        attempt: Attempt,
        *,
        of: Callable[[Belongings], Belongings] = _as_they_are,
        principal: str | None = None,
        read_only: bool = False,
    ) -> None:
        """Make one attempt by a verb: what it returns and raises must tell nothing.

        Args:
            verb: Its name.
            attempt: How it is called.
            of: Which of somebody's ids it is called with.
            principal: Which member calls it; the owner if left out.
            read_only: Whether it is called in a unit that only reads.
        """
        self._tried[f"books.{verb}"] += 1
        by = principal or self.own.principal
        missing, _ = self._outcome(attempt, of(nobodys(self.theirs)), by, read_only=read_only)
        answer, found = self._outcome(attempt, of(self.theirs), by, read_only=read_only)
        if answer != missing:
            what = f"answered {answer!r} for their ids, and {missing!r} for nobody's"
            self._leaks.append(Leak(target=f"books.{verb}", path="a verb", what=what))
        elif (secret := self._secrets.find_in(found)) is not None:
            self._leaks.append(Leak(target=f"books.{verb}", path="a verb", what=f"returned {secret!r}"))

    def _outcome(self, attempt: Attempt, ids: Belongings, principal: str, *, read_only: bool) -> tuple[str, object]:
        """Return what kind of answer there was, with ids blotted out, and the answer."""

        def do(books: Books) -> object:
            return attempt(books, ids, self.own)

        open_unit = self._stronghold.read if read_only else self._stronghold.run
        try:
            found = open_unit(self.own.tenant, principal=principal, do=do)
        except _REFUSALS as error:
            return _IDS.sub("…", f"{type(error).__name__}: {error}"), None
        return "an answer", found

    # ------------------------------------------------------------------ the door

    def enter(self) -> None:
        """Try to open their books as a member of another tenant: they must not seem to exist."""
        tenant, principal = self.theirs.tenant, self.own.principal

        def open_books(*, read_only: bool) -> None:
            with self._stronghold.books(tenant, principal=principal, read_only=read_only):
                pass

        doors: dict[str, Callable[[], object]] = {
            "books": lambda: open_books(read_only=False),
            "books, read only": lambda: open_books(read_only=True),
            "run": lambda: self._stronghold.run(tenant, principal=principal, do=lambda books: books.context),
            "read": lambda: self._stronghold.read(tenant, principal=principal, do=lambda books: books.context),
        }
        # Their audit log says who was turned away.
        for name, door in doors.items():
            self._tried["stronghold"] += 1
            with self.watched("stronghold", name, without=_LOG):
                try:
                    door()
                except NotFoundError:
                    continue
            self._leaks.append(Leak(target="stronghold", path=name, what="opened their books"))
        self._before = self._rows_of(self.theirs)

    # ------------------------------------------------------------------ what is there

    @contextmanager
    def watched(self, target: str, path: str, *, without: str | None = None) -> Generator[None]:
        """See that whatever is committed within the block changes none of their rows."""
        try:
            yield
        finally:
            for table, rows in self._rows_of(self.theirs).items():
                if table.name != without and rows != self._before[table]:
                    self._leaks.append(Leak(target=target, path=path, what=f"changed their rows in {table.name}"))
                    self._before[table] = rows

    def _rows_of(self, whose: Belongings) -> Found:
        with seated(self._database, whose.tenant, TenantSession) as seat:
            return {table: seat.rows_of(whose.tenant, table) for table in self._tables}
        raise AssertionError  # a seat swallows only its own undoing


def mappers() -> dict[str, Mapper[Any]]:
    """Return the mappers of all classes with the mixin, ours and the host's, by table."""
    found: dict[str, Mapper[Any]] = {}
    open_classes: list[type[Any]] = [TenantScoped]
    while open_classes:
        for cls in open_classes.pop().__subclasses__():
            open_classes.append(cls)
            mapper: Mapper[Any] | None = getattr(cls, "__mapper__", None)
            if mapper is not None:
                found[mapper.local_table.description] = mapper
    return found


def _every(found: Found) -> list[dict[str, Any]]:
    return [row for rows in found.values() for row in rows]
