"""The loops of the course's source documents, as these have them: op by op, one step at a time."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jax import grad
from jax.scipy.stats import norm


def exponential_pdf(lam, x):
    return lam * jnp.exp(-lam * x)


def exponential_loss(lam, x, eps=0.000000001):
    components_before_log = exponential_pdf(lam, x)
    components_after_log = jnp.log(components_before_log + eps)
    return -jnp.sum(components_after_log)


def fit_exponential(guess, samples, learning_rate=0.01, num_iterations=5000):
    loss_function_grad = grad(exponential_loss, 0)
    for _ in range(num_iterations):
        guess = guess - learning_rate * loss_function_grad(guess, samples)
    return guess


def gamma_pdf(k, theta, x):
    factor = 1 / (jax.scipy.special.gamma(k) * jnp.power(theta, k))
    return factor * (jnp.power(x, k - 1) * jnp.exp(-x / theta))


def gamma_loss(k, theta, x, eps=0.000001):
    components_before_log = gamma_pdf(k, theta, x)
    components_after_log = jnp.log(components_before_log + eps)
    return -jnp.sum(components_after_log)


def fit_gamma(k, theta, samples, learning_rate=0.001, num_iterations=1000):
    grad_k = grad(gamma_loss, 0)
    grad_theta = grad(gamma_loss, 1)
    for _ in range(num_iterations):
        k_grad = grad_k(k, theta, samples)
        theta_grad = grad_theta(k, theta, samples)
        k = k - learning_rate * k_grad
        theta = theta - learning_rate * theta_grad
    return k, theta


def normal_loss(mu, log_sigma, data):
    return -jnp.sum(norm.logpdf(data, loc=mu, scale=jnp.exp(log_sigma)))


def fit_normal(mu, log_sigma, data):
    gradient = partial(grad(normal_loss, argnums=(0, 1)), data=data)
    for _ in range(300):
        dmu, dlog_sigma = gradient(mu, log_sigma)
        mu -= dmu * 0.0001
        log_sigma -= dlog_sigma * 0.0001
    return mu, log_sigma


def predict(weights, bias, predictors):
    return 1 / (1 + jnp.exp(-(jnp.dot(predictors, weights) + bias)))


def logistic_loss(weights, bias, predictors, targets):
    preds = predict(weights, bias, predictors)
    term_1 = targets * jnp.log(preds + 1e-15)
    term_2 = (1 - targets) * jnp.log(1 - preds + 1e-15)
    return -jnp.mean(term_1 + term_2)


@jax.jit
def update_step(weights, bias, predictors, targets, learning_rate):
    dw, db = grad(logistic_loss, argnums=(0, 1))(weights, bias, predictors, targets)
    return weights - learning_rate * dw, bias - learning_rate * db


def fit_logistic(weights, bias, predictors, targets):
    for i in range(501):
        weights, bias = update_step(weights, bias, predictors, targets, 0.1)
        if i % 100 == 0:
            f"Epoch {i}: Loss = {logistic_loss(weights, bias, predictors, targets):.4f}"
    return weights, bias
