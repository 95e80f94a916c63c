"""``/health``: for whoever watches over the server. It tells of nobody's books, and asks nobody who they are."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel

from stronghold_fastapi.access import installation_of
from stronghold_fastapi.problems import problem_responses
from stronghold_fastapi.requests import Entrance

router = APIRouter(prefix="/health", tags=["health"], route_class=Entrance, responses=problem_responses(406))


class Health(BaseModel):
    """It is well."""

    status: Literal["ok"] = "ok"


@router.get("")
async def check_server() -> Health:
    """Answer at all."""
    return Health()


@router.get("/db", responses=problem_responses(500, 503))
def check_database(request: Request) -> Health:
    """Answer if the database does, and is fit for these books."""
    installation_of(request.app).stronghold.database.check()
    return Health()
