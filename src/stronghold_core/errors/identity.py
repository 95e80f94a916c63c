"""Who is asking: people, passwords, tokens, sessions, second factors, keys and invitations.

What is told of a refused proof is the same whatever was wrong with it: whoever guesses learns nothing.
"""

from __future__ import annotations

from stronghold_core.errors.families import (
    AuthenticationError,
    ConflictError,
    RuleError,
    TooManyRequestsError,
    UnavailableError,
)


class SignInFailedError(AuthenticationError):
    """A name and a password do not belong together, or a code was wrong; which of them is not told."""

    code = "identity.sign_in_failed"
    template = "Name, password and code do not belong together: check all of them and try again."


class SecondFactorNeededError(AuthenticationError):
    """Name and password are right, and this person has a second factor: the code is missing."""

    code = "identity.second_factor_needed"
    template = "A code of the authenticator app, or a recovery code, is needed as well: send it with the password."


class TooManyAttemptsError(TooManyRequestsError):
    """Somebody failed to sign in by this name too often; whether anybody has it is not told."""

    code = "identity.too_many_attempts"
    template = "There were too many failed attempts by this name: try again in {retry_after_seconds} seconds."


class SessionEndedError(AuthenticationError):
    """A session or refresh token does not hold: unknown, too old, used already, or ended."""

    code = "identity.session_ended"
    template = "This session has ended: sign in again."


class ApiKeyRefusedError(AuthenticationError):
    """An API key does not hold: unknown, mistyped, too old or revoked."""

    code = "identity.api_key_refused"
    template = "This API key does not hold: check that it is whole, or ask for a new one."


class InvitationRefusedError(RuleError):
    """An invitation does not hold: unknown, too old, accepted, withdrawn, or whoever sent it may not any more."""

    code = "identity.invitation_refused"
    template = "This invitation does not hold any more: ask whoever sent it for a new one."


class PasswordRefusedError(RuleError):
    """A new password does not meet the rules."""

    code = "identity.password_refused"
    template = "This password can't be taken: {reason}"
    reason: str


class WrongCodeError(RuleError):
    """A code does not prove that the authenticator app has the secret."""

    code = "identity.wrong_code"
    template = "This code is not the present one: check the clock of the device, and enter the next code it shows."


class SecondFactorStateError(ConflictError):
    """A second factor is there already, or there is none."""

    code = "identity.second_factor_state"
    template = "{fact}"
    fact: str


class DuplicateUserError(ConflictError):
    """Somebody else signs in by that name, or is that principal."""

    code = "identity.duplicate_user"
    template = "Another user has this {field} already: choose another one."
    field: str


class HashingBusyError(UnavailableError):
    """Too many passwords are being checked at once."""

    code = "identity.hashing_busy"
    reason: str = "Too many people are signing in at this moment: try again in a few seconds."


class TokenRefusedError(AuthenticationError):
    """A token proves nobody.

    Its `refusal` is for logs and tests: whoever sent the token is told no more than that there is no valid proof.
    """

    code = "authentication.token"
    template = "The token proves nobody: {refusal}."
    refusal: str


class KeysUnavailableError(UnavailableError):
    """It can't be told whether tokens are good: their issuer's keys could not be read yet."""

    code = "unavailable.keys"
    template = "The keys of {issuer} can't be read just now, so that nobody with a token of theirs gets in: try again."
    issuer: str
