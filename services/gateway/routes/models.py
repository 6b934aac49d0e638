"""The models on offer."""

from fastapi import APIRouter

from services.gateway.dependencies import CallerDep, GatewayDep
from services.gateway.problems import ProblemError
from services.gateway.schemas import ModelPage
from shared.contracts.events import ModelsAnswered, ModelsAsked
from shared.contracts.subjects import LLM_MODELS

router = APIRouter(tags=["models"])

ANSWER_WITHIN_S = 10.0


@router.get("/models", summary="The models on offer")
async def list_models(gateway: GatewayDep, _caller: CallerDep) -> ModelPage:
    """Return what the LLM server offers, and which model answers by default."""
    answer = await gateway.bus.ask(
        LLM_MODELS, ModelsAsked(), ModelsAnswered, timeout_s=ANSWER_WITHIN_S
    )
    if answer.problem is not None:
        raise ProblemError(answer.problem)
    return ModelPage(items=list(answer.models), default=answer.default, backend=answer.backend)
