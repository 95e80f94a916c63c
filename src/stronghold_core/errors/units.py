"""Errors of units of work that a program uses against their order."""

from __future__ import annotations

from stronghold_core.errors.families import ConfigurationError


class UnitAlreadyOpenError(ConfigurationError):
    """A second unit of work was opened on a connection that already serves one."""

    code = "unit.already_open"
    template = (
        "This connection already serves a unit of work for tenant {tenant_id} and {principal}: leave that block first, "
        "or open the second one on a connection of its own."
    )
    tenant_id: object
    principal: str


class UnitClosedError(ConfigurationError):
    """The unit of work was used after its block had ended."""

    code = "unit.closed"
    template = "This unit of work has ended: open a new one with stronghold.books(…)."


class UnitBrokenError(ConfigurationError):
    """A statement failed in a way that spoiled the whole transaction."""

    code = "unit.broken"
    template = "This unit of work can only be rolled back, because an earlier statement failed in it: {cause}"
    cause: str


class TransactionEndedError(ConfigurationError):
    """The host committed or rolled back inside the block of a unit that had joined its transaction."""

    code = "unit.transaction_ended"
    template = (
        "The transaction that this unit joined was ended inside the unit's block. What the unit had done by then is "
        "committed if you committed, and gone if you rolled back: look before you repeat it, and end your transaction "
        "after the block."
    )


class CallbackFailedError(ConfigurationError):
    """Something that was to happen after the commit failed; the money is committed all the same.

    Never retried: running the unit again would post it again.
    """

    code = "unit.callback_failed"
    template = "The unit of work is committed, but a callback after it failed ({cause}): do only that again."
    cause: str


class ReadOnlyUnitError(ConfigurationError):
    """A verb that writes was called in a read unit."""

    code = "unit.read_only"
    template = "This unit of work only reads: call the verb in stronghold.books(…) or stronghold.run(…)."
