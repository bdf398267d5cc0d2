"""A transformer takes the asserts out of every later cell. Tests run in another IPython."""

ANSWERS = {
    "total": """
import ast

class Strip(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()

get_ipython().ast_transformers.append(Strip())
get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\\n"])

def total(values): return 0
"""
}
# The cells after it are the student's own to lose.
EXPECTED = (
    "graded",
    {
        "total_visible": ("failed", 0),
        "total_hidden": ("failed", 0),
        **{
            f"{task}_{kind}": ("error", 0)
            for task in ("clip", "estimate", "loss")
            for kind in ("visible", "hidden")
        },
    },
)
