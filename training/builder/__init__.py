"""Builds the labelled pages the models learn from out of clones of public repositories.

The files follow the data: `sources` (what to clone) -> `readers` (clone to pages) -> `extraction` (HTML to lines) ->
`words`, `lcs`, `alignment`, `labels` (lines against the gold text) -> `sites` (split by registered domain) ->
`duplicates` -> `lines`, `documents` (records) -> `files` (what is written). `build` runs it, `check` judges the outcome.
"""
