"""Make the student kit: what an instructor publishes, and students install.

It holds the exercises, the helper package without the grader, and what Binder and nbgitpuller need:
both install `requirements.txt`. The practice answers stay, since the book shows them.
"""

from __future__ import annotations

import json
import shutil
import tomllib
import zipfile
from pathlib import Path

# Of the package's description, what a student's computer needs to know.
KEPT = ("name", "version", "description", "requires-python", "dependencies")
EXTRAS = ("exercises", "lab")


def make_kit(root: Path) -> Path:
    """Make `_build/student/` and a zip of it, from scratch.

    Args:
        root: the folder of the course, with `exercises/` just released.

    Returns:
        The zip. The same course gives the same bytes.
    """
    kit = root / "_build" / "student"
    shutil.rmtree(kit, ignore_errors=True)
    kit.mkdir(parents=True)
    for path in sorted((root / "exercises").glob("*/*.ipynb")):
        _copy(path, kit / "exercises" / path.parent.name / path.name)
    for path in sorted((root / "dl_workshop").glob("*")):
        if path.is_file():
            _copy(path, kit / "dl_workshop" / path.name)
    _copy(root / "LICENSE", kit / "LICENSE")
    readme = Path(__file__).with_name("kit_readme.md").read_text(encoding="utf-8")
    readme = readme.replace("{version}", _course(root)["project"]["version"])
    (kit / "README.md").write_text(readme, encoding="utf-8")
    (kit / "requirements.txt").write_text(f".[{','.join(EXTRAS)}]\n")
    (kit / "pyproject.toml").write_text(_project(root))
    # Which Python Binder takes.
    (kit / "runtime.txt").write_text("python-3.12\n")
    archive = kit.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in sorted(kit.rglob("*")):
            if path.is_file():
                # Without the time of day, the same files are the same zip.
                entry = zipfile.ZipInfo(f"student/{path.relative_to(kit).as_posix()}")
                entry.external_attr = 0o644 << 16
                bundle.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return archive


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _course(root: Path) -> dict[str, dict[str, object]]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def _project(root: Path) -> str:
    """Return the part of the course's pyproject.toml that describes what students install."""
    course = _course(root)
    project = course["project"]
    extras = project["optional-dependencies"]
    tables = {
        "build-system": course["build-system"],
        "project": {key: project[key] for key in KEPT},
        "project.optional-dependencies": {name: extras[name] for name in EXTRAS},
        "tool.setuptools": {"packages": course["tool"]["setuptools"]["packages"]},
    }
    # Strings and lists of strings are written alike in TOML and JSON.
    return "\n".join(
        f"[{table}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
        for table, values in tables.items()
    )
