"""Checking proofs without a database: nothing but hashes, and a signature if there is a key.

Whatever does not fit is refused with the same words, whoever sent it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import BaseModel

from stronghold_core.audit.merkle import HASH_BYTES, Tree, is_consistent, leaf_hash, root_by_path
from stronghold_core.audit.proofs.records import ConsistencyProof, InclusionProof
from stronghold_core.audit.rules import canonical, commitment
from stronghold_core.audit.sealing.records import Checkpoint
from stronghold_core.audit.sealing.rules import is_same, statement
from stronghold_core.errors import ProofRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stronghold_core.audit.verification.records import Verifiers

Form = TypeVar("Form", bound=BaseModel)

MAX_STEPS: Final = 64
"""A path is as long as a tree is deep, and none has more leaves than 63 bits count."""


def verify_inclusion(
    proof: InclusionProof | str, *, kept: Checkpoint | None = None, keys: Verifiers | None = None
) -> InclusionProof:
    """Pass if *proof* leads from its event to its checkpoint; it can be read then.

    Args:
        proof: As it was given, or its JSON.
        kept: The checkpoint that it must lead to, from a place that nobody who can write to the database can reach.
        keys: By which the checkpoint must be signed.

    Without either, a proof only agrees with itself.

    Raises:
        ProofRefusedError: If it does not; nothing says why.
    """
    given = _read(InclusionProof, proof)
    entry, batch, checkpoint = given.entry, given.batch, given.checkpoint
    try:
        seq, first, last = _number(entry, "seq"), _number(batch, "first_seq"), _number(batch, "last_seq")
        number = _number(batch, "number")
        of_one = {entry["tenant_id"], batch["tenant_id"], str(checkpoint.tenant_id)}
        in_batch = _climbed(entry, seq - first, last - first + 1, given.batch_path)
        in_log = _climbed(batch, number - 1, checkpoint.batches, given.log_path)
        committed = given.opening is None or entry["commitment"] == _committed(given)
        is_held = in_batch == batch["root"] and in_log == checkpoint.root and last <= checkpoint.events
    except (KeyError, ValueError, UnicodeError) as error:
        raise ProofRefusedError from error
    if not (len(of_one) == 1 and committed and is_held):
        raise ProofRefusedError
    _check_checkpoint(checkpoint, kept, keys)
    return given


def verify_consistency(
    proof: ConsistencyProof | str, *, kept: Checkpoint | None = None, keys: Verifiers | None = None
) -> ConsistencyProof:
    """Pass if *proof* shows that its newer log only adds to its older one.

    Args:
        proof: As it was given, or its JSON.
        kept: What the older checkpoint must be: the one that was kept.
        keys: By which the newer checkpoint must be signed.

    Raises:
        ProofRefusedError: If it does not; nothing says why.
    """
    given = _read(ConsistencyProof, proof)
    older, newer = given.older, given.newer
    try:
        path = _hashes(given.path)
        old, new = Tree(older.batches, bytes.fromhex(older.root)), Tree(newer.batches, bytes.fromhex(newer.root))
    except ValueError as error:
        raise ProofRefusedError from error
    is_of_one = older.tenant_id == newer.tenant_id and older.events <= newer.events
    if not is_of_one or not is_consistent(old, new, path) or (kept is not None and not is_same(kept, older)):
        raise ProofRefusedError
    _check_checkpoint(newer, None, keys)
    return given


def verify_checkpoint(checkpoint: Checkpoint | str, *, keys: Verifiers) -> Checkpoint:
    """Pass if *checkpoint* is signed by one of *keys*.

    Raises:
        ProofRefusedError: If it is not.
    """
    given = _read(Checkpoint, checkpoint)
    _check_checkpoint(given, None, keys)
    return given


def _check_checkpoint(checkpoint: Checkpoint, kept: Checkpoint | None, keys: Verifiers | None) -> None:
    if kept is not None and not is_same(kept, checkpoint):
        raise ProofRefusedError
    if keys is None:
        return
    key = keys.find(checkpoint.key_id or "")
    try:
        is_signed = key is not None and key.verify(bytes.fromhex(checkpoint.signature or ""), statement(checkpoint))
    except ValueError as error:
        raise ProofRefusedError from error
    if not is_signed:
        raise ProofRefusedError


def _read(form: type[Form], given: Form | str) -> Form:
    if isinstance(given, form):
        return given
    try:
        return form.model_validate_json(str(given))
    except (ValueError, RecursionError) as error:
        raise ProofRefusedError from error


def _number(fields: dict[str, str | int], name: str) -> int:
    found = fields[name]
    if not isinstance(found, int) or not 0 < found < 1 << 63:
        raise ValueError(name)
    return found


def _climbed(fields: dict[str, str | int], index: int, size: int, path: Iterable[str]) -> str | None:
    """Return the root that *path* leads to from what *fields* say."""
    root = root_by_path(leaf_hash(canonical(fields).encode()), index, size, _hashes(path))
    return None if root is None else root.hex()


def _hashes(path: Iterable[str]) -> list[bytes]:
    hashes = [bytes.fromhex(step) for step in path]
    if len(hashes) > MAX_STEPS or any(len(step) != HASH_BYTES for step in hashes):
        raise ValueError(len(hashes))
    return hashes


def _committed(proof: InclusionProof) -> str | None:
    """Return what the opening's payload commits to."""
    if proof.opening is None:
        return None
    json.loads(proof.opening.payload)
    return commitment(bytes.fromhex(proof.opening.salt), proof.opening.payload).hex()
