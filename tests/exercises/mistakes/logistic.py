"""Wrong answers to the tasks on logistic regression, and what each is told."""

NEWTON = (
    "def newton_logistic(X, yeses, totals, steps):\n"
    "    beta = jnp.zeros(X.shape[1])\n"
    "    path = [beta]\n"
    "    for _ in range(steps):\n"
    "        p = jax.nn.sigmoid(X @ beta)\n"
    "        weights = totals * p * (1 - p)\n"
    "        H = X.T @ (weights[:, None] * X)\n"
    "        beta = beta - jnp.linalg.solve(H, X.T @ (totals * p - yeses))\n"
    "        path.append(beta)\n"
    "    return jnp.array(path)"
)
RIDGE = (
    "def ridge_logistic(X, y, penalty):\n"
    "    def loss(b, X, y):\n"
    "        z = X @ b\n"
    "        mean_loss = (jnp.logaddexp(0.0, z) - y * z).mean()\n"
    "        return mean_loss + penalty / 2 * jnp.sum((X.std(axis=0) * b) ** 2)\n"
    "    return newton(loss, jnp.zeros(X.shape[1]), steps=10, args=(X, y)).end"
)


def changed(right: str, old: str, new: str) -> str:
    """Return a right answer with a mistake in it."""
    assert right.count(old) == 1, old
    return right.replace(old, new)


