"""The mood over a conversation: as a chart, and the same as a table."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from graph.types import Mood
from ui import parts, words
from ui.markup import Html, show, tag

_COLOURS: dict[words.Feeling, str] = {"anger": "#b4452f", "trust": "#2a6f63", "patience": "#46628c"}
_MARKS: dict[words.Feeling, str] = {"anger": "circle", "trust": "square", "patience": "triangle-up"}
_DASHES: dict[words.Feeling, list[int]] = {"anger": [1, 0], "trust": [6, 3], "patience": [2, 2]}
_FONT = "Source Sans"
_CONFIG = {
    "view": {"stroke": None},
    "axis": {
        "labelFont": _FONT, "titleFont": _FONT, "labelFontSize": 13, "titleFontSize": 13, "titleFontWeight": "normal",
        "labelColor": "#525c61", "titleColor": "#525c61", "gridColor": "#ebe7df", "domainColor": "#cfc9bd",
        "tickColor": "#cfc9bd",
    },
    "legend": {"labelFont": _FONT, "labelFontSize": 14, "labelColor": "#22282b", "symbolSize": 90, "columnPadding": 18},
}  # fmt: skip


def draw(moods: Sequence[Mood]) -> None:
    """Draw the mood at the start and after each turn."""
    st.vega_lite_chart(None, _spec(moods), width="stretch", theme=None, alt=described(moods))
    show(parts.fold("The same as a table", _table(moods)))


def described(moods: Sequence[Mood]) -> str:
    """Say in words what the chart shows."""
    first, last = moods[0], moods[-1]
    changes = (
        f"{name} from {words.feeling(name, getattr(first, name))} ({getattr(first, name):.1f}) to "
        f"{words.feeling(name, getattr(last, name))} ({getattr(last, name):.1f})"
        for name in words.FEELINGS
    )
    return f"Mood over {words.count(len(moods) - 1, 'turn')}, each from 0 to 5: {'; '.join(changes)}."


def _spec(moods: Sequence[Mood]) -> dict[str, Any]:
    """Return the chart in Vega-Lite: colour, mark and dash each tell the feelings apart."""
    rows = [
        {"turn": n, "value": getattr(mood, name), "feeling": name.capitalize()}
        for n, mood in enumerate(moods)
        for name in words.FEELINGS
    ]
    turn = {"values": list(range(len(moods))), "format": "d", "grid": False, "labelOverlap": False, "labelFlush": False}
    legend = {"title": None, "orient": "top"}
    return {
        "data": {"values": rows},
        "height": 250,
        "background": "transparent",
        "encoding": {
            "x": {"field": "turn", "type": "quantitative", "title": "Turn", "axis": turn},
            "y": {"field": "value", "type": "quantitative", "title": None, "scale": {"domain": [0, 5]},
                  "axis": {"values": [0, 1, 2, 3, 4, 5]}},
            "color": {"field": "feeling", "type": "nominal", "scale": _scale(_COLOURS), "legend": legend},
            "tooltip": [
                {"field": "feeling", "type": "nominal", "title": "Feeling"},
                {"field": "turn", "type": "quantitative", "title": "After turn"},
                {"field": "value", "type": "quantitative", "title": "0 to 5", "format": ".1f"},
            ],
        },
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2.5}, "encoding": {"strokeDash": _channel(_DASHES, None)}},
            {"mark": {"type": "point", "size": 55, "filled": True, "opacity": 1},
             "encoding": {"shape": _channel(_MARKS, legend)}},
        ],
        "config": _CONFIG,
    }  # fmt: skip


def _channel(values: dict[words.Feeling, Any], legend: dict[str, Any] | None) -> dict[str, Any]:
    return {"field": "feeling", "type": "nominal", "scale": _scale(values), "legend": legend}


def _scale(values: dict[words.Feeling, Any]) -> dict[str, Any]:
    return {"domain": [name.capitalize() for name in values], "range": list(values.values())}


def _table(moods: Sequence[Mood]) -> Html:
    names = (tag("th", name.capitalize(), scope="col") for name in words.FEELINGS)
    head = tag("tr", tag("th", "After turn", scope="col"), *names)
    rows = (
        tag("tr", tag("th", str(n) if n else "Start", scope="row"), *(_cell(name, mood) for name in words.FEELINGS))
        for n, mood in enumerate(moods)
    )
    return tag("div", tag("table", tag("thead", head), tag("tbody", *rows)), cls="sp-table")


def _cell(name: words.Feeling, mood: Mood) -> Html:
    value: float = getattr(mood, name)
    return tag("td", f"{value:.1f}", tag("span", f" {words.feeling(name, value)}", cls="sp-quiet"))
