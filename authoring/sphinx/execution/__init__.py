"""Executing chapters, and keeping their outputs."""
