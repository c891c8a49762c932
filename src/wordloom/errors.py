"""The errors that wordloom raises on purpose; every message says what to do.

The command line prints the message alone and exits with 2, for a `TrainingError` with 1.
"""

__all__ = [
    "DataWarning",
    "FormatError",
    "InputError",
    "MissingExtraError",
    "TrainingError",
    "UnknownWordError",
    "WordloomError",
]


class WordloomError(Exception):
    """Base class of all errors that wordloom raises on purpose."""


class InputError(WordloomError, ValueError):
    """An argument, a file or a text breaks a rule that the message states."""


class FormatError(InputError):
    """A file or folder is damaged, incomplete or of a foreign format."""


class UnknownWordError(InputError, KeyError):
    """A word has no vector: it is not in the vocabulary, and the OOV policy leaves it out."""

    def __str__(self) -> str:
        return str(self.args[0])


class DataWarning(UserWarning):
    """The data was read, but something in it is worth a look."""


class TrainingError(WordloomError):
    """Training cannot go on; the message names the step and the settings.

    Attributes:
        embedding: The last good state as an embedding, or None where there is none yet.
    """

    def __init__(self, message: str, embedding: object | None = None) -> None:
        super().__init__(message)
        self.embedding = embedding


class MissingExtraError(WordloomError, ImportError):
    """An optional dependency is not installed.

    Args:
        package: Name of the missing package, as it is imported.
        extra: The wordloom extra that installs it.
        purpose: What it is needed for, as in "reading .parquet files".
    """

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose[0].upper()}{purpose[1:]} needs the package '{package}', which is not "
            f"installed. Install it with: pip install 'wordloom[{extra}]'"
        )
        self.package = package
        self.extra = extra
