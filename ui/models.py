"""Which models are asked: what is set and by what, a test of each with one call, and how to connect one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from graph.errors import SparringError, Unusable
from graph.settings import FILE, Settings
from ui import look, opening, parts, place, words
from ui.markup import Html, show, tag

if TYPE_CHECKING:
    from graph.checking import Configured, Part

NAME: Final = "models"
"""What the page is called in the address."""

_BUILT_IN = (
    "Built in means that no model is asked: the customer speaks the lines written on the card, and your turns are "
    "graded by the reader that comes with Sparring. It needs no key and no network, and costs nothing."
)
_MODEL = (
    "A model is sent what you write and what the customer knows. What the customer does next, and the grade, are "
    "decided by Sparring all the same; findings of the judge count only where your words bear them out."
)
_PARTS: "dict[Part, tuple[str, str]]" = {
    "customer": ("Customer", "built in"),
    "judge": ("Judge", "built in"),
    "fallback": ("Fallback", "none: where a model fails, you are asked whether to try again"),
}
"""Name of each part, and what is so where no model is set for it."""
_WAYS = (
    (
        "A hosted provider",
        "Name the model as litellm does, its provider first, and give the key you have from the provider.",
        'model = "openai/gpt-4.1-mini"\napi_key = "your key"',
    ),
    (
        "An OpenAI-compatible server",
        "vLLM, llama.cpp, LM Studio and many others. The name is the server's own, with openai/ before it.",
        'model = "openai/the-name-there"\napi_base = "http://127.0.0.1:8000/v1"',
    ),
    (
        "A file on this machine",
        "A model in the GGUF format, run by Sparring itself: nothing you write leaves the machine. It needs an add-on, "
        "which the command make local installs.",
        'model = "gguf:/path/to/model.gguf"',
    ),
)
_MORE = (
    "judge_model names another model for the judge, fallback_model one that is asked where the first fails. The same "
    "can be set as variables, which win over the file: SPARRING_MODEL, SPARRING_JUDGE_MODEL, SPARRING_FALLBACK_MODEL, "
    "SPARRING_API_BASE and SPARRING_API_KEY, or the provider's own, as OPENAI_API_KEY."
)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a test of a model came to."""

    well: bool
    said: str


def page() -> None:
    """Draw the page."""
    look.page("narrow", "Models")
    if parts.home_button():
        place.go()
    show(tag("h1", "Models"))
    try:
        settings = Settings.from_environment()
    except Unusable as error:
        show(parts.notice("The settings cannot be used as they are.", "warn", tag("p", str(error))))
    else:
        _settings(settings)
    look.aide(NAME)


def _settings(settings: Settings) -> None:
    from graph.checking import configured

    there, asked = configured(settings.models), settings.models.configured
    show(tag("p", _MODEL if asked else _BUILT_IN, cls="sp-lead"))
    if _changed(settings):
        show(parts.notice("These settings changed since Sparring was started. Start it again to play with them."))
    spots = {one: st.empty() for one in there}
    tried: dict[Configured, Tried] = st.session_state.setdefault("tried", {})
    for one, spot in spots.items():
        spot.html(_card(one, tried.get(one)))
    test = asked and st.button("Test each with one call", key="test", type="primary")
    if asked:
        show(parts.fold("What built in means", tag("p", _BUILT_IN)))
    _connect(settings, folded=asked)
    if test:  # last, for it takes seconds: the rest of the page is there meanwhile
        for one in (one for one in there if one.model):
            spots[one].html(_card(one, Tried(True, "Asking for one word.")))
            tried[one] = _try(settings, one.part)
            spots[one].html(_card(one, tried[one]))


def _changed(settings: Settings) -> bool:
    """Return whether sessions are played with other models than those set now."""
    going = opening.opening()
    return going.ready and going.error is None and going.ring().settings.models != settings.models


def _try(settings: Settings, part: "Part") -> Tried:
    from graph.checking import check_model

    try:
        return Tried(True, check_model(settings, part))
    except SparringError as error:
        return Tried(False, str(error))


def _card(one: "Configured", tried: Tried | None) -> Html:
    """Return what is set for one part, and what a test of it came to."""
    name, without = _PARTS[one.part]
    head = tag("h3", name, tag("span", one.model or without, cls=None if one.model else "sp-quiet"))
    if not one.model:
        return tag("div", head, cls="sp-model")
    where = words.placed(one)
    told = tag("p", f"{where[:1].upper()}{where[1:]}.", cls="sp-quiet")
    result = parts.notice(tried.said, "calm" if tried.well else "warn") if tried else None
    return tag("div", head, told, result, cls="sp-model")


def _connect(settings: Settings, *, folded: bool) -> None:
    if not folded:
        show(tag("h2", "Connect a model", cls="sp-alone"))
    with st.expander("Connect another model") if folded else st.container():
        show(tag("p", "Write one of these into the settings file, and start Sparring again. The file is:"))
        st.code(str(settings.data / FILE), language=None)
        for title, told, lines in _WAYS:
            show(tag("h3", title, cls="sp-way"), tag("p", told))
            st.code(lines, language=None)
        show(tag("p", _MORE))
