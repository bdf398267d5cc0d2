"""Wrong answers to the tasks on transforming functions, and what each is told."""

MISTAKES = {
    "all_pairs": {
        "loops in Python": (
            "def all_pairs(measure, points, centres):\n"
            "    return jnp.array([[measure(p, c) for c in centres] for p in points])",
            "needs more operations for more data: there is a Python loop.",
        ),
        "centres in the rows": (
            "def all_pairs(measure, points, centres):\n"
            "    one_column = vmap(measure, in_axes=(0, None))\n"
            "    return vmap(one_column, in_axes=(None, 0))(points, centres)",
            "The outermost vmap makes the rows.",
        ),
        "no in_axes": (
            "def all_pairs(measure, points, centres):\n    return vmap(measure)(points, centres)",
            "vmap goes along the first axis of every argument, unless in_axes says otherwise.",
        ),
        "the centre first": (
            "def all_pairs(measure, points, centres):\n"
            "    one_row = vmap(measure, in_axes=(0, None))\n"
            "    return vmap(one_row, in_axes=(None, 0))(centres, points)",
            "The measure is given the centre first; it should be given the point first.",
        ),
        "always the distance": (
            "def all_pairs(measure, points, centres):\n"
            "    gaps = points[:, None, :] - centres[None, :, :]\n"
            "    return jnp.sqrt(jnp.sum(gaps**2, axis=2))",
            "Does the answer depend on the measure that is passed?",
        ),
        "a map over the centres": (
            "def all_pairs(measure, points, centres):\n"
            "    def column(centre):\n"
            "        return vmap(measure, in_axes=(0, None))(points, centre)\n"
            "    return lax.map(column, centres).T",
            "for more and more centres, loops over the data, one at a time.",
        ),
    },
    "forecasts": {
        "the loop unrolled": (
            "def forecasts(x, alpha, start):\n"
            "    made, level = [], start\n"
            "    for value in x:\n"
            "        made.append(level)\n"
            "        level = level + alpha * (value - level)\n"
            "    return jnp.array(made)",
            "needs more operations for more rounds: there is a Python loop.",
        ),
        "the level after the step": (
            "def forecasts(x, alpha, start):\n"
            "    def body(level, value):\n"
            "        level = level + alpha * (value - level)\n"
            "        return level, level\n"
            "    return lax.scan(body, start, x)[1]",
            "Each of these has seen the value that it should forecast.",
        ),
        "only the last level": (
            "def forecasts(x, alpha, start):\n"
            "    def body(level, value):\n"
            "        return level + alpha * (value - level), level\n"
            "    return lax.scan(body, start, x)[0]",
            "should have the shape (3,), but has ().",
        ),
        "both results of scan": (
            "def forecasts(x, alpha, start):\n"
            "    def body(level, value):\n"
            "        return level + alpha * (value - level), level\n"
            "    return lax.scan(body, start, x)",
            "lax.scan returns two things",
        ),
        "one too many": (
            "def forecasts(x, alpha, start):\n"
            "    def body(level, value):\n"
            "        level = level + alpha * (value - level)\n"
            "        return level, level\n"
            "    return jnp.append(start, lax.scan(body, start, x)[1])",
            "and none for a value after the last.",
        ),
        "a while loop": (
            "def forecasts(x, alpha, start):\n"
            "    def body(state):\n"
            "        t, level, made = state\n"
            "        made = made.at[t].set(level)\n"
            "        return t + 1, level + alpha * (x[t] - level), made\n"
            "    state = 0, start, jnp.zeros(len(x))\n"
            "    return lax.while_loop(lambda state: state[0] < len(x), body, state)[2]",
            "backwards through a loop",
        ),
    },
    "box_cox": {
        "a Python if": (
            "def box_cox(x, lam):\n"
            "    if lam == 0:\n"
            "        return jnp.log(x)\n"
            "    return (x**lam - 1) / lam",
            "Use jnp.where for values, lax.cond for functions.",
        ),
        "one where": (
            "def box_cox(x, lam):\n    return jnp.where(lam == 0, jnp.log(x), (x**lam - 1) / lam)",
            "The side that is not taken is differentiated as well.",
        ),
        "nearly zero for zero": (
            "def box_cox(x, lam):\n"
            "    lam = jnp.where(lam == 0, 1e-6, lam)\n"
            "    return (x**lam - 1) / lam",
            "A lam that is nearly 0 will not do",
        ),
        "a logarithm around zero": (
            "def box_cox(x, lam):\n"
            "    small = jnp.abs(lam) < 0.1\n"
            "    safe = jnp.where(small, 1.0, lam)\n"
            "    return jnp.where(small, jnp.log(x), (x**safe - 1) / safe)",
            "The logarithm is for lam = 0 alone, not for a lam near 0.",
        ),
    },
    "bootstrap": {
        "one key for all rounds, mapped": (
            "def bootstrap(key, statistic, x, repeats):\n"
            "    def once(_):\n"
            "        return statistic(random.choice(key, x, (len(x),)))\n"
            "    return vmap(once)(jnp.arange(repeats))",
            "All rounds give the same mean.",
        ),
        "a loop over good keys": (
            "def bootstrap(key, statistic, x, repeats):\n"
            "    keys = random.split(key, repeats)\n"
            "    return jnp.array([statistic(random.choice(k, x, (len(x),))) for k in keys])",
            "Map it over all the keys.",
        ),
        "without replacement": (
            "def bootstrap(key, statistic, x, repeats):\n"
            "    def once(key):\n"
            "        return statistic(random.choice(key, x, (len(x),), replace=False))\n"
            "    return vmap(once)(random.split(key, repeats))",
            "are values drawn with replacement?",
        ),
        "NumPy's noise": (
            "def bootstrap(key, statistic, x, repeats):\n"
            "    rows = np.random.default_rng().integers(0, len(x), (repeats, len(x)))\n"
            "    return vmap(statistic)(x[rows])",
            "Does it draw random numbers without a key",
        ),
        "entries for rows": (
            "def bootstrap(key, statistic, x, repeats):\n"
            "    def once(key):\n"
            "        rows = random.randint(key, x.shape, 0, len(x))\n"
            "        return statistic(jnp.take_along_axis(x, rows, axis=0))\n"
            "    return vmap(once)(random.split(key, repeats))",
            "Are whole rows drawn, so that the two values of a pair stay together?",
        ),
        "a key from inside": (
            "def bootstrap(key, statistic, x, repeats):\n"
            "    def once(key):\n"
            "        return statistic(random.choice(key, x, (len(x),)))\n"
            "    return vmap(once)(random.split(random.key(0), repeats))",
            "Do other keys give other numbers?",
        ),
    },
}
