"""Wrong answers to the tasks of the chapter on maximum likelihood, and what each is told."""

POISSON = (
    "def poisson_fit(counts, times):\n"
    "    def log_density(log_rate, data):\n"
    "        x, t = data\n"
    "        return x * log_rate - t * jnp.exp(log_rate)\n"
)
WEIBULL = (
    "def weibull_fit(x):\n"
    "    def log_density(params, x):\n"
    "        k, log_s = jnp.exp(params[0]), params[1]\n"
    "        z = k * (jnp.log(x) - log_s)\n"
    "        return params[0] + z - jnp.log(x) - jnp.exp(z)\n"
    "    start = jnp.array([0.0, jnp.log(jnp.mean(x))])\n"
)

MISTAKES = {
    "poisson_fit": {
        "standard error of the logarithm": (
            POISSON + "    fit = likelihood.mle(log_density, (counts, times), 0.0)\n"
            "    return jnp.exp(fit.estimate), fit.standard_errors",
            "But is this standard error that of the rate?",
        ),
        "times left out": (
            "def poisson_fit(counts, times):\n"
            "    rate = jnp.mean(counts)\n"
            "    return rate, jnp.sqrt(rate / len(counts))",
            "Where do the hours come in?",
        ),
        "mean for sum": (
            "def poisson_fit(counts, times):\n"
            "    def loss(rate):\n"
            "        return jnp.mean(rate * times - counts * jnp.log(rate))\n"
            "    rate = jnp.sum(counts) / jnp.sum(times)\n"
            "    return rate, 1 / jnp.sqrt(grad(grad(loss))(rate))",
            "Is the loss a sum or a mean?",
        ),
        "integer start": (
            POISSON + "    fit = likelihood.mle(log_density, (counts, times), 0)\n"
            "    rate = jnp.exp(fit.estimate)\n"
            "    return rate, rate * fit.standard_errors",
            "Write 0.0 instead of 0",
        ),
        "always the help line": (
            "def poisson_fit(counts, times):\n"
            "    rate = jnp.sum(calls) / jnp.sum(hours)\n"
            "    return rate, jnp.sqrt(jnp.sum(calls)) / jnp.sum(hours)",
            "Do both numbers depend on all of the data that are passed?",
        ),
    },
    "before_transform": {
        "the Jacobian forgotten": (
            "def before_transform(logpdf, g):\n    return lambda x: logpdf(g(x))",
            "How much does g stretch an interval at x?",
        ),
        "the Jacobian with the wrong sign": (
            "def before_transform(logpdf, g):\n"
            "    return lambda x: logpdf(g(x)) - jnp.log(jnp.abs(vmap(grad(g))(x)))",
            "The stretching is there, but the wrong way round.",
        ),
        "the Jacobian without its logarithm": (
            "def before_transform(logpdf, g):\n"
            "    return lambda x: logpdf(g(x)) + jnp.abs(vmap(grad(g))(x))",
            "A factor of the density is a summand of the log-density, but is it this one?",
        ),
        "grad of an array": (
            "def before_transform(logpdf, g):\n"
            "    return lambda x: logpdf(g(x)) + jnp.log(jnp.abs(grad(g)(x)))",
            "for many separate derivatives use vmap(grad(f))",
        ),
        "the absolute value forgotten": (
            "def before_transform(logpdf, g):\n"
            "    return lambda x: logpdf(g(x)) + jnp.log(vmap(grad(g))(x))",
            "This transformation falls. A length is not negative.",
        ),
    },
    "mixture_logpdf": {
        "logarithm of the computed density": (
            "def mixture_logpdf(x, weights, means, sigmas):\n"
            "    return jnp.log(norm.pdf(x[:, None], means, sigmas) @ weights)",
            "Was a density computed before its logarithm?",
        ),
        "an epsilon inside the logarithm": (
            "def mixture_logpdf(x, weights, means, sigmas):\n"
            "    return jnp.log(norm.pdf(x[:, None], means, sigmas) @ weights + 1e-9)",
            "It hides the underflow; it does not cure it.",
        ),
        "weights times log-densities": (
            "def mixture_logpdf(x, weights, means, sigmas):\n"
            "    return norm.logpdf(x[:, None], means, sigmas) @ weights",
            "The densities are averaged, not their logarithms.",
        ),
        "over the wrong axis": (
            "def mixture_logpdf(x, weights, means, sigmas):\n"
            "    parts = norm.logpdf(x[:, None], means, sigmas) + jnp.log(weights)\n"
            "    return jax.scipy.special.logsumexp(parts, axis=0)",
            "One number for each x: over which axis is the sum?",
        ),
        "for two parts only": (
            "def mixture_logpdf(x, weights, means, sigmas):\n"
            "    first = norm.logpdf(x, means[0], sigmas[0]) + jnp.log(weights[0])\n"
            "    second = norm.logpdf(x, means[1], sigmas[1]) + jnp.log(weights[1])\n"
            "    return jnp.logaddexp(first, second)",
            "Does it work for any number of parts?",
        ),
    },
    "weibull_fit": {
        "standard errors of the logarithms": (
            WEIBULL + "    fit = likelihood.mle(log_density, x, start)\n"
            "    return jnp.exp(fit.estimate), fit.standard_errors",
            "But these are the standard errors of log k and log s.",
        ),
        "logarithms returned": (
            WEIBULL + "    fit = likelihood.mle(log_density, x, start)\n"
            "    return fit.estimate, fit.standard_errors",
            "These are the logarithms.",
        ),
        "inverse of the diagonal": (
            WEIBULL + "    estimate = likelihood.mle(log_density, x, start).estimate\n"
            "    H = jax.hessian(lambda p: -jnp.sum(log_density(p, x)))(estimate)\n"
            "    return jnp.exp(estimate), jnp.exp(estimate) / jnp.sqrt(jnp.diag(H))",
            "What comes first, the inverse of the Hessian or its diagonal?",
        ),
        "nothing returned": (
            WEIBULL + "    fit = likelihood.mle(log_density, x, start)\n"
            "    k_and_s = jnp.exp(fit.estimate)\n"
            "    k_and_s, k_and_s * fit.standard_errors",
            "weibull_fit(bearings) is None.",
        ),
        "parameters that must be positive": (
            "def weibull_fit(x):\n"
            "    def log_density(params, x):\n"
            "        k, s = params\n"
            "        return jnp.log(k / s) + (k - 1) * jnp.log(x / s) - (x / s) ** k\n"
            "    fit = likelihood.mle(log_density, x, jnp.array([1.0, 80.0]))\n"
            "    return fit.estimate, fit.standard_errors",
            "NotAMaximumError",
        ),
    },
}
