"""A proof is checked with nothing but itself, a kept checkpoint and a key; whatever does not fit is refused alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stronghold_core import (
    CheckpointFile,
    ConsistencyProof,
    InclusionProof,
    ProofRefusedError,
    verify_checkpoint,
    verify_consistency,
    verify_inclusion,
)
from stronghold_core.errors import NotFoundError, NotSealedError, PermissionDeniedError
from stronghold_core.ids import new_id
from tests.support.sealed import Keys, Sealed, sealed
from tests.support.signing import TestKey
from tests.support.transparency import proves_inclusion, statement

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["sealed"]


def proof(sealed: Sealed, seq: int, **options: bool) -> InclusionProof:
    """Prove an event of Acme's."""
    event_id = sealed.event(seq)
    with sealed.acme.books(read_only=True) as books:
        return books.audit.prove(event_id, **options)


# --- an event is in the log


def test_each_event_is_proved_to_whoever_has_no_database(sealed: Sealed) -> None:
    """By our verifier, from JSON, and by one that shares no line with it."""
    for seq in range(1, 12):
        text = proof(sealed, seq).model_dump_json()
        assert verify_inclusion(text, kept=sealed.checkpoints[-1], keys=sealed.keys).entry["seq"] == seq
        document = json.loads(text)
        assert proves_inclusion(document)
        signature = bytes.fromhex(document["checkpoint"]["signature"])
        assert sealed.key.verify(signature, statement(document["checkpoint"]))


def test_a_proof_discloses_a_payload_only_if_it_is_asked_to(sealed: Sealed) -> None:
    """Then it is proved as well."""
    assert proof(sealed, 4).opening is None
    assert "Acme 1" not in proof(sealed, 4).model_dump_json()
    opened = proof(sealed, 4, with_payload=True)
    assert opened.opening is not None
    assert json.loads(opened.opening.payload)["after"] == {"name": "Acme 2 of user:ada"}
    assert verify_inclusion(opened) is opened


def test_an_event_that_waits_has_no_proof(sealed: Sealed) -> None:
    """It says what to do; one that is not there, or another tenant's, is missing."""
    sealed.rename(sealed.acme, 1)
    with sealed.acme.books() as books:
        waiting = books.audit.list(limit=1).items[0].id
        with pytest.raises(NotSealedError, match="stronghold seal"):
            books.audit.prove(waiting)
        with pytest.raises(NotFoundError):
            books.audit.prove(new_id())
    first = sealed.event(1)
    with sealed.rival.books() as books, pytest.raises(NotFoundError):
        books.audit.prove(first)


def test_who_may_not_read_the_log_gets_no_proof(sealed: Sealed) -> None:
    """It is the same permission."""
    event_id = sealed.event(1)
    desk = sealed.acme.seat(f"user:{new_id()}", "accountant")
    with desk.books() as books:
        with pytest.raises(PermissionDeniedError):
            books.audit.prove(event_id)
        with pytest.raises(PermissionDeniedError):
            books.audit.prove_growth(sealed.checkpoints[0])


FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "who acted": lambda p: p["entry"].update(actor="user:eve"),
    "its number": lambda p: p["entry"].update(seq=7),
    "a number that is text": lambda p: p["entry"].update(seq="6"),
    "a number that is none": lambda p: p["entry"].update(seq=0),
    "a number that is left out": lambda p: p["entry"].pop("seq"),
    "something more": lambda p: p["entry"].update(reason="none"),
    "another tenant": lambda p: p["entry"].update(tenant_id=str(new_id())),
    "the batch's root": lambda p: p["batch"].update(root="0" * 64),
    "the batch's number": lambda p: p["batch"].update(number=2),
    "the batch's range": lambda p: p["batch"].update(first_seq=6),
    "the path in the batch": lambda p: p.update(batch_path=p["batch_path"][:-1]),
    "a step of it": lambda p: p["batch_path"].__setitem__(0, "0" * 64),
    "a step that is no hash": lambda p: p["batch_path"].__setitem__(0, "00"),
    "a step that is no number": lambda p: p["batch_path"].__setitem__(0, "zz"),
    "the path in the log": lambda p: p.update(log_path=[]),
    "a path without end": lambda p: p.update(log_path=p["log_path"] * 99),
    "the checkpoint's root": lambda p: p["checkpoint"].update(root="0" * 64),
    "the checkpoint's size": lambda p: p["checkpoint"].update(batches=3),
    "the checkpoint's events": lambda p: p["checkpoint"].update(events=5),
    "the checkpoint's tenant": lambda p: p["checkpoint"].update(tenant_id=str(new_id())),
    "the signature": lambda p: p["checkpoint"].update(signature="00" * 64),
    "no signature": lambda p: p["checkpoint"].update(signature=None),
    "a signature that is none": lambda p: p["checkpoint"].update(signature="zz"),
    "the key": lambda p: p["checkpoint"].update(key_id="k-2"),
    "when": lambda p: p["checkpoint"].update(sealed_at="2026-11-21T13:00:00Z"),
    "the payload": lambda p: p["opening"].update(payload="{}"),
    "a payload that is none": lambda p: p["opening"].update(payload="no"),
    "the salt": lambda p: p["opening"].update(salt="00"),
    "a part that is missing": lambda p: p.pop("batch"),
}


