"""Wrong answers to the tasks on gradients, and what each is told."""

MISTAKES = {
    "tangent": {
        "the slope at x": (
            "def tangent(f, a):\n    return lambda x: f(a) + grad(f)(x) * (x - a)",
            "The tangent keeps the slope that f has at a.",
        ),
        "not through the point": (
            "def tangent(f, a):\n    return lambda x: f(a) + grad(f)(a) * x",
            "The line should pass through (a, f(a)). How far is x from a?",
        ),
        "a minus x": (
            "def tangent(f, a):\n    return lambda x: f(a) + grad(f)(a) * (a - x)",
            "To the right of a this line goes down",
        ),
        "the slope alone": (
            "def tangent(f, a):\n    return grad(f)(a)",
            "The line takes x later. Define a function of x inside tangent, and return it.",
        ),
        "always the cubic": (
            "def tangent(f, a):\n    return lambda x: cubic(a) + (3 * a**2 - 2) * (x - a)",
            "Does the line depend on the function and the place that are passed?",
        ),
    },
    "derivative": {
        "one time too few": (
            "def derivative(f, k):\n"
            "    for _ in range(1, k):\n"
            "        f = grad(f)\n"
            "    return lambda x: f(1.0 * x)",
            "This is the first derivative. How often was grad applied?",
        ),
        "a power of the slope": (
            "def derivative(f, k):\n    return lambda x: grad(f)(1.0 * x) ** k",
            "The second derivative is the slope of the slope.",
        ),
        "whole numbers": (
            "def derivative(f, k):\n    for _ in range(k):\n        f = grad(f)\n    return f",
            "grad refuses the whole number. Turn x into a float before it gets to grad.",
        ),
        "a lambda in the loop": (
            "def derivative(f, k):\n"
            "    for _ in range(k):\n"
            "        f = lambda x: grad(f)(1.0 * x)\n"
            "    return f",
            "A lambda looks up f when it is called, and by then f is the lambda itself.",
        ),
        "first and second only": (
            "def derivative(f, k):\n"
            "    if k == 0:\n"
            "        return f\n"
            "    if k == 1:\n"
            "        return lambda x: grad(f)(1.0 * x)\n"
            "    return lambda x: grad(grad(f))(1.0 * x)",
            "Does your code work for every k, or only for small ones?",
        ),
    },
    "slopes_at": {
        "grad without vmap": (
            "def slopes_at(f, xs):\n    return grad(f)(xs)",
            "for many separate derivatives use vmap(grad(f))",
        ),
        "a loop over the points": (
            "def slopes_at(f, xs):\n    return jnp.array([grad(f)(x) for x in xs])",
            "needs more operations for more data: there is a Python loop. operations for 8",
        ),
        "the slope of the sum": (
            "def slopes_at(f, xs):\n    return grad(lambda all_xs: jnp.sum(f(all_xs)))(xs)",
            "slopes_at hands an array to bumps, which takes one number.",
        ),
        "the whole Jacobian": (
            "def slopes_at(f, xs):\n    return jax.jacobian(vmap(f))(xs)",
            "should have the shape (4,), but has (4, 4). expected:",
        ),
        "a loop of JAX": (
            "def slopes_at(f, xs):\n    return jax.lax.map(grad(f), xs)",
            "vmap handles all of them in one operation.",
        ),
    },
    "sensitivities": {
        "argnums left out": (
            "def sensitivities(f, params, *data):\n"
            "    return 0.01 * params[0] * grad(f)(*params, *data)",
            "grad differentiates with respect to the first argument unless argnums says otherwise",
        ),
        "the slopes": (
            "def sensitivities(f, params, *data):\n"
            "    return grad(f, argnums=tuple(range(len(params))))(*params, *data)",
            "These are the slopes. How far does each parameter move?",
        ),
        "the change itself": (
            "def sensitivities(f, params, *data):\n"
            "    changes = []\n"
            "    for i in range(len(params)):\n"
            "        moved = [p * 1.01 if i == j else p for j, p in enumerate(params)]\n"
            "        changes.append(f(*moved, *data) - f(*params, *data))\n"
            "    return tuple(changes)",
            "This is the change itself. Asked for is what the slope says about it.",
        ),
        "the data as well": (
            "def sensitivities(f, params, *data):\n"
            "    everything = params + data\n"
            "    slopes = grad(f, argnums=tuple(range(len(everything))))(*everything)\n"
            "    return tuple(0.01 * p * s for p, s in zip(params, slopes))",
            "Are the data differentiated as well? argnums should name the parameters only.",
        ),
        "always two parameters": (
            "def sensitivities(f, params, *data):\n"
            "    slopes = grad(f, argnums=(0, 1))(*params, *data)\n"
            "    return tuple(0.01 * p * s for p, s in zip(params, slopes))",
            "How many parameters are there? Let argnums follow from params.",
        ),
    },
    "fastest": {
        "the top of the curve": (
            "def fastest(f, x, learning_rate, steps):\n"
            "    for _ in range(steps):\n"
            "        x = x + learning_rate * grad(f)(x)\n"
            "    return x, grad(f)(x)",
            "This step climbs the ramp itself.",
        ),
        "downhill": (
            "def fastest(f, x, learning_rate, steps):\n"
            "    for _ in range(steps):\n"
            "        x = x - learning_rate * grad(grad(f))(x)\n"
            "    return x, grad(f)(x)",
            "This step goes downhill: the slope has become smaller.",
        ),
        "the slope before the step": (
            "def fastest(f, x, learning_rate, steps):\n"
            "    slope = grad(f)(x)\n"
            "    for _ in range(steps):\n"
            "        slope = grad(f)(x)\n"
            "        x = x + learning_rate * grad(grad(f))(x)\n"
            "    return x, slope",
            "The slope is still that at the start.",
        ),
        "the height": (
            "def fastest(f, x, learning_rate, steps):\n"
            "    for _ in range(steps):\n"
            "        x = x + learning_rate * grad(grad(f))(x)\n"
            "    return x, f(x)",
            "The second number is the height there, not the slope.",
        ),
        "nothing without a step": (
            "def fastest(f, x, learning_rate, steps):\n"
            "    for _ in range(steps):\n"
            "        x = x + learning_rate * grad(grad(f))(x)\n"
            "        slope = grad(f)(x)\n"
            "    return x, slope",
            "UnboundLocalError",
        ),
    },
}
