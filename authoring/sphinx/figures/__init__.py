"""Figures in two colours, in their places."""
