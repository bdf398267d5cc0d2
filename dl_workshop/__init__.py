"""Helpers for the course "Learn JAX through statistics".

- `dl_workshop.jax_idioms`: the goldfield and the answers to its practice exercises.
- `dl_workshop.optimize`: gradient descent and Newton's method, each as one compiled call.
- `dl_workshop.likelihood`: maximum likelihood for any log-density, with standard errors.
- `dl_workshop.plotting`: the style of the book's figures.
- `dl_workshop.checks`: the checks of the exercises.
- `dl_workshop.student_side`: how a test transforms an answer that it can only call.
- `dl_workshop.hints`: advice under the errors of JAX.
"""
