"""Trees of hashes are those of RFC 9162: its vectors, and an implementation as short as its definition."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stronghold_core.audit.merkle import (
    EMPTY,
    Frontier,
    Tree,
    consistency_path,
    inclusion_path,
    is_consistent,
    leaf_hash,
    root_by_path,
    root_of,
)
from tests.support.transparency import tree_hash

ENTRIES = [bytes.fromhex(entry) for entry in ("", "00", "10", "2021", "3031", "40414243", "50" * 8, "60" * 16)]
ENTRIES[6:] = [bytes(range(0x50, 0x58)), bytes(range(0x60, 0x70))]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The roots over the first one, two, … of these, as the test vectors of Certificate Transparency have them."""

LEAVES = [leaf_hash(bytes([number])) for number in range(70)]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_vectors_of_certificate_transparency_hold(size: int) -> None:
    """Whoever wrote them knew nothing of us."""
    assert root_of(map(leaf_hash, ENTRIES[:size])).hex() == ROOTS[size - 1]


def test_a_tree_without_leaves_has_the_hash_of_nothing() -> None:
    """As the RFC says."""
    assert root_of([]) == EMPTY == sha256(b"").digest()


@given(st.lists(st.binary(max_size=40), max_size=70))
def test_any_tree_is_that_of_its_definition(entries: list[bytes]) -> None:
    """The one grows leaf by leaf, the other splits."""
    assert root_of(map(leaf_hash, entries)) == tree_hash(entries)


@given(st.integers(1, 70), st.data())
def test_each_leaf_leads_to_the_root_by_its_own_path_alone(size: int, data: st.DataObject) -> None:
    """Not from another place, not in a tree of another size, and not by a path that was touched."""
    index = data.draw(st.integers(0, size - 1))
    leaves, path = LEAVES[:size], inclusion_path(LEAVES[:size], index)
    root = root_of(leaves)
    assert root_by_path(leaves[index], index, size, path) == root
    assert root_by_path(leaf_hash(b"another"), index, size, path) != root
    assert all(
        root_by_path(leaves[index], other, size, path) != root for other in range(-1, size + 1) if other != index
    )
    assert root_by_path(leaves[index], index, size, [*path, EMPTY]) != root
    for place in range(len(path)):
        assert root_by_path(leaves[index], index, size, [*path[:place], EMPTY, *path[place + 1 :]]) != root
        assert root_by_path(leaves[index], index, size, [*path[:place], *path[place + 1 :]]) != root


@given(st.integers(0, 70), st.data())
def test_a_tree_is_the_beginning_of_each_that_it_grows_into(size: int, data: st.DataObject) -> None:
    """And of no other: neither root may be exchanged, and nothing of the path."""
    first = data.draw(st.integers(0, size))
    old, new = Tree(first, root_of(LEAVES[:first])), Tree(size, root_of(LEAVES[:size]))
    path = consistency_path(LEAVES[:size], first)
    assert is_consistent(old, new, path)
    assert not is_consistent(old, new, [*path, EMPTY])
    rewritten = root_of([leaf_hash(b"another"), *LEAVES[1:size]])
    if first:
        assert not is_consistent(old, Tree(size, rewritten), path)
    for place in range(len(path)):
        assert not is_consistent(old, new, [*path[:place], leaf_hash(b"x"), *path[place + 1 :]])
        assert not is_consistent(old, new, [*path[:place], *path[place + 1 :]])


def test_a_tree_never_shrinks() -> None:
    """What is asked the wrong way round is no proof."""
    old, new = Tree(3, root_of(LEAVES[:3])), Tree(7, root_of(LEAVES[:7]))
    assert not is_consistent(new, old, consistency_path(LEAVES[:7], 3))
    assert not is_consistent(Tree(-1, EMPTY), new, [])


@given(st.integers(0, 70))
def test_a_frontier_is_written_down_and_read_again(size: int) -> None:
    """And then it grows on as if nothing had been."""
    grown = Frontier()
    for leaf in LEAVES[:size]:
        grown.append(leaf)
    again = Frontier.read(size, grown.written())
    for frontier in (grown, again):
        frontier.append(EMPTY)
    assert again.root == grown.root == root_of([*LEAVES[:size], EMPTY])


@pytest.mark.parametrize(("size", "written"), [(1, b""), (0, bytes(32)), (3, bytes(32)), (1, bytes(31))])
def test_a_frontier_of_another_size_is_none(size: int, written: bytes) -> None:
    """Somebody wrote it who is not us."""
    with pytest.raises(ValueError, match=r"^[0-9]+$"):
        Frontier.read(size, written)
