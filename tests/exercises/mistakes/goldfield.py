"""Wrong answers to the tasks of the goldfield, and what each is told."""

MISTAKES = {
    "slopes_of": {
        "argnums left out": (
            "def slopes_of(field):\n    return grad(field)",
            "grad differentiates with respect to the first argument unless argnums says otherwise",
        ),
        "argnums the other way round": (
            "def slopes_of(field):\n    return grad(field, argnums=(1, 0))",
            "Both are there, but y comes before x.",
        ),
        "always the slopes of the hill": (
            "def slopes_of(field):\n    return lambda x, y: (2.0 * (x - 2.0), 6.0 * (y + 1.0))",
            "Does the answer depend on the field that is passed?",
        ),
    },
    "walk": {
        "uphill": (
            "def walk(slopes, x, y, learning_rate, steps):\n"
            "    points = [(x, y)]\n"
            "    for _ in range(steps):\n"
            "        dx, dy = slopes(x, y)\n"
            "        x, y = x + learning_rate * dx, y + learning_rate * dy\n"
            "        points.append((x, y))\n"
            "    return jnp.array(points)",
            "A step downhill goes against the slopes.",
        ),
        "the start left out": (
            "def walk(slopes, x, y, learning_rate, steps):\n"
            "    points = []\n"
            "    for _ in range(steps):\n"
            "        dx, dy = slopes(x, y)\n"
            "        x, y = x - learning_rate * dx, y - learning_rate * dy\n"
            "        points.append((x, y))\n"
            "    return jnp.array(points)",
            "is the start among them, and the end?",
        ),
        "y with the new x": (
            "def walk(slopes, x, y, learning_rate, steps):\n"
            "    points = [(x, y)]\n"
            "    for _ in range(steps):\n"
            "        x = x - learning_rate * slopes(x, y)[0]\n"
            "        y = y - learning_rate * slopes(x, y)[1]\n"
            "        points.append((x, y))\n"
            "    return jnp.array(points)",
            "The slope along y was taken after x had already moved.",
        ),
    },
    "lowest_y": {
        "the slope along x": (
            "def lowest_y(field, x, y):\n"
            "    for _ in range(20):\n"
            "        y = y - 0.1 * grad(field)(x, y)\n"
            "    return y",
            "Along which argument is your slope?",
        ),
        "nothing returned": (
            "def lowest_y(field, x, y):\n"
            "    for _ in range(20):\n"
            "        y = y - 0.1 * grad(field, argnums=1)(x, y)",
            "Does the function end with a return?",
        ),
        "x moves as well": (
            "def lowest_y(field, x, y):\n"
            "    for _ in range(20):\n"
            "        dx, dy = grad(field, argnums=(0, 1))(x, y)\n"
            "        x, y = x - 0.1 * dx, y - 0.1 * dy\n"
            "    return y",
            "Does x stay where it is?",
        ),
    },
}
