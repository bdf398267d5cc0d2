"""The instructor's side of the exercises. Nothing else in the package imports it."""

import sys

# jsonschema, which nbformat imports, would spend 1.6 s on a grammar of addresses, if it is there.
sys.modules.setdefault("rfc3987_syntax", None)