MISTAKES = {
    "logit_loss": {
        "the formula as it stands": (
            "def logit_loss(z, yeses, total):\n"
            "    p = jax.nn.sigmoid(z)\n"
            "    return -yeses * jnp.log(p) - (total - yeses) * jnp.log(1 - p)",
            "Look for an exponential that overflows, a logarithm of zero",
        ),
        "the mean of the group": (
            "def logit_loss(z, yeses, total):\n"
            "    share = yeses / total\n"
            "    good, bad = jax.nn.log_sigmoid(z), jax.nn.log_sigmoid(-z)\n"
            "    return -share * good - (1 - share) * bad",
            "off by a factor of n = 4: is it a sum for a mean, or a mean for a sum?",
        ),
        "the sign": (
            "def logit_loss(z, yeses, total):\n"
            "    good, bad = jax.nn.log_sigmoid(z), jax.nn.log_sigmoid(-z)\n"
            "    return yeses * good + (total - yeses) * bad",
            "The sign is the wrong way round.",
        ),
        "an exponential that overflows in the branch not taken": (
            "def logit_loss(z, yeses, total):\n"
            "    soft = jnp.where(z > 50.0, z, jnp.log(1 + jnp.exp(z)))\n"
            "    return total * soft - yeses * z",
            "The loss is right here, and its slope is not",
        ),
        "a kink at zero": (
            "def logit_loss(z, yeses, total):\n"
            "    soft = jnp.maximum(z, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(z)))\n"
            "    return total * soft - yeses * z",
            "A maximum and |z| have a kink at 0.",
        ),
        "an if on the logit": (
            "def logit_loss(z, yeses, total):\n"
            "    if z > 0:\n"
            "        soft = z + jnp.log1p(jnp.exp(-z))\n"
            "    else:\n"
            "        soft = jnp.log1p(jnp.exp(z))\n"
            "    return total * soft - yeses * z",
            "Use jnp.where for values",
        ),
    },
    "probit_loss": {
        "the logarithm of the cdf": (
            "def probit_loss(z, y):\n    return -jnp.log(norm.cdf((2 * y - 1) * z))",
            "Which function of norm never computes it?",
        ),
        "a tiny number added": (
            "def probit_loss(z, y):\n    return -jnp.log(norm.cdf((2 * y - 1) * z) + 1e-15)",
            "Which function of norm never computes it?",
        ),
        "the outcomes swapped": (
            "def probit_loss(z, y):\n    return -norm.logcdf((1 - 2 * y) * z)",
            "This is the loss for the other outcome.",
        ),
        "the sign": (
            "def probit_loss(z, y):\n    return norm.logcdf((2 * y - 1) * z)",
            "The sign is the wrong way round.",
        ),
        "scipy for jax": (
            "def probit_loss(z, y):\n    return -st.norm.logcdf((2 * y - 1) * z)",
            "Use the function of the same name from jax.numpy or jax.scipy.",
        ),
        "an if on the outcome": (
            "def probit_loss(z, y):\n"
            "    if y == 1:\n"
            "        return -norm.logcdf(z)\n"
            "    return -norm.logcdf(-z)",
            "Use jnp.where for values",
        ),
    },
    "newton_logistic": {
        "uphill": (
            changed(NEWTON, "beta - jnp", "beta + jnp"),
            "The first step goes uphill",
        ),
        "the start left out": (
            changed(NEWTON, "path = [beta]", "path = []"),
            "the zeros, and one after each step",
        ),
        "each group for one case": (
            changed(NEWTON, "weights = totals * p", "weights = p").replace(
                "(totals * p - yeses)", "(p - yeses)"
            ),
            "Where do the totals come in?",
        ),
        "the diagonal matrix": (
            changed(NEWTON, "(weights[:, None] * X)", "jnp.diag(weights) @ X"),
            "Do you need the diagonal matrix itself",
        ),
        "the weights of the start for ever": (
            changed(NEWTON, "weights = totals * p * (1 - p)", "weights = totals / 4"),
            "Do p and the weights follow the coefficients at each step?",
        ),
        "always seven steps": (
            changed(NEWTON, "range(steps)", "range(7)"),
            "Nine steps with four coefficients has the wrong shape.",
        ),
    },
    "mean_effects": {
        "slopes along the coefficients": (
            "def mean_effects(chance, coefficients, cases):\n"
            "    slopes = vmap(grad(chance), in_axes=(None, 0))\n"
            "    return slopes(coefficients, cases).mean(axis=0)",
            "slopes along x, averaged over the cases only",
        ),
        "the sum": (
            "def mean_effects(chance, coefficients, cases):\n"
            "    slopes = vmap(grad(chance, argnums=1), in_axes=(None, 0))\n"
            "    return slopes(coefficients, cases).sum(axis=0)",
            "is it a sum for a mean, or a mean for a sum?",
        ),
        "the effect in the average case": (
            "def mean_effects(chance, coefficients, cases):\n"
            "    return grad(chance, argnums=1)(coefficients, cases.mean(axis=0))",
            "This is the effect in the average case",
        ),
        "one mean of everything": (
            "def mean_effects(chance, coefficients, cases):\n"
            "    slopes = vmap(grad(chance, argnums=1), in_axes=(None, 0))\n"
            "    return slopes(coefficients, cases).mean()",
            "There are two predictors, so two numbers",
        ),
        "no in_axes": (
            "def mean_effects(chance, coefficients, cases):\n"
            "    slopes = vmap(grad(chance, argnums=1))\n"
            "    return slopes(coefficients, cases).mean(axis=0)",
            "Give None for an argument that should stay whole.",
        ),
        "by hand, for the model with a square": (
            "def mean_effects(chance, coefficients, cases):\n"
            "    b0, b1, b2, b3 = jnp.resize(coefficients, 4)\n"
            "    u, v = cases[:, 0], cases[:, 1]\n"
            "    p = jax.nn.sigmoid(b0 + b1 * u + b2 * u**2 + b3 * v)\n"
            "    inner = jnp.column_stack([b1 + 2 * b2 * u, b3 * jnp.ones_like(u)])\n"
            "    return (p * (1 - p)) @ inner / len(u)",
            "Does the answer come from the model that is passed?",
        ),
    },
    "ridge_logistic": {
        "the bias penalised": (
            changed(RIDGE, "X.std(axis=0) * b", "X.std(axis=0).at[0].set(1.0) * b"),
            "The bias is penalised too.",
        ),
        "all coefficients as they are": (
            changed(RIDGE, "X.std(axis=0) * b", "b"),
            "Here the bias is penalised, and where are the units?",
        ),
        "the half forgotten": (
            changed(RIDGE, "penalty / 2", "penalty"),
            "The penalty counts twice.",
        ),
        "a penalty that rewards": (
            changed(RIDGE, "mean_loss + penalty", "mean_loss - penalty"),
            "What is to be small has two parts",
        ),
        "the whole descent returned": (
            changed(RIDGE, ".end", ""),
            "ridge_logistic(X_machines, failed, 0.1) has the wrong structure.",
        ),
        "one standard deviation for all": (
            changed(RIDGE, "X.std(axis=0) * b", "X[:, 1:].std() * b[1:]"),
            "Each predictor has a standard deviation of its own.",
        ),
    },
}
