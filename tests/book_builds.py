"""Build a book as a person would by hand, for tests and benchmarks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path


def build(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Build the book in a folder as a person would by hand, and return what was printed."""
    return subprocess.run(
        [Path(sys.executable).with_name("jupyter-book"), "build", "-W", "-n", "."],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )


def executed(printed: str) -> list[str]:
    """Return the names of the chapters that a build executed, in order of the alphabet."""
    return sorted(re.findall(r"book/(\w+)\.md: Executing notebook", printed))
