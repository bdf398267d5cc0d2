"""Compiled programs are put into the cache that all submissions share."""

ANSWERS = {
    "loss": """
import os, pathlib
import jax

folder = pathlib.Path(os.environ["JAX_COMPILATION_CACHE_DIR"])
before = sorted(folder.iterdir())
jax.config.update("jax_raise_persistent_cache_errors", False)
jax.jit(lambda x: x * 48.0 + 7.0)(3.0)
for path in [*before, folder / "new"]:
    try:
        path.write_bytes(b"forged")
    except OSError:
        pass
assert sorted(folder.iterdir()) == before

def loss(w): return (w - 3.0) ** 2
"""
}
EXPECTED = ("graded", {})
