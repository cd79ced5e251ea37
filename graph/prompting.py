"""Prompts are files, filled by name; what a trainee wrote goes into them as fenced data and never as words of ours."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from functools import cache
from pathlib import Path
from string import Template

PROMPTS = Path(__file__).parent / "prompts"

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_SECRET = secrets.token_bytes(32)
"""Of this process: nonces cannot be worked out from a session's seed."""
_OPENS, _CLOSES = "<<said {nonce}>>", "<<end {nonce}>>"
_LIKE_A_FENCE = re.compile(r"<<(?=\s*/?\s*(?:said|end)\b)|(?<=\S)>>", re.IGNORECASE)


def fill(name: str, /, **parts: str) -> str:
    """Return the prompt ``prompts/<name>.md`` with every ``$part`` in it replaced.

    What is put in is not looked at again: a dollar sign in a part stays one. ``$$`` in a file is a dollar sign.

    Raises:
        FileNotFoundError: there is no prompt of that name.
        ValueError: a part of the prompt was not given, or one was given that the prompt does not have.
    """
    template = _template(name)
    wanted = set(template.get_identifiers())
    if missing := sorted(wanted - parts.keys()):
        raise ValueError(f"the prompt {name} needs {', '.join(missing)} as well")
    if extra := sorted(parts.keys() - wanted):
        raise ValueError(f"the prompt {name} has no place for {', '.join(extra)}")
    return template.substitute(parts).strip()


def nonce(of: str = "") -> str:
    """Return a word of twelve hex digits that nobody outside can guess.

    With ``of`` it is the same for the same ``of`` as long as this process runs: a conversation that keeps its nonce
    keeps its prefix, which providers cache. Without, it is a fresh one.
    """
    return hmac.new(_SECRET, of.encode(), hashlib.sha256).hexdigest()[:12] if of else secrets.token_hex(6)


def fenced(text: str, nonce: str) -> str:
    """Return ``text`` between two lines that carry ``nonce``.

    The text cannot close its own fence: the nonce, and all that looks like a fence, is broken up in it, and signs
    that cannot be seen are left out. Everything else stays as it was written, so that it can be quoted.
    """
    return "\n".join((_OPENS.format(nonce=nonce), unfenced(text, nonce), _CLOSES.format(nonce=nonce)))


def unfenced(text: str, nonce: str) -> str:
    """Return ``text`` as it stands inside a fence of ``nonce``, without the fence."""
    seen = "".join(
        sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cf", "Co", "Cn")
    )
    apart = re.sub(re.escape(nonce), lambda hit: " ".join(hit[0]), seen, flags=re.IGNORECASE)
    return _LIKE_A_FENCE.sub(lambda hit: " ".join(hit[0]), apart)


@cache
def _template(name: str) -> Template:
    if not _NAME.fullmatch(name):
        raise FileNotFoundError(f"a prompt's name is lower-case letters, digits and hyphens: {name!r}")
    return Template((PROMPTS / f"{name}.md").read_text(encoding="utf-8"))
