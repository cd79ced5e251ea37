"""Fits what follows the encoder, on held-out conversations: ``python -m knowledge.training.calibrate``.

For each head: one scale for the encoder's logits, and for each label a bias, a weight for its rule and one
for each clue, all held near "change nothing" by a penalty. Missteps get no clues, which did not help them. Thresholds follow from the F1 reached.
The command first prints what five folds of the held-out conversations give, each judged by the fit on the
other four, and then fits on all of them.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from knowledge.reader.calibration import CALIBRATION, CALLED, OBSERVED, limits
from knowledge.reader.clues import TURN_CLUES, moment_clues, moment_names, turn_clues
from knowledge.reader.encoding import Encoding
from knowledge.reader.network import Network
from knowledge.reader.rules import matches
from knowledge.reader.tampering import cleared
from knowledge.taxonomy import TECHNIQUES
from knowledge.training.corpus import Row, held_out, read_rows

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

STEPS, DAMPING, CLUE_DAMPING = 300, 0.5, 0.3
PENALTY, CLUE_PENALTY, MOST_RULE = 1.0, 100.0, 3.0
TRIES = np.arange(-1.8, 0.6, 0.1)
MERIT = {"scale": 1.1, "middle": 2.0}
"""Chosen by hand on held-out conversations: quadratic-weighted kappa is flat around these."""


@dataclass(frozen=True)
class Seen:
    """What the encoder, the rules and the clues say about some rows, and what their labels say."""

    observed: Floats
    rules: Floats
    turn_clues: Floats
    has: Truths
    disputed: Truths
    """Where two annotators differ: not learned from and not counted."""
    called: Floats
    moment_clues: Floats
    needs: Truths

    def part(self, chosen: Truths) -> "Seen":
        """Return the rows ``chosen``."""
        return Seen(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True)
class Fit:
    """Fitted weights, in the units of `knowledge.reader.calibration.Weights`."""

    scale: float
    bias: Floats
    rule: Floats
    clues: Floats

    def logits(self, scores: Floats, rules: Floats, clues: Floats) -> Floats:
        """Return (rows, labels)."""
        return self.scale * scores + self.bias + self.rule * rules + clues @ self.clues

    def as_json(self, labels: Sequence[str], clues: Sequence[str]) -> dict[str, object]:
        """Return what the calibration file holds for one head."""

        def named(row: Floats) -> dict[str, float]:
            return {label: value for label, value in zip(labels, row.round(3).tolist(), strict=True) if value}

        return {
            "scale": round(self.scale, 3),
            "bias": named(self.bias),
            "rule": named(self.rule),
            "clues": {clue: named(row) for clue, row in zip(clues, self.clues, strict=True)},
        }


@dataclass(frozen=True)
class Decision:
    """Both heads' weights and the three thresholds."""

    observed: Fit
    called: Fit
    technique: float
    misstep: float
    call: float

    def says(self, seen: Seen) -> tuple[Truths, Truths]:
        """Return which atoms it sees and what it takes to be called for."""
        atoms = self.observed.logits(seen.observed, seen.rules, seen.turn_clues) > limits(self.technique, self.misstep)
        return atoms, best_four(_called_logits(self.called, seen), self.call)


def look(rows: Sequence[Row]) -> Seen:
    """Run the packaged encoder, the rules and the clues over ``rows``."""
    encoding, network, columns = Encoding(), Network(), []
    for row in rows:
        turn = cleared(row.turn).text
        context = network.read(encoding.context(row.context, row.brief))
        scores, wording = network.score(encoding.turn(turn), context), matches(turn)
        ids = {atom for atom, _, _ in row.atoms}
        columns.append(
            (
                scores.observed,
                [float(id in wording) for id in OBSERVED],
                turn_clues(turn, row.context, row.brief),
                [id in ids for id in OBSERVED],
                [id in row.unknown for id in OBSERVED],
                context.called,
                moment_clues(row.context, row.brief),
                [id in row.called_for for id in CALLED],
            )
        )
    return Seen(*(np.array(column) for column in zip(*columns, strict=True)))


