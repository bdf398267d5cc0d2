"""The names that the tests use are defined anew: the module, the helper, NumPy, the cases."""

ANSWERS = {
    "loss": """
class Anything:
    def __getattr__(self, name): return lambda *a, **k: None

keep = np
checks = np = Anything()
spread = map = zip = abs = lambda *a: []
cases, wanted, error = [], [], 0.0

def loss(w): return 0.0 * w
""",
    "clip": "cases = wanted = []\nmap = zip = lambda *a: []\ndef clip(*a): return None",
}
EXPECTED = (
    "graded",
    {
        "loss_visible": ("failed", 0),
        "loss_hidden": ("failed", 0),
        "clip_visible": ("failed", 0),
        "clip_hidden": ("failed", 0),
    },
)
