"""Numbers in sentences."""


def counted(number: int, word: str) -> str:
    """Return a number and a word in the singular or the plural."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
