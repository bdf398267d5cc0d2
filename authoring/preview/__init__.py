"""Show an edit of the book in the browser a few seconds after it is saved: `make preview`.

A process watches the sources and serves the pages; another one holds Sphinx, which stays warm. The
preview lives in `_build/preview/`, so the checked site of `make book` stays as it is; outputs come
from the same execution cache. What `make book` refuses is only reported here.
"""
