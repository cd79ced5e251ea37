"""Reads ``patterns.toml``: every regular expression of the plain rules stands there."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("patterns.toml")
_LEFT_OUT = re.compile(
    r"(?<=n)'(?=t\b)|(?<=i)'(?=m\b|ve\b)|(?<=you)'(?=re\b|ve\b)|(?<=they)'(?=re\b)|(?<=that|what)'(?=s\b)"
)
"""Apostrophes that people leave out when they type in a hurry, where what remains is no other word."""


@lru_cache(maxsize=1)
def _data() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def table(name: str) -> list[Mapping[str, Any]]:
    """Return the entries of ``[[name]]``, in the order of the file."""
    return list(_data()[name])


@cache
def text_pattern(name: str) -> re.Pattern[str]:
    """Return the pattern ``name`` of ``[text]``."""
    return compiled(_data()["text"][name])


@cache
def vocabulary(name: str) -> frozenset[str]:
    """Return the words that ``[vocabulary]`` lists under ``name``."""
    return frozenset(_data()["vocabulary"][name].split())


def compiled(says: str | list[str]) -> re.Pattern[str]:
    """Compile a pattern, or a list of which any may match; names in braces become their words."""
    pattern = _any(says)
    for name, words in {**_data()["words"], **_data()["text"]}.items():
        if "{" + name + "}" in pattern:
            pattern = pattern.replace("{" + name + "}", f"(?:{_any(words)})")
    return re.compile(_LEFT_OUT.sub("'?", pattern), re.IGNORECASE)


def _any(says: str | list[str]) -> str:
    return says if isinstance(says, str) else "|".join(says)
