"""How much heavy work is done at a time: what one user asks for must not starve the others."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.gateway.problems import RETRY_AFTER_S, ProblemError
from shared.contracts.parts import Problem


class Slots:
    """Places for one kind of work: one a user, and so many in all. `what` names it in problems."""

    def __init__(self, what: str, *, at_once: int) -> None:
        self._what = what
        self._at_once = at_once
        self._users: set[str] = set()

    @contextmanager
    def taken(self, user_id: str) -> Iterator[None]:
        """Hold a place; raises ProblemError where there is none."""
        if user_id in self._users:
            detail = f"An {self._what} of this user is under way. Wait until it has ended."
            raise _refusal(detail, 429)
        if len(self._users) >= self._at_once:
            detail = f"As many {self._what}s as may are under way. Try again soon."
            raise _refusal(detail, 503)
        self._users.add(user_id)
        try:
            yield
        finally:
            self._users.remove(user_id)


def _refusal(detail: str, status: int) -> ProblemError:
    problem = Problem(title="Too much at a time", status=status, detail=detail)
    return ProblemError(problem, headers={"Retry-After": RETRY_AFTER_S})
