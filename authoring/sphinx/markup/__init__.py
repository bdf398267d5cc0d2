"""Directives and links that authors write."""
