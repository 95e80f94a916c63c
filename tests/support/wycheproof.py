"""Wycheproof's attacks on JSON Web Signatures and Keys, against what reads our tokens.

`python -m tests.support.wycheproof FOLDER` runs the vectors of any folder ``testvectors_v1``; without one, those that
are vendored. It ends with 1 if a difference is found that is neither in `REFUSED_ON_PURPOSE` nor in
`CONTRADICTED`.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jwt.algorithms import HMACAlgorithm

from stronghold_core import ConfigurationError, InvalidInputError, TokenRefusedError
from stronghold_core.identity.tokens import read_key_set
from stronghold_core.identity.tokens.rules import MAX_PROVIDER_TOKEN_LENGTH, check_header
from stronghold_core.identity.tokens.signatures import check_signature, take_apart
from stronghold_core.keys import Key, KeyRing
from stronghold_core.keys.encoding import from_base64url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stronghold_core.identity.tokens.signatures import Verifier

VENDORED: Final = Path(__file__).parents[1] / "adversarial" / "vendor"
SUITES: Final = ("signature", "key", "crypto")

_OTHER_ALGORITHM: Final = "The key says one algorithm, the token another: each key signs by one alone (RFC 8725 §3.1)."
_NO_ALGORITHM: Final = "The key says ES521, which is no algorithm."
_LENIENT: Final = "A character that base64url does not have is in it: each token has one writing."
_OTHER_HASH: Final = "No secret of ours signs by another hash: HS256 is for those who can't have a public half."
_COUNTING: Final = "The bytes of the secret count upwards: somebody could guess it."

REFUSED_ON_PURPOSE: Final[Mapping[tuple[str, int], str]] = {
    ("signature", 346): _OTHER_ALGORITHM,
    ("signature", 347): _NO_ALGORITHM,
    ("signature", 350): _OTHER_ALGORITHM,
    ("signature", 351): _NO_ALGORITHM,
    ("signature", 372): _LENIENT,
    ("signature", 373): _LENIENT,
    ("key", 13): _COUNTING,
    ("key", 14): _OTHER_HASH,
    ("key", 15): _OTHER_HASH,
}
"""Good vectors that are refused, and why."""

CONTRADICTED: Final[Mapping[tuple[str, int], int]] = {("signature", 367): 357, ("signature", 370): 357}
"""Bad vectors that are accepted, since the same token by the same key is a good one, under another number.

By their comments they have padding; in the file it is lost. Tokens with padding are refused by tests of our own.
"""


class Outcome(NamedTuple):
    """What became of one vector."""

    suite: str
    number: int
    comment: str
    is_valid: bool
    """What Wycheproof says of it."""
    refusal: str | None
    """Why it was refused; none if it was accepted."""

    @property
    def differs(self) -> bool:
        """Whether we say otherwise."""
        return self.is_valid is not (self.refusal is None)


@dataclass(frozen=True)
class BareSecret:
    """A secret without our rules of secrets, so that those of signatures are tried with it."""

    algorithm: str
    secret: bytes

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Compare with the HMAC of *message*."""
        return HMACAlgorithm(HMACAlgorithm.SHA256).verify(message, self.secret, signature)


def run(folder: Path, suite: str) -> Iterator[Outcome]:
    """Try every token of a suite; what is encrypted is none of ours."""
    document = json.loads((folder / f"json_web_{suite}_test.json").read_text(encoding="utf-8"))
    for group in document["testGroups"]:
        for test in group["tests"]:
            if "jws" in test:
                refusal = _refusal(group, test["jws"])
                yield Outcome(suite, test["tcId"], test["comment"], test["result"] == "valid", refusal)


def _refusal(group: Mapping[str, Any], token: str) -> str | None:
    try:
        find = _finder(group.get("public") or group["private"])
        signed = take_apart(token, max_length=MAX_PROVIDER_TOKEN_LENGTH)
        # The vectors have no types.
        check_header({**signed.header, "typ": "at+jwt"}, types=["at+jwt"])
        check_signature(signed, find)
    except TokenRefusedError as error:
        return error.refusal
    except (ConfigurationError, InvalidInputError) as error:
        return f"{error}"
    return None


def _finder(material: Mapping[str, Any]) -> Callable[[str], Verifier | None]:
    if "keys" not in material:
        if material.get("kty") == "oct":
            key = BareSecret(material["alg"], from_base64url(material["k"]))
            return lambda kid: key if kid == material["kid"] and key.algorithm == "HS256" else None
        return read_key_set({"keys": [material]}).find
    if all(jwk.get("kty") == "oct" for jwk in material["keys"]):
        now = datetime.now(UTC)
        active, *others = (Key.from_jwk({**jwk, "created_at": now.isoformat()}) for jwk in material["keys"])
        return KeyRing([active, *(key.retired(now) for key in others)]).find
    return read_key_set(material).find


def reason_of(outcome: Outcome) -> str | None:
    """Say why we differ; none if nobody has thought of that."""
    if outcome.is_valid:
        return REFUSED_ON_PURPOSE.get((outcome.suite, outcome.number))
    same = CONTRADICTED.get((outcome.suite, outcome.number))
    return None if same is None else f"It is {same}, which is good."


def main(folder: Path = VENDORED) -> int:
    """Run all suites, and print what differs."""
    outcomes = [outcome for suite in SUITES for outcome in run(folder, suite)]
    lines = [_summary(suite, [one for one in outcomes if one.suite == suite]) for suite in SUITES]
    different = [one for one in outcomes if one.differs]
    for one in different:
        verdict = "accepted" if one.refusal is None else f"refused ({one.refusal})"
        lines.append(f"  {one.suite} {one.number} {one.comment}: {verdict}. {reason_of(one) or 'NOT EXPECTED'}")
    print("\n".join(lines))  # noqa: T201 - a program that reports
    return 1 if any(reason_of(one) is None for one in different) else 0


def _summary(suite: str, outcomes: list[Outcome]) -> str:
    bad = [one.refusal is not None for one in outcomes if not one.is_valid]
    good = [one.refusal is None for one in outcomes if one.is_valid]
    return f"{suite}: {sum(bad)} of {len(bad)} bad ones refused, {sum(good)} of {len(good)} good ones accepted"


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
