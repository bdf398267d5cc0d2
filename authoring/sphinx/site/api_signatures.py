"""Show signatures in the API reference as they are written in the source.

autodoc would evaluate the annotations, and print the long unions that the short names stand for.
"""

from __future__ import annotations

import inspect

from sphinx.application import Sphinx


def as_written(
    app: Sphinx, what: str, name: str, obj: object, options: object, signature: str, returns: str
) -> tuple[str, str] | None:
    """Return the signature with its annotations, which are strings, taken literally."""
    if what != "function":
        return None
    found = inspect.signature(obj)
    parts, star = [], False
    for parameter in found.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            parts.append("*")
            star = True
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        prefix = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
        parts.append(f"{prefix}{parameter.name}: {parameter.annotation}{default}")
    return f"({', '.join(parts)})", found.return_annotation


def skip_fields(
    app: Sphinx, what: str, name: str, obj: object, skip: bool, options: object
) -> bool | None:
    """Leave out the members that a NamedTuple makes for its fields; its docstring has them."""
    return True if type(obj).__name__ == "_tuplegetter" else None


def setup(app: Sphinx) -> dict[str, object]:
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-signature", as_written)
    app.connect("autodoc-skip-member", skip_fields)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
