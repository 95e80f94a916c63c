"""Merkle trees as RFC 9162 (Certificate Transparency 2.0), section 2.1, defines them: SHA-256 over leaves, in order.

A tree of *n* leaves splits at the largest power of two below *n*. Leaves and inner nodes are hashed with different
prefixes, so that neither can be taken for the other. A proof is a list of hashes: as many as the tree is deep.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HASH_BYTES: Final = 32
EMPTY: Final = hashlib.sha256().digest()
"""The root of a tree without leaves."""


class Tree(NamedTuple):
    """What can be said of a whole tree in a line."""

    size: int
    root: bytes


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf that holds *entry*.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that grows, kept as the roots of its full subtrees alone: one for each bit of its size.

    >>> grown = Frontier()
    >>> for entry in (b"a", b"b", b"c"):
    ...     grown.append(leaf_hash(entry))
    >>> grown.size, grown.root == root_of([leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")])
    (3, True)
    >>> Frontier.read(grown.size, grown.written()).root == grown.root
    True
    """

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    @classmethod
    def read(cls, size: int, written: bytes) -> Frontier:
        """Return the frontier of *size* leaves that `written` gave.

        Raises:
            ValueError: If it can be none of that size.
        """
        if len(written) != HASH_BYTES * size.bit_count():
            raise ValueError(len(written))
        frontier = cls()
        frontier.size = size
        frontier._peaks = [written[at : at + HASH_BYTES] for at in range(0, len(written), HASH_BYTES)]
        return frontier

    def written(self) -> bytes:
        """Return it as bytes, the largest subtree first."""
        return b"".join(self._peaks)

    def append(self, leaf: bytes) -> None:
        """Add the hash of one more leaf."""
        size, peak = self.size, leaf
        while size & 1:
            peak = node_hash(self._peaks.pop(), peak)
            size >>= 1
        self._peaks.append(peak)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The root of the whole tree."""
        if not self._peaks:
            return EMPTY
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root of the tree over the hashes of its *leaves*.

    >>> root_of([]) == EMPTY
    True
    """
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return what leads from the leaf at *index* to the root: the neighbour at each level, the lowest first.

    >>> leaves = [leaf_hash(bytes([number])) for number in range(7)]
    >>> root_by_path(leaves[4], 4, 7, inclusion_path(leaves, 4)) == root_of(leaves)
    True
    """
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_path(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion_path(leaves[split:], index - split), root_of(leaves[:split])]


def root_by_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that *path* leads to from a *leaf*; none if it can lead to none (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    at, last, root = index, size - 1, leaf
    for neighbour in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            root = node_hash(neighbour, root)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, neighbour)
        at, last = at >> 1, last >> 1
    return root if last == 0 else None


def consistency_path(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """Return what proves that the tree of the *first* leaves is the beginning of the tree of all (RFC 9162, 2.1.4.1).

    >>> leaves = [leaf_hash(bytes([number])) for number in range(7)]
    >>> is_consistent(Tree(3, root_of(leaves[:3])), Tree(7, root_of(leaves)), consistency_path(leaves, 3))
    True
    """
    return _subproof(leaves, first, is_whole=True) if first else []


def _subproof(leaves: Sequence[bytes], first: int, *, is_whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if is_whole else [root_of(leaves)]
    split = _split(len(leaves))
    if first <= split:
        return [*_subproof(leaves[:split], first, is_whole=is_whole), root_of(leaves[split:])]
    return [*_subproof(leaves[split:], first - split, is_whole=False), root_of(leaves[:split])]


def is_consistent(old: Tree, new: Tree, path: Sequence[bytes]) -> bool:
    """Tell whether *path* proves that the *old* tree is the beginning of the *new* one (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not path
    if not 0 <= old.size < new.size:
        return False
    if old.size == 0:
        return old.root == EMPTY and not path
    steps = [old.root, *path] if old.size.bit_count() == 1 else [*path]
    if not steps:
        return False
    at, last = old.size - 1, new.size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, step)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old.root and after == new.root


def _split(size: int) -> int:
    """Return the largest power of two below *size*."""
    return 1 << ((size - 1).bit_length() - 1)
