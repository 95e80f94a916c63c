"""An independent verifier of our proofs, as short as RFC 9162 and our page on proofs make it: nothing of ours is used.

It knows what JSON, SHA-256 and Ed25519 are, and gets proofs as anybody would who has no access to the database.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any


def canonical(document: object) -> bytes:
    """Write JSON in its one form."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def hash_leaf(entry: bytes) -> bytes:
    """Hash a leaf."""
    return sha256(b"\x00" + entry).digest()


def tree_hash(entries: list[bytes]) -> bytes:
    """Hash a tree, by its definition (RFC 9162, 2.1.1)."""
    if len(entries) < 2:
        return hash_leaf(entries[0]) if entries else sha256(b"").digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return sha256(b"\x01" + tree_hash(entries[:split]) + tree_hash(entries[split:])).digest()


def climb(leaf: bytes, index: int, size: int, path: list[str]) -> bytes:
    """Return the root that a path leads to (RFC 9162, 2.1.3.2, told from the top down)."""
    if size == 1:
        assert not path
        return leaf
    split = 1
    while split * 2 < size:
        split *= 2
    top = bytes.fromhex(path[-1])
    if index < split:
        return sha256(b"\x01" + climb(leaf, index, split, path[:-1]) + top).digest()
    return sha256(b"\x01" + top + climb(leaf, index - split, size - split, path[:-1])).digest()


def proves_inclusion(proof: dict[str, Any]) -> bool:
    """Tell whether a proof leads from its event to the root of its checkpoint."""
    batch, checkpoint = proof["batch"], proof["checkpoint"]
    size, index = batch["last_seq"] - batch["first_seq"] + 1, proof["entry"]["seq"] - batch["first_seq"]
    in_batch = climb(hash_leaf(canonical(proof["entry"])), index, size, proof["batch_path"])
    in_log = climb(hash_leaf(canonical(batch)), batch["number"] - 1, checkpoint["batches"], proof["log_path"])
    tenants = {part["tenant_id"] for part in (proof["entry"], batch, checkpoint)}
    return len(tenants) == 1 and (in_batch.hex(), in_log.hex()) == (batch["root"], checkpoint["root"])


def statement(checkpoint: dict[str, Any]) -> bytes:
    """Return what the signature of a checkpoint is made over."""
    said = {name: value for name, value in checkpoint.items() if name != "signature" and value is not None}
    said["sealed_at"] = said["sealed_at"].replace("Z", "+00:00")
    return canonical({"format": "financial-stronghold checkpoint 1", **said})
