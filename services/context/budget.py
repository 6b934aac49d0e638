"""The token budget of one prompt: who comes first gets room, and what is left is counted."""

from collections.abc import Sequence


class PromptTooLongError(Exception):
    """What may not be left out (role, client's system prompt, question) does not fit alone."""

    def __init__(self, *, estimated_tokens: int, budget_tokens: int) -> None:
        super().__init__(
            f"the question takes about {estimated_tokens} tokens, {budget_tokens} are free"
        )
        self.estimated_tokens = estimated_tokens
        self.budget_tokens = budget_tokens


class Budget:
    """Counts estimated tokens; `used` never exceeds `tokens`.

    `reserved` is spent from the start on what may not be left out. Raises PromptTooLongError
    when it alone is too much.
    """

    def __init__(self, tokens: int, *, reserved: int) -> None:
        if reserved > tokens:
            raise PromptTooLongError(estimated_tokens=reserved, budget_tokens=tokens)
        self.used = reserved
        self._tokens = tokens

    @property
    def room(self) -> int:
        """What is left."""
        return self._tokens - self.used

    def spend(self, tokens: int) -> None:
        """Spend what the caller has found to fit into the room."""
        self.used += tokens

    def take(self, costs: Sequence[int], *, opening: int, at_most: int | None = None) -> int:
        """Take as many of the first items as fit and return their number.

        `opening` is the price of the section itself, paid with its first item; `at_most` is what
        section and items may cost together, whatever there is room for.
        """
        taken = self._fitting(costs, opening, at_most)
        self._spend(costs[:taken], opening)
        return taken

    def take_last(self, costs: Sequence[int], *, opening: int, may_lead: Sequence[bool]) -> int:
        """Take as many of the last items as fit and return their number.

        Where some are cut, the first one that stays `may_lead` the rest: items that may not are
        cut with what they belong to.
        """
        taken = self._fitting(costs[::-1], opening)
        while 0 < taken < len(costs) and not may_lead[-taken]:
            taken -= 1
        self._spend(costs[len(costs) - taken :], opening)
        return taken

    def _fitting(self, costs: Sequence[int], opening: int, at_most: int | None = None) -> int:
        room = (self.room if at_most is None else min(self.room, at_most)) - opening
        for number, cost in enumerate(costs):
            room -= cost
            if room < 0:
                return number
        return len(costs)

    def _spend(self, costs: Sequence[int], opening: int) -> None:
        if costs:
            self.used += opening + sum(costs)
