"""What the tests use is patched: builtins, numpy.testing, checks. They use their own process's."""

ANSWERS = {
    "estimate": """
import builtins
from dl_workshop import checks as real
np.testing.assert_allclose = lambda *a, **k: None
np.isclose = np.allclose = lambda *a, **k: True
real.check_close = real.CheckFailedError = lambda *a, **k: None
builtins.AssertionError = type("Nothing", (Exception,), {})
builtins.abs = lambda x: 0.0

def estimate(values): return 1000.0
""",
    "loss": "def loss(w): return (w - 3.0) ** 2 + 1000.0 * w",
}
EXPECTED = (
    "graded",
    {
        "estimate_visible": ("failed", 0),
        "estimate_hidden": ("failed", 0),
        "loss_visible": ("failed", 0),
        "loss_hidden": ("failed", 0),
    },
)
