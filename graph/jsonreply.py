"""Reads the one JSON object that a model was asked for, strictly: what could mean two things means nothing."""

import json
import re
from collections.abc import Iterator
from typing import Any

_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
"""What some models write before they answer."""


class BadReply(Exception):
    """The model's reply cannot be used; the message says why, so that the model can mend it."""


def one_object(reply: str) -> dict[str, Any]:
    """Return the only JSON object in ``reply``, whatever prose or fence stands around it.

    Raises:
        BadReply: there is none, or more than one, or it is cut, or a key stands twice, or a number is none.
    """
    found = list(_objects(_THOUGHTS.sub("", reply)))
    if len(found) != 1:
        raise BadReply("there is more than one JSON object in it" if found else "there is no JSON object in it")
    return found[0]


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the objects that stand side by side, not those within them."""
    decoder = json.JSONDecoder(object_pairs_hook=_no_twins, parse_constant=_no_constant)
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise BadReply(f"the JSON is broken: {error.msg} at character {error.pos}") from error
        except RecursionError as error:
            raise BadReply("the JSON is nested too deeply") from error
        yield value
        at = text.find("{", end)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise BadReply("a key stands twice in one object")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise BadReply(f"{name} is not JSON")
