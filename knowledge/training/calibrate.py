"""Fits thresholds and rule weights on held-out conversations: ``python -m knowledge.training.calibrate``.

The encoder's logits get one scale, a bias for each label and a weight for the label's rule, all held near
"change nothing" by a penalty. Thresholds are then those with the best micro-F1. The command prints what a
five-fold split of the held-out conversations gives, so that the figure is not one of the fit.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.reader.encoding import Encoding
from knowledge.reader.network import Network
from knowledge.reader.rules import matches
from knowledge.reader.trained import CALIBRATION, without_grader_talk
from knowledge.taxonomy import TECHNIQUES
from knowledge.training.corpus import CALLED, OBSERVED, Row, held_out, read_rows

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

STEPS = 400
SCALE_PENALTY, BIAS_PENALTY, RULE_PENALTY, MOST_RULE = 1.0, 1.0, 1.0, 3.0
MERIT = {"merit_scale": 1.25, "merit_middle": 2.3}
"""Chosen by hand on the held-out conversations: quadratic-weighted kappa is flat around these."""


@dataclass(frozen=True)
class Outputs:
    """What the encoder and the rules say about some rows, and what their labels say."""

    observed: Floats
    called: Floats
    rules: Floats
    has: Truths
    needs: Truths

    def part(self, chosen: Truths) -> "Outputs":
        """Return the rows ``chosen``."""
        return Outputs(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Fit:
    """A scale, and for each label a bias and a rule weight."""

    scale: float
    bias: Floats
    rule: Floats

    def logits(self, scores: Floats, rules: Floats) -> Floats:
        """Return calibrated logits."""
        return self.scale * scores + self.bias + self.rule * rules


def outputs(rows: Sequence[Row]) -> Outputs:
    """Run the packaged encoder and the rules over ``rows``."""
    encoding, network = Encoding(), Network()
    observed, called, rules = [], [], []
    for row in rows:
        turn = without_grader_talk(row.turn)
        scores = network.score(encoding.encode(turn, row.context, row.brief))
        wording = matches(turn)
        observed.append(scores.observed)
        called.append(scores.called)
        rules.append([float(id in wording) for id in OBSERVED])
    has = [[id in {atom for atom, _, _ in row.atoms} for id in OBSERVED] for row in rows]
    needs = [[id in row.called_for for id in CALLED] for row in rows]
    return Outputs(np.array(observed), np.array(called), np.array(rules), np.array(has), np.array(needs))


def fit(scores: Floats, rules: Floats, truth: Truths) -> Fit:
    """Fit by damped Newton steps, each number on its own."""
    scale, bias, rule = 1.0, np.zeros(scores.shape[1]), np.zeros(scores.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-(scale * scores + bias + rule * rules)))
        error, slope = chance - truth, chance * (1 - chance)
        scale -= 0.7 * (error * scores).sum() / ((slope * scores**2).sum() + SCALE_PENALTY)
        bias -= 0.7 * (error.sum(0) + BIAS_PENALTY * bias) / (slope.sum(0) + BIAS_PENALTY)
        rule -= (
            0.7 * ((error * rules).sum(0) + RULE_PENALTY * rule) / ((slope * rules).sum(0) + RULE_PENALTY)
        )
        rule = rule.clip(0, MOST_RULE)
    return Fit(scale, bias, rule)


def f1(said: Truths, truth: Truths) -> float:
    """Return micro-F1."""
    return float(2 * (said & truth).sum() / max(1, said.sum() + truth.sum()))


def best_four(logits: Floats, threshold: float) -> Truths:
    """Say yes to the four highest of each row that are above ``threshold``."""
    said = np.zeros(logits.shape, dtype=bool)
    np.put_along_axis(said, np.argsort(-logits, 1)[:, :4], True, 1)
    return said & (logits > threshold)


def calibrate(out: Outputs) -> dict[str, object]:
    """Return everything the reader's calibration file holds."""
    own = fit(out.observed, out.rules, out.has)
    logits = own.logits(out.observed, out.rules)
    needed = fit(out.called, np.zeros_like(out.called), out.needs)
    called = needed.logits(out.called, np.zeros_like(out.called))
    tries, first = np.arange(-1.6, 0.6, 0.1), len(TECHNIQUES)
    technique = max(tries, key=lambda t: f1(logits[:, :first] > t, out.has[:, :first]))
    misstep = max(tries, key=lambda t: f1(logits[:, first:] > t, out.has[:, first:]))
    call = max(tries, key=lambda t: f1(best_four(called, t), out.needs))
    return {
        "scale": round(own.scale, 3),
        "bias": dict(zip(OBSERVED, own.bias.round(3).tolist(), strict=True)),
        "rule_weight": dict(zip(OBSERVED, own.rule.round(3).tolist(), strict=True)),
        "technique_threshold": round(float(technique), 2),
        "misstep_threshold": round(float(misstep), 2),
        "called_scale": round(needed.scale, 3),
        "called_bias": dict(zip(CALLED, needed.bias.round(3).tolist(), strict=True)),
        "called_threshold": round(float(call), 2),
        **MERIT,
    }


def cross_fitted(out: Outputs, fold: NDArray[np.int64]) -> tuple[float, float, float]:
    """Return micro-F1 of techniques, missteps and called for, each fold judged by the fit on the others."""
    said, needed = np.zeros_like(out.has), np.zeros_like(out.needs)
    first = len(TECHNIQUES)
    for number in np.unique(fold):
        chosen = fold == number
        numbers = calibrate(out.part(~chosen))
        part = out.part(chosen)
        threshold = np.repeat(
            [numbers["technique_threshold"], numbers["misstep_threshold"]], [first, len(OBSERVED) - first]
        )
        fitted = Fit(numbers["scale"], _vector(numbers["bias"]), _vector(numbers["rule_weight"]))
        said[chosen] = fitted.logits(part.observed, part.rules) > threshold
        called = numbers["called_scale"] * part.called + _vector(numbers["called_bias"])
        needed[chosen] = best_four(called, numbers["called_threshold"])
    return (
        f1(said[:, :first], out.has[:, :first]),
        f1(said[:, first:], out.has[:, first:]),
        f1(needed, out.needs),
    )


def _vector(values: dict[str, float]) -> Floats:
    return np.array(list(values.values()))


def main() -> None:
    """Calibrate on the held-out conversations and write the file the reader loads."""
    rows = [row for row in read_rows()[0] if held_out(row) and row.source.startswith("new-")]
    out = outputs(rows)
    fold = np.array([int(hashlib.md5(row.group.encode()).hexdigest(), 16) % 5 for row in rows])
    print(len(rows), "rows; techniques, missteps, called for: %.3f %.3f %.3f" % cross_fitted(out, fold))
    CALIBRATION.write_text(json.dumps(calibrate(out), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
