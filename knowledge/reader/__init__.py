"""The reader: says in milliseconds, and without any network, what one trainee turn shows."""

from functools import lru_cache

from knowledge.reader.trained import TrainedReader
from knowledge.reading import Reader

__all__ = ["load_reader"]


@lru_cache(maxsize=1)
def load_reader() -> Reader:
    """Return the reader, loaded once per process."""
    return TrainedReader.load()
