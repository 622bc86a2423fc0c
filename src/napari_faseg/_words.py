"""Numbers in sentences, and errors as one."""


def counted(number: int, word: str) -> str:
    """Return a number and a word in the singular or the plural."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def reason(error: BaseException) -> str:
    """Return what an error says, on one line, or its type where it says nothing.

    A KeyError of Python says nothing but the key, and a MemoryError often nothing at all.
    """
    said = str(error)
    if isinstance(error, KeyError) and len(error.args) == 1:
        (key,) = error.args
        is_sentence = isinstance(key, str) and " " in key
        said = key if is_sentence else f"expected an entry {key!r}, got none"
    elif isinstance(error, MemoryError):
        said = said or "there is not enough memory"
    return " ".join(said.split()) or type(error).__name__
