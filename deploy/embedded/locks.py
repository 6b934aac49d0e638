"""The lock files: `python -m deploy.embedded.locks write | check`.

Three files, each with everything of the one before: the product, the embedded servers, and the
development tools. They hold hashes and no address of any index.
"""

import argparse
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.embedded.settings import CHECKOUT

LOCKS: dict[str, tuple[str, ...]] = {
    "requirements.txt": (),
    "requirements-embedded.txt": ("embedded",),
    "requirements-dev.txt": ("embedded", "dev"),
}
OPTIONS = (
    "--quiet",
    "--universal",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    *("--python-version", "3.11"),
    *("--custom-compile-command", "make lock"),
)
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
ADDRESS = re.compile(r"https?://|file:|--index-url|--find-links")


def main(arguments: list[str]) -> int:
    """Write the locks, or check that they are what `write` would give."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["write", "check"])
    parser.add_argument("--upgrade", action="store_true")
    options = parser.parse_args(arguments)
    if options.action == "write":
        compile_locks(CHECKOUT, upgrade=options.upgrade)
        return 0
    found = check()
    for problem in found:
        print(f"{problem} `make lock` corrects it.", file=sys.stderr)
    return 1 if found else 0


def check() -> list[str]:
    """Return what is wrong with the locks.

    They are compiled anew with their own pins; without a network only the pins are compared with
    pyproject.toml.
    """
    texts = {name: (CHECKOUT / name).read_text(encoding="utf-8") for name in LOCKS}
    found = [f"{name} names an address." for name, text in texts.items() if ADDRESS.search(text)]
    found += unsatisfied((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"), texts)
    if found:
        return found
    with tempfile.TemporaryDirectory() as folder:
        for name in (*LOCKS, "pyproject.toml"):
            shutil.copy(CHECKOUT / name, folder)
        try:
            compile_locks(Path(folder), upgrade=False)
        except subprocess.CalledProcessError:
            print("The index cannot be asked: only the pins were compared with pyproject.toml.")
            return []
        return [
            f"{name} is not what pyproject.toml gives."
            for name, text in texts.items()
            if (Path(folder) / name).read_text(encoding="utf-8") != text
        ]


def compile_locks(folder: Path, *, upgrade: bool) -> None:
    """Compile the files in `folder`; versions that are pinned there stay unless `upgrade`.

    Raises CalledProcessError when uv fails.
    """
    uv = Path(sysconfig.get_path("scripts")) / "uv"
    smaller: list[str] = []
    for name, extras in LOCKS.items():
        flags = [part for extra in extras for part in ("--extra", extra)]
        if upgrade:
            flags.append("--upgrade")
        subprocess.run(
            [str(uv), "pip", "compile", *OPTIONS, *flags, *smaller, "pyproject.toml", "-o", name],
            cwd=folder,  # uv writes the paths that it is given into the files
            check=True,
            stdout=subprocess.DEVNULL,
        )
        smaller = ["--constraint", name]


def unsatisfied(pyproject: str, locks: dict[str, str]) -> list[str]:
    """Return which requirement of pyproject.toml a lock does not satisfy, or pins differently."""
    project = tomllib.loads(pyproject)["project"]
    found = []
    pins: dict[str, str] = {}
    for name, extras in LOCKS.items():
        here = {canonicalize_name(match[1]): match[2] for match in PIN.finditer(locks[name])}
        found += [
            f"{name} pins {package} {version}, a smaller lock another version."
            for package, version in here.items()
            if pins.setdefault(package, version) != version
        ]
        wanted = list(project["dependencies"])
        for extra in extras:
            wanted += project["optional-dependencies"][extra]
        for requirement in map(Requirement, wanted):
            version = here.get(canonicalize_name(requirement.name))
            if version is None or not requirement.specifier.contains(version, prereleases=True):
                found.append(f"{name} has {version} for {requirement}.")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
