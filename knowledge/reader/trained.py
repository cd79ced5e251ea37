"""The trained reader: the encoder's scores, corrected by rules and clues, cut at fitted thresholds."""

import hashlib
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np

from knowledge.reader.calibration import CALIBRATION, CALLED, OBSERVED, Calibration, Floats
from knowledge.reader.clues import moment_clues, turn_clues
from knowledge.reader.encoding import Encoded, Encoding
from knowledge.reader.network import MODEL, Context, Network
from knowledge.reader.rules import certain, matches, vetoed
from knowledge.reader.spans import locate
from knowledge.reader.substance import substance
from knowledge.reader.tampering import cleared, harm_in
from knowledge.reader.text import repeated, reports_speech, sentence_around, words
from knowledge.reading import Atom, Brief, Reading, Said
from knowledge.taxonomy import HARMFUL, MISSTEPS, TECHNIQUES

_MOST_CALLED = 4
_CERTAIN = 0.99
"""The confidence in what is counted and not judged."""
_SURE = 0.98
"""How sure the encoder must be of a misstep in a sentence that reports what somebody else said."""
_QUOTED = re.compile(r"\"[^\"]*\"")
"""What was once written to a customer is on the record, and may have been untrue."""
_READ_AHEAD = 32
"""Conversations whose context is kept, some 2 MB each: as many trainees may write at once and be read at once."""
_NOTHING_SAID = 1.0
"""The merit of a turn that says nothing to the customer."""


@dataclass(frozen=True, slots=True)
class _Before:
    """What is known before the trainee has written."""

    context: Sequence[Said]
    """As it was said to the customer."""
    brief: Brief
    read: Context
    called_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Look:
    """What one run of the encoder shows of a turn."""

    seen: dict[str, Atom]
    merit: float


