"""Wrong answers to the tasks of linear regression, and what each is told."""

MISTAKES = {
    "with_interaction": {
        "written into the argument": (
            "def with_interaction(X):\n"
            "    X[:, 1:] -= X[:, 1:].mean(axis=0)\n"
            "    return jnp.column_stack([X, X[:, 1] * X[:, 2]])",
            "with_interaction has changed its argument.",
        ),
        "the update not kept": (
            "def with_interaction(X):\n"
            "    X = jnp.asarray(X, dtype=float)\n"
            "    X.at[:, 1:].add(-X[:, 1:].mean(axis=0))\n"
            "    return jnp.column_stack([X, X[:, 1] * X[:, 2]])",
            "Did you keep what .at[…] returned?",
        ),
        "one mean for both columns": (
            "def with_interaction(X):\n"
            "    X = jnp.asarray(X, dtype=float)\n"
            "    X = X.at[:, 1:].add(-X[:, 1:].mean())\n"
            "    return jnp.column_stack([X, X[:, 1] * X[:, 2]])",
            "Each has its own: along which axis?",
        ),
        "the ones centred as well": (
            "def with_interaction(X):\n"
            "    X = jnp.asarray(X, dtype=float)\n"
            "    X = X - X.mean(axis=0)\n"
            "    return jnp.column_stack([X, X[:, 1] * X[:, 2]])",
            "the bias has lost its column.",
        ),
        "the product of the old columns": (
            "def with_interaction(X):\n"
            "    X = jnp.asarray(X, dtype=float)\n"
            "    product = X[:, 1] * X[:, 2]\n"
            "    X = X.at[:, 1:].add(-X[:, 1:].mean(axis=0))\n"
            "    return jnp.column_stack([X, product])",
            "but the product was made of the old ones.",
        ),
        "fractions put into whole numbers": (
            "def with_interaction(X):\n"
            "    X = np.array(X)\n"
            "    X[:, 1:] = X[:, 1:] - X[:, 1:].mean(axis=0)\n"
            "    return jnp.column_stack([X, X[:, 1] * X[:, 2]])",
            "What becomes of a fraction that is put into an array of whole numbers?",
        ),
    },
    "trend": {
        "not centred": (
            "def trend(x, y):\n"
            "    X = jnp.column_stack([jnp.ones(x.size), x])\n"
            "    bias, slope = jnp.linalg.solve(X.T @ X, X.T @ y)\n"
            "    return bias + slope * x.mean(), slope",
            "With small x it was right.",
        ),
        "QR without centring": (
            "def trend(x, y):\n"
            "    Q, R = jnp.linalg.qr(jnp.column_stack([jnp.ones(x.size), x]))\n"
            "    bias, slope = jax.scipy.linalg.solve_triangular(R, Q.T @ y)\n"
            "    return bias + slope * x.mean(), slope",
            "nearly cancels against slope times x.",
        ),
        "the bias at zero": (
            "def trend(x, y):\n"
            "    slope = jnp.cov(x, y)[0, 1] / jnp.var(x, ddof=1)\n"
            "    return y.mean() - slope * x.mean(), slope",
            "0.9 is the height of the line at x = 0",
        ),
        "the slope first": (
            "def trend(x, y):\n"
            "    slope = jnp.cov(x, y)[0, 1] / jnp.var(x, ddof=1)\n"
            "    return slope, y.mean()",
            "the level comes before the slope.",
        ),
        "the level in the middle of the range": (
            "def trend(x, y):\n"
            "    X = jnp.column_stack([jnp.ones(x.size), x - (x.min() + x.max()) / 2])\n"
            "    level, slope = jnp.linalg.solve(X.T @ X, X.T @ y)\n"
            "    return level, slope",
            "Is this the level at the mean, or halfway along x?",
        ),
    },
    "coefficient_table": {
        "divided by n": (
            "def coefficient_table(X, y):\n"
            "    beta = jnp.linalg.lstsq(X, y)[0]\n"
            "    s2 = jnp.mean((y - X @ beta) ** 2)\n"
            "    return jnp.stack(\n"
            "        [beta, jnp.sqrt(s2 * jnp.diag(jnp.linalg.inv(X.T @ X)))], axis=1\n"
            "    )",
            "The squares are divided by n, and it should be n - p.",
        ),
        "variances": (
            "def coefficient_table(X, y):\n"
            "    beta = jnp.linalg.lstsq(X, y)[0]\n"
            "    s2 = jnp.sum((y - X @ beta) ** 2) / (X.shape[0] - X.shape[1])\n"
            "    return jnp.stack([beta, s2 * jnp.diag(jnp.linalg.inv(X.T @ X))], axis=1)",
            "These are variances.",
        ),
        "the Hessian of the mean": (
            "def coefficient_table(X, y):\n"
            "    beta = jnp.linalg.lstsq(X, y)[0]\n"
            "    s2 = jnp.sum((y - X @ beta) ** 2) / (X.shape[0] - X.shape[1])\n"
            "    H = jax.hessian(lambda b: jnp.mean((y - X @ b) ** 2) / 2)(beta)\n"
            "    return jnp.stack([beta, jnp.sqrt(s2 * jnp.diag(jnp.linalg.inv(H)))], axis=1)",
            "the Hessian of the sum of squares counts, not of the mean.",
        ),
        "the inverse of the diagonal": (
            "def coefficient_table(X, y):\n"
            "    beta = jnp.linalg.lstsq(X, y)[0]\n"
            "    s2 = jnp.sum((y - X @ beta) ** 2) / (X.shape[0] - X.shape[1])\n"
            "    return jnp.stack([beta, jnp.sqrt(s2 / jnp.diag(X.T @ X))], axis=1)",
            "You want the diagonal of the inverse.",
        ),
        "estimates and errors as rows": (
            "def coefficient_table(X, y):\n"
            "    beta = jnp.linalg.lstsq(X, y)[0]\n"
            "    s2 = jnp.sum((y - X @ beta) ** 2) / (X.shape[0] - X.shape[1])\n"
            "    return jnp.stack([beta, jnp.sqrt(s2 * jnp.diag(jnp.linalg.inv(X.T @ X)))])",
            "the estimates should be a column.",
        ),
        "always two coefficients": (
            "def coefficient_table(X, y):\n"
            "    beta = jnp.linalg.lstsq(X, y)[0]\n"
            "    s2 = jnp.sum((y - X @ beta) ** 2) / (y.size - 2)\n"
            "    return jnp.stack(\n"
            "        [beta, jnp.sqrt(s2 * jnp.diag(jnp.linalg.inv(X.T @ X)))], axis=1\n"
            "    )",
            "Here p is 4. Does your code ask X for it?",
        ),
    },
    "ridge_path": {
        "the bias pays": (
            "def ridge_path(Z, y, penalties):\n"
            "    Z = (Z - Z.mean(axis=0)) / Z.std(axis=0)\n"
            "    X = jnp.column_stack([jnp.ones(y.size), Z])\n"
            "    I = jnp.eye(X.shape[1])\n"
            "    return vmap(lambda p: jnp.linalg.solve(X.T @ X + p * I, X.T @ y))(penalties)",
            "The bias pays too, and shrinks.",
        ),
        "a loop over the penalties": (
            "def ridge_path(Z, y, penalties):\n"
            "    Z = (Z - Z.mean(axis=0)) / Z.std(axis=0)\n"
            "    X = jnp.column_stack([jnp.ones(y.size), Z])\n"
            "    D = jnp.eye(X.shape[1]).at[0, 0].set(0.0)\n"
            "    return jnp.stack(\n"
            "        [jnp.linalg.solve(X.T @ X + p * D, X.T @ y) for p in penalties]\n"
            "    )",
            "there is a Python loop.",
        ),
        "not standardised": (
            "def ridge_path(Z, y, penalties):\n"
            "    X = jnp.column_stack([jnp.ones(y.size), Z - Z.mean(axis=0)])\n"
            "    D = jnp.eye(X.shape[1]).at[0, 0].set(0.0)\n"
            "    return vmap(lambda p: jnp.linalg.solve(X.T @ X + p * D, X.T @ y))(penalties)",
            "but not divided by their standard deviations.",
        ),
        "the columns as they are": (
            "def ridge_path(Z, y, penalties):\n"
            "    X = jnp.column_stack([jnp.ones(y.size), Z])\n"
            "    D = jnp.eye(X.shape[1]).at[0, 0].set(0.0)\n"
            "    return vmap(lambda p: jnp.linalg.solve(X.T @ X + p * D, X.T @ y))(penalties)",
            "The columns are not standardised",
        ),
        "the wrong axes in vmap": (
            "def ridge_path(Z, y, penalties):\n"
            "    Z = (Z - Z.mean(axis=0)) / Z.std(axis=0)\n"
            "    X = jnp.column_stack([jnp.ones(y.size), Z])\n"
            "    D = jnp.eye(X.shape[1]).at[0, 0].set(0.0)\n"
            "    def fit(X, y, p):\n"
            "        return jnp.linalg.solve(X.T @ X + p * D, X.T @ y)\n"
            "    return vmap(fit)(X, y, penalties)",
            "Give None for an argument that should stay whole.",
        ),
        "penalties as columns": (
            "def ridge_path(Z, y, penalties):\n"
            "    Z = (Z - Z.mean(axis=0)) / Z.std(axis=0)\n"
            "    X = jnp.column_stack([jnp.ones(y.size), Z])\n"
            "    D = jnp.eye(X.shape[1]).at[0, 0].set(0.0)\n"
            "    return vmap(lambda p: jnp.linalg.solve(X.T @ X + p * D, X.T @ y))(penalties).T",
            "A row for each of the 4 penalties",
        ),
    },
    "simulate_slopes": {
        "the same key for all": (
            "def simulate_slopes(key, x, beta, noise, n_repeats):\n"
            "    X = jnp.column_stack([jnp.ones(x.size), x])\n"
            "    def one(_):\n"
            "        y = X @ beta + noise(key, x.shape)\n"
            "        return jnp.linalg.solve(X.T @ X, X.T @ y)[1]\n"
            "    return vmap(one)(jnp.arange(n_repeats))",
            "All slopes are the same.",
        ),
        "one noise for all readings": (
            "def simulate_slopes(key, x, beta, noise, n_repeats):\n"
            "    X = jnp.column_stack([jnp.ones(x.size), x])\n"
            "    def one(key):\n"
            "        y = X @ beta + noise(key, ())\n"
            "        return jnp.linalg.solve(X.T @ X, X.T @ y)[1]\n"
            "    return vmap(one)(random.split(key, n_repeats))",
            "and each reading a noise of its own?",
        ),
        "a loop over the keys": (
            "def simulate_slopes(key, x, beta, noise, n_repeats):\n"
            "    X = jnp.column_stack([jnp.ones(x.size), x])\n"
            "    slopes = []\n"
            "    for k in random.split(key, n_repeats):\n"
            "        y = X @ beta + noise(k, x.shape)\n"
            "        slopes.append(jnp.linalg.solve(X.T @ X, X.T @ y)[1])\n"
            "    return jnp.array(slopes)",
            "there is a Python loop.",
        ),
        "always normal noise": (
            "def simulate_slopes(key, x, beta, noise, n_repeats):\n"
            "    X = jnp.column_stack([jnp.ones(x.size), x])\n"
            "    def one(key):\n"
            "        y = X @ beta + random.normal(key, x.shape)\n"
            "        return jnp.linalg.solve(X.T @ X, X.T @ y)[1]\n"
            "    return vmap(one)(random.split(key, n_repeats))",
            "Is it what was passed?",
        ),
        "the key not used": (
            "def simulate_slopes(key, x, beta, noise, n_repeats):\n"
            "    X = jnp.column_stack([jnp.ones(x.size), x])\n"
            "    def one(key):\n"
            "        y = X @ beta + noise(key, x.shape)\n"
            "        return jnp.linalg.solve(X.T @ X, X.T @ y)[1]\n"
            "    return vmap(one)(random.split(random.key(0), n_repeats))",
            "is the key that is passed used at all?",
        ),
        "nothing returned": (
            "def simulate_slopes(key, x, beta, noise, n_repeats):\n"
            "    X = jnp.column_stack([jnp.ones(x.size), x])\n"
            "    def one(key):\n"
            "        y = X @ beta + noise(key, x.shape)\n"
            "        return jnp.linalg.solve(X.T @ X, X.T @ y)[1]\n"
            "    vmap(one)(random.split(key, n_repeats))",
            "Does the function end with a return?",
        ),
    },
}
