"""The lock files satisfy pyproject.toml, agree with each other, and name no index."""

from pathlib import Path

from deploy.embedded.locks import ADDRESS, LOCKS, unsatisfied
from deploy.embedded.settings import CHECKOUT

PYPROJECT = """
[project]
dependencies = ["fastapi>=1,<2", "PyJWT>=2"]
[project.optional-dependencies]
embedded = ["psutil>=7"]
dev = ["ruff>=0.17"]
"""
PRODUCT = "fastapi==1.5 \\\n    --hash=sha256:00\npyjwt==2.1 \\\n"
EMBEDDED = PRODUCT + "psutil==7.2\n"
DEV = EMBEDDED + "ruff==0.17.6\n"


def locks(*texts: str) -> dict[str, str]:
    return dict(zip(LOCKS, texts, strict=True))


def test_locks_that_fit_are_fine() -> None:
    assert unsatisfied(PYPROJECT, locks(PRODUCT, EMBEDDED, DEV)) == []


def test_a_missing_or_old_pin_is_named() -> None:
    found = unsatisfied(PYPROJECT, locks("fastapi==0.9\n", EMBEDDED, DEV))
    assert any("0.9 for fastapi" in problem for problem in found)
    assert any("None for PyJWT" in problem for problem in found)


def test_locks_that_disagree_are_named() -> None:
    found = unsatisfied(PYPROJECT, locks(PRODUCT, EMBEDDED, DEV.replace("1.5", "1.6")))
    assert found == ["requirements-dev.txt pins fastapi 1.6, a smaller lock another version."]


def test_ours_hold() -> None:
    texts = {name: Path(CHECKOUT / name).read_text(encoding="utf-8") for name in LOCKS}
    assert unsatisfied((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"), texts) == []
    assert not any(ADDRESS.search(text) for text in texts.values())
