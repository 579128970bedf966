"""The language of a text."""

LONGEST = 3000  # characters that decide


def language_of(text: str) -> str:
    """Two-letter code of the likeliest language."""
    # imported late: only building needs the package
    import py3langid

    return str(py3langid.classify(text[:LONGEST])[0])
