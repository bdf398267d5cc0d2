"""The program `sealed-grader`, also as `python -m sealed_grader`."""

import sys
from typing import Any

# jsonschema, which nbformat imports, would spend 1.6 s on a grammar of addresses, if it is there.
# Only the program does without; who imports the package keeps what is installed.
modules: dict[str, Any] = sys.modules
modules.setdefault("rfc3987_syntax", None)

from sealed_grader.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
