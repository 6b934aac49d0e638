"""Search in what is remembered."""

import time

from fastapi import APIRouter

from services.gateway.dependencies import CallerDep, GatewayDep, owned_user
from services.gateway.problems import documented
from services.gateway.query_schemas import QueryAnswer, QueryBody

router = APIRouter(prefix="/memory", tags=["memory"])


@router.post(
    "/query",
    summary="Search in what is remembered",
    responses={
        403: documented("It is another user's memory."),
        404: documented("There can be no such user."),
        413: documented("The body is too large."),
    },
)
async def query_memory(asked: QueryBody, gateway: GatewayDep, caller: CallerDep) -> QueryAnswer:
    """Find messages, facts, preferences and memories of the system that answer a question.

    Messages are found by words and by meaning, whatever the language they are in ("Как зовут моего
    стоматолога?" finds "My dentist, Dr. Petrova …"), and by the time that is spoken of ("last
    week", "в июле"). What was said is found as soon as it was kept. A question finds the fact that
    answers it ("Who is my employer?": "Works at IKEA"). What holds no longer comes after all that
    holds, and only when asked for.
    """
    began = time.perf_counter()
    user_id = owned_user(asked.user_id or "me", caller)
    found = await gateway.searching.search(user_id, asked)
    took_ms = round((time.perf_counter() - began) * 1000, 3)
    return QueryAnswer(
        results=found.results, total=found.total, degraded=found.degraded, took_ms=took_ms
    )
