"""What OpenAPI says is what is so: schemathesis asks every operation, well and badly, with and without a proof."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CheckContext, not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from stronghold_core import Stronghold
from stronghold_core.identity.tokens import AccessTokens
from stronghold_core.keys import Key, KeyRing
from stronghold_fastapi import BearerTokens, Caller, bodies, install

if TYPE_CHECKING:
    from collections.abc import Generator

    from schemathesis import Case, Response
    from schemathesis.schemas import BaseSchema


def refuses_bad_bodies(context: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """Check that a body which the schema forbids is refused.

    Of bodies alone: schemathesis also leaves out the token, which the tests put back, and adds parameters that never
    reach the address.
    """
    body = None if case.meta is None else case.meta.components.get(ParameterLocation.BODY)
    if body is None or body.mode is GenerationMode.POSITIVE:
        return None
    return negative_data_rejection(context, response, case)


CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    refuses_bad_bodies,
]
SEARCH = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def kept() -> Generator[dict[str, Any]]:
    """Keep books with something of each kind in them, and an application around them."""
    with closing(Stronghold("sqlite://")) as stronghold:
        stronghold.migrate()
        tenant = stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner="user:ada")
        with stronghold.books(tenant.id, principal="user:ada") as books:
            bank = books.accounts.open(name="Bank", type="asset", opening_balance="100.00")
            food = books.categories.create(name="Food", kind="expense")
            lunch = books.transactions.record(account=bank.id, amount="-5.00", category=food.id)
        ring = KeyRing([Key.new(now=datetime.now(UTC))])
        tokens = AccessTokens(ring, issuer="https://books.test", audience="books")
        app = FastAPI()
        install(app, stronghold, authenticate=BearerTokens(tokens))
        ids = {"account": bank.id, "category": food.id, "transaction": lunch.id}
        token = tokens.issue("user:ada", tenant.id).token
        yield {"app": app, "token": token, "ids": {name: str(found) for name, found in ids.items()}}


@pytest.fixture(scope="module")
def described(kept: dict[str, Any]) -> BaseSchema:
    """Read what the application says of itself, and let half of the ids that are asked for be there."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", kept["app"])
    ids: dict[str, str] = kept["ids"]

    @schema.hook
    def map_path_parameters(_context: object, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
        return path_parameters and {name: found(name, value) for name, value in path_parameters.items()}

    @schema.hook
    def map_body(_context: object, body: Any) -> Any:
        return {name: found(name, value) for name, value in body.items()} if isinstance(body, dict) else body

    def found(name: str, value: Any) -> Any:
        known = ids.get(name.removesuffix("_id").removeprefix("from_"))
        return known if known and isinstance(value, str) and len(value) == 36 and value[0] in "01234567" else value

    return schema


def operations() -> list[tuple[str, str]]:
    """List every operation, as a method and a path."""
    app = FastAPI()
    with closing(Stronghold("sqlite://")) as stronghold:
        install(app, stronghold, authenticate=lambda _request: Caller("user:nobody", uuid4()))
        paths = app.openapi()["paths"]
    return [(method, path) for path, methods in paths.items() for method in methods]


every_operation = pytest.mark.parametrize(("method", "path"), operations())


@every_operation
def test_every_answer_to_a_member_is_as_described(
    described: BaseSchema, kept: dict[str, Any], method: str, path: str
) -> None:
    """No error of the server, no status, type, header or body that OpenAPI does not tell of; bad data is refused."""
    headers = {"Authorization": f"Bearer {kept['token']}"}

    def ask(case: Case[Any]) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    for mode in GenerationMode:
        # Requests for health take nothing that could be wrong.
        if mode is GenerationMode.POSITIVE or not path.startswith("/health"):
            SEARCH(given(described[path][method].as_strategy(generation_mode=mode))(ask))()


@every_operation
def test_every_answer_to_a_stranger_is_as_described(described: BaseSchema, method: str, path: str) -> None:
    """Whoever proves nothing is told of the books nothing, whatever else is wrong with the request."""

    @SEARCH
    @given(described[path][method].as_strategy())
    def ask(case: Case[Any]) -> None:
        answer = case.call_and_validate(checks=CHECKS)
        assert answer.status_code == 401 or path.startswith("/health")

    ask()


def test_every_body_is_shown_by_an_example_that_can_be_meant(described: BaseSchema) -> None:
    """Whoever copies it changes ids and amounts, not its form."""
    document: dict[str, Any] = described.raw_schema
    shown = 0
    for methods in document["paths"].values():
        for operation in methods.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content is not None:
                name = content["schema"]["$ref"].rpartition("/")[2]
                (example,) = document["components"]["schemas"][name]["examples"]
                assert getattr(bodies, name).model_validate(example).given().keys() == example.keys()
                shown += 1
    assert shown > 10