def fit(scores: Floats, rules: Floats, clues: Floats, truth: Truths, counts: Truths, gets_clues: Floats) -> Fit:
    """Fit one head by damped Newton steps, each number on its own, clues in standard units.

    ``counts`` says which cells of ``truth`` are known; ``gets_clues`` is 1 for every label that may use the clues.
    """
    middle, spread = clues.mean(0), clues.std(0) + 1e-6
    facts, labels = (clues - middle) / spread, scores.shape[1]
    scale, bias, rule = 1.0, np.zeros(labels), np.zeros(labels)
    weights = np.zeros((clues.shape[1], labels))
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-(scale * scores + bias + rule * rules + facts @ weights)))
        error, slope = (chance - truth) * counts, chance * (1 - chance) * counts
        scale -= DAMPING * (error * scores).sum() / ((slope * scores**2).sum() + PENALTY)
        bias -= DAMPING * (error.sum(0) + PENALTY * bias) / (slope.sum(0) + PENALTY)
        rule -= DAMPING * ((error * rules).sum(0) + PENALTY * rule) / ((slope * rules).sum(0) + PENALTY)
        rule = rule.clip(0, MOST_RULE)
        weights -= (
            CLUE_DAMPING * (facts.T @ error + CLUE_PENALTY * weights) / (facts.T**2 @ slope + CLUE_PENALTY)
        ) * gets_clues
    per_unit = weights / spread[:, None]
    return Fit(scale, bias - middle @ per_unit, rule, per_unit)


def decide(seen: Seen) -> Decision:
    """Fit both heads, then choose the thresholds."""
    techniques = np.array([float(id in TECHNIQUES) for id in OBSERVED])
    observed = fit(seen.observed, seen.rules, seen.turn_clues, seen.has, ~seen.disputed, techniques)
    everything = np.ones(len(CALLED))
    called = fit(seen.called, np.zeros_like(seen.called), seen.moment_clues, seen.needs, np.ones_like(seen.needs), everything)
    atoms, calls = observed.logits(seen.observed, seen.rules, seen.turn_clues), _called_logits(called, seen)
    techniques_f1, missteps_f1 = zip(*(f1_of_atoms(atoms > t, seen) for t in TRIES), strict=True)
    return Decision(
        observed,
        called,
        technique=threshold(max(techniques_f1)),
        misstep=threshold(max(missteps_f1)),
        call=threshold(max(f1(best_four(calls, t), seen.needs) for t in TRIES)),
    )


def threshold(reached: float) -> float:
    """Return the logit from which yes is the better answer, when the best F1 is ``reached``.

    The best threshold of F1 is half of it (Lipton et al. 2014), in probability; the threshold with the best
    F1 on a few hundred rows is mostly luck.
    """
    return math.log(reached / (2 - reached))


def cross_fitted(seen: Seen, fold: NDArray[np.int64]) -> tuple[float, float, float]:
    """Return micro-F1 of techniques, missteps and called for, each fold judged by the fit on the others."""
    atoms, calls = np.zeros_like(seen.has), np.zeros_like(seen.needs)
    for number in np.unique(fold):
        chosen = fold == number
        atoms[chosen], calls[chosen] = decide(seen.part(~chosen)).says(seen.part(chosen))
    return *f1_of_atoms(atoms, seen), f1(calls, seen.needs)


def f1_of_atoms(said: Truths, seen: Seen) -> tuple[float, float]:
    """Return micro-F1 of techniques and of missteps; what is disputed is not counted."""
    said, has, first = said & ~seen.disputed, seen.has & ~seen.disputed, len(TECHNIQUES)
    return f1(said[:, :first], has[:, :first]), f1(said[:, first:], has[:, first:])


def f1(said: Truths, truth: Truths) -> float:
    """Return micro-F1."""
    return float(2 * (said & truth).sum() / max(1, said.sum() + truth.sum()))


def best_four(logits: Floats, threshold: float) -> Truths:
    """Say yes to the four highest of each row that are above ``threshold``."""
    said = np.zeros(logits.shape, dtype=bool)
    np.put_along_axis(said, np.argsort(-logits, 1)[:, :4], True, 1)
    return said & (logits > threshold)


def _called_logits(weights: Fit, seen: Seen) -> Floats:
    return weights.logits(seen.called, np.zeros_like(seen.called), seen.moment_clues)


def main() -> None:
    """Calibrate on the held-out conversations and write the file the reader loads."""
    rows = [row for row in read_rows()[0] if held_out(row) and row.source.startswith("new-")]
    seen = look(rows)
    fold = np.array([int(hashlib.md5(row.group.encode()).hexdigest(), 16) % 5 for row in rows])
    print(len(rows), "rows; techniques, missteps, called for: %.3f %.3f %.3f" % cross_fitted(seen, fold))
    decision = decide(seen)
    data = {
        "observed": decision.observed.as_json(OBSERVED, TURN_CLUES),
        "called": decision.called.as_json(CALLED, moment_names()),
        "thresholds": {
            "technique": round(decision.technique, 2),
            "misstep": round(decision.misstep, 2),
            "called": round(decision.call, 2),
        },
        "merit": MERIT,
    }
    CALIBRATION.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
