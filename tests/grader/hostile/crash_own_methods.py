"""Objects whose own methods end the process: when shown, compared, deleted, asked their length."""

ANSWERS = {
    "total": """
class Trap:
    def _stop(self, *a): raise SystemExit
    __repr__ = __str__ = __len__ = __iter__ = __hash__ = __eq__ = __bool__ = __del__ = _stop
    __call__ = __getattr__ = _stop

def total(values): return Trap()
trap = Trap()
trap
""",
    "clip": """
class List(list):
    def __len__(self): raise KeyboardInterrupt
    __iter__ = __getitem__ = __len__

def clip(values, low, high): return List([1])
""",
}
EXPECTED = (
    "graded",
    {
        "total_visible": ("error", 0),
        "total_hidden": ("error", 0),
        "clip_visible": ("error", 0),
        "clip_hidden": ("error", 0),
    },
)
