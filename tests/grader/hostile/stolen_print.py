"""What a test passes is printed, to every stream there is. While a test runs, nothing is shown."""

ANSWERS = {
    "total": """
import os, sys, warnings

def total(values):
    print(values)
    print(values, file=sys.stderr)
    print(values, file=sys.__stdout__)
    os.write(1, repr(values).encode())
    os.system(f"echo {values}")
    display(values)
    warnings.warn(str(values))
    get_ipython().run_cell(f"print({values})")
    return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
