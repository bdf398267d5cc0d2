"""Wrong answers to the tasks of the chapter NAME, and what each is told."""

MISTAKES = {
    "value_and_slope": {
        "the other way round": (
            "def value_and_slope(f, x):\n    return grad(f)(x), f(x)",
            "Both are there, but the value comes first.",
        ),
        "the slope alone": (
            "def value_and_slope(f, x):\n    return grad(f)(x)",
            "should be a tuple of 2.",
        ),
        "always the square": (
            "def value_and_slope(f, x):\n    return x**2, 2.0 * x",
            "Does the answer depend on the function that is passed?",
        ),
    },
}