def test_what_was_changed_in_a_proof_is_refused_without_a_word_why(sealed: Sealed) -> None:
    """Each by itself; the message is the same for all of them."""
    honest = proof(sealed, 6, with_payload=True).model_dump_json()
    verify_inclusion(honest, keys=sealed.keys)
    messages = set()
    for name, forge in FORGERIES.items():
        document = json.loads(honest)
        forge(document)
        with pytest.raises(ProofRefusedError) as caught:
            pytest.fail(f"{name}: {verify_inclusion(json.dumps(document), keys=sealed.keys)}")
        messages.add(str(caught.value))
    assert len(messages) == 1


def test_a_proof_for_another_tree_is_refused(sealed: Sealed) -> None:
    """An honest one, of another tenant, or for a checkpoint that is not the kept one."""
    given = proof(sealed, 6)
    with sealed.rival.books() as books:
        (theirs,) = books.audit.checkpoints()
        assert verify_inclusion(books.audit.prove(books.audit.list(limit=1).items[0].id), kept=theirs)
    for kept in (theirs, *sealed.checkpoints[:-1]):
        with pytest.raises(ProofRefusedError):
            verify_inclusion(given, kept=kept)
    for keys in (Keys(), Keys(TestKey(sealed.key.kid))):
        with pytest.raises(ProofRefusedError):
            verify_inclusion(given, keys=keys)


@given(st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
def test_whatever_is_no_proof_is_refused_by_its_one_error(junk: str) -> None:
    """Not by one of JSON's or of ours inside."""
    for verify in (verify_inclusion, verify_consistency):
        with pytest.raises(ProofRefusedError):
            verify(junk)
    with pytest.raises(ProofRefusedError):
        verify_checkpoint(junk, keys=Keys())


# --- the log only grew


def test_the_log_of_each_kept_checkpoint_is_the_beginning_of_the_present_one(sealed: Sealed) -> None:
    """Checked without the database."""
    for kept in sealed.checkpoints:
        with sealed.acme.books() as books:
            text = books.audit.prove_growth(kept).model_dump_json()
        shown = verify_consistency(text, kept=kept, keys=sealed.keys)
        assert shown.newer == sealed.checkpoints[-1]


def test_a_log_that_is_no_continuation_has_no_proof(sealed: Sealed) -> None:
    """Neither of another tenant's checkpoint, nor of one that was made up."""
    with sealed.rival.books() as books:
        (theirs,) = books.audit.checkpoints()
    first = sealed.checkpoints[0]
    for made_up in (theirs, first.model_copy(update={"root": "0" * 64}), first.model_copy(update={"batches": 99})):
        with sealed.acme.books() as books, pytest.raises(ProofRefusedError):
            books.audit.prove_growth(made_up)


def test_what_was_changed_in_a_proof_of_growth_is_refused(sealed: Sealed) -> None:
    """Each part by itself."""
    first, second = sealed.checkpoints[:2]
    with sealed.acme.books() as books:
        honest = books.audit.prove_growth(second)
    changed: list[dict[str, Any]] = [
        {"older": first},
        {"newer": second},
        {"path": honest.path[1:]},
        {"path": ("0" * 64, *honest.path[1:])},
        {"path": ("zz",)},
        {"older": second.model_copy(update={"root": "zz"})},
        {"newer": honest.newer.model_copy(update={"tenant_id": new_id()})},
        {"older": second.model_copy(update={"events": 99})},
    ]
    for change in changed:
        with pytest.raises(ProofRefusedError):
            verify_consistency(honest.model_copy(update=change), keys=sealed.keys)
    with pytest.raises(ProofRefusedError):
        verify_consistency(honest, kept=first)
    assert isinstance(verify_consistency(honest, kept=second), ConsistencyProof)


# --- checkpoints elsewhere


def test_checkpoints_are_kept_in_a_file(sealed: Sealed, tmp_path: Path) -> None:
    """A line each; the latest of a tenant is found again, and a line that was cut short at the end is no fault."""
    file = CheckpointFile(tmp_path / "checkpoints.jsonl")
    assert file.latest(sealed.acme.tenant.id) is None
    for checkpoint in sealed.checkpoints:
        file(checkpoint)
    assert [*file] == sealed.checkpoints
    assert file.latest(sealed.acme.tenant.id) == sealed.checkpoints[-1]
    assert file.latest(sealed.rival.tenant.id) is None
    assert all(verify_checkpoint(kept, keys=sealed.keys) for kept in file)
    with file.path.open("a") as written:
        written.write('{"tenant_id"')
    assert [*file] == sealed.checkpoints
    file.path.write_text("no checkpoint\n")
    with pytest.raises(ProofRefusedError):
        list(file)