class TrainedReader:
    """Reads a turn with the fine-tuned encoder, the rules and the clues."""

    def __init__(self, encoding: Encoding, network: Network, calibration: Calibration, version: str) -> None:
        self.version = version
        self._encoding = encoding
        self._network = network
        self._calibration = calibration
        self._before = lru_cache(maxsize=_READ_AHEAD)(self._read_before)

    @classmethod
    def load(cls) -> Self:
        """Load the packaged model."""
        read = (MODEL, CALIBRATION, *sorted(Path(__file__).parent.glob("*.toml")))
        digest = hashlib.sha256(b"".join(file.read_bytes() for file in read)).hexdigest()[:8]
        return cls(Encoding(), Network(), Calibration.load(), f"trained-{digest}")

    def prepare(self, context: Sequence[Said], brief: Brief) -> None:
        """Read ``context`` ahead, while the trainee writes: the turn after it is read in half the time then."""
        self._before(tuple(context), brief)

    def read(self, turn: str, context: Sequence[Said], brief: Brief) -> Reading:
        """Read ``turn``, said after ``context`` (oldest first, may be empty) under ``brief``."""
        before = self._before(tuple(context), brief)
        left = cleared(turn)
        said = left.text
        harm = {atom.id: atom for atom in harm_in(turn, left.cuts)}
        if not words(said):
            if left.cuts:
                harm["empty_script"] = Atom("empty_script", *left.cuts[0], _CERTAIN)
            return Reading(missteps=_in_order(harm), called_for=before.called_for, merit=_NOTHING_SAID)
        proven = _proven(said, before)
        techniques, missteps, merit = self._without_filler(said, before)
        techniques = {id: atom for id, atom in techniques.items() if not _inside(atom, proven)}
        missteps = harm | missteps | {atom.id: atom for atom in reversed(proven)}
        missteps = self._drowned(said, missteps, before) | missteps
        return Reading(_in_order(techniques), _in_order(missteps), before.called_for, merit)

    def _read_before(self, context: tuple[Said, ...], brief: Brief) -> _Before:
        said = [_to_the_customer(message) for message in context]
        read = self._network.read(self._encoding.context(said, brief))
        return _Before(said, brief, read, self._called_for(read.called, moment_clues(said, brief)))

    def _look(self, said: str, before: _Before) -> _Look:
        """Run the encoder once."""
        encoded = self._encoding.turn(said)
        scores = self._network.score(encoded, before.read)
        clues = turn_clues(said, before.context, before.brief)
        logits = self._calibration.observed.logits(scores.observed, _fired(said), clues)
        seen = self._seen(said, encoded, logits, _sigmoid(scores.tokens))
        return _Look(seen, self._calibration.merit(scores.grades))

    def _without_filler(self, said: str, before: _Before) -> tuple[dict[str, Atom], dict[str, Atom], float]:
        """Return techniques, missteps and merit. Filler may be a misstep; it neither earns nor hides anything."""
        look = self._look(said, before)
        missteps = _among(MISSTEPS, look.seen)
        core = substance(said, before.context[-1].text if before.context else "")
        if core.recited:
            missteps["empty_script"] = Atom("empty_script", *core.recited, _CERTAIN)
        if core.text == said or not (words(core.text) or core.recited or core.copied):
            return _among(TECHNIQUES, look.seen), missteps, look.merit
        if not words(core.text):
            return {}, missteps, min(look.merit, _NOTHING_SAID)
        second = self._look(core.text, before)
        missteps = _among(HARMFUL, second.seen) | missteps
        return _among(TECHNIQUES, second.seen), missteps, min(look.merit, second.merit)

    def _drowned(self, said: str, seen: Container[str], before: _Before) -> dict[str, Atom]:
        """Return harm that stands in one sentence and is not seen beside the others: the sentence is read alone."""
        found: dict[str, Atom] = {}
        for id, (start, end) in matches(said).items():
            if id in HARMFUL and id not in seen:
                alone = " " * start + said[start:end]
                found |= {i: a for i, a in self._look(alone, before).seen.items() if i == id}
        return found

    def _seen(self, turn: str, encoded: Encoded, logits: Floats, tokens: Floats) -> dict[str, Atom]:
        """Return the atoms above their threshold, each with the clauses whose tokens speak for it."""
        chances = _sigmoid(logits)
        seen = {}
        for index in np.flatnonzero(logits > self._calibration.observed_threshold):
            id, chance = OBSERVED[index], float(chances[index])
            start, end = locate(turn, encoded.spans, tokens[:, index])
            sentence = sentence_around(turn, start)
            disowned = id in MISSTEPS and chance < _SURE and reports_speech(sentence)
            if not disowned and not vetoed(id, sentence):
                seen[id] = Atom(id, start, end, round(chance, 3))
        return seen

    def _called_for(self, scores: Floats, clues: Floats) -> tuple[str, ...]:
        weights = self._calibration.called
        logits = weights.logits(scores, np.zeros_like(scores), clues)
        best = np.argsort(-logits, kind="stable")[:_MOST_CALLED]
        return tuple(CALLED[i] for i in best if logits[i] > self._calibration.called_threshold)


def _proven(said: str, before: _Before) -> list[Atom]:
    """Return the missteps that need no judgement: certain by their wording, or a sentence said before."""
    known = _QUOTED.sub(" ", " ".join([before.brief.situation, *before.brief.agent_may]))
    proven = [Atom(id, *span, _CERTAIN) for id, span in certain(said, known)]
    again = repeated(said, before.context)
    return [*proven, Atom("empty_script", *again, _CERTAIN)] if again else proven


def _among(ids: Container[str], seen: Mapping[str, Atom]) -> dict[str, Atom]:
    return {id: atom for id, atom in seen.items() if id in ids}


def _inside(atom: Atom, others: Iterable[Atom]) -> bool:
    """Tell whether the quote of ``atom`` stands within one of the others."""
    return any(other.start <= atom.start and atom.end <= other.end for other in others)


def _to_the_customer(message: Said) -> Said:
    """Return what a message said to the customer: an earlier word to the grader counts no more than a later one."""
    return Said(message.role, cleared(message.text).text) if message.role == "trainee" else message


def _fired(turn: str) -> Floats:
    """Return 1 for every atom whose rule fires in ``turn``, else 0."""
    wording = matches(turn)
    return np.array([id in wording for id in OBSERVED], dtype=np.float32)


def _sigmoid(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32)


def _in_order(seen: Mapping[str, Atom]) -> tuple[Atom, ...]:
    """Return the atoms in the order of the text."""
    return tuple(sorted(seen.values(), key=lambda a: (a.start, a.end)))
