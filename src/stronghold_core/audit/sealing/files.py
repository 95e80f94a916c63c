"""Keeping checkpoints in a file, where nobody who can write to the database should be able to write."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from stronghold_core.audit.sealing.records import Checkpoint
from stronghold_core.errors import ProofRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stronghold_core.ids import TenantId


class CheckpointFile:
    """A file of checkpoints, one JSON document a line: called with one, it adds it, and waits until it is on the disk.

    A file system on the same machine is reached by whoever administrates the database there. An object store that keeps
    what it was given, or another person's machine, is better; a callable of the host's own leads there.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def __call__(self, checkpoint: Checkpoint) -> None:
        """Add a checkpoint."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{checkpoint.model_dump_json()}\n")
            file.flush()
            os.fsync(file.fileno())

    def __iter__(self) -> Iterator[Checkpoint]:
        """Go through what is kept, in the order in which it came.

        Raises:
            ProofRefusedError: If a line is none of a checkpoint, unless it is the last, which may have been cut short.
        """
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                try:
                    yield Checkpoint.model_validate_json(line)
                except ValidationError as error:
                    if line.endswith("\n"):
                        raise ProofRefusedError from error

    def latest(self, tenant_id: TenantId) -> Checkpoint | None:
        """Return the one of a tenant's log that tells of the most; none if none is kept."""
        of_tenant = [checkpoint for checkpoint in self if checkpoint.tenant_id == tenant_id]
        return max(of_tenant, key=lambda checkpoint: checkpoint.batches, default=None)
