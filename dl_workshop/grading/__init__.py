"""The instructor's side of the exercises. Nothing else in the package imports it."""
