"""The model-backed evaluator: a model says what it sees, code decides what of it holds and works out the grade.

A verdict needs two witnesses. The local reader has read the same turn. A model may find more than the reader did, but
it cannot talk away a misstep the reader is certain of, and it cannot lift a turn far above what the reader found. Where
the two are further apart than that, or the model gives nothing usable, the built-in verdict stands in and says why.
"""

import json
import logging
import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, zip_longest

from pydantic import ValidationError

from graph import evaluator, wording
from graph.coach import MAX_WORDS
from graph.errors import ModelError
from graph.evaluator import BuiltInEvaluator, Evaluator, Evidence
from graph.gateway import Gateway, Message
from graph.grading import EXPERT, GOOD, WEAK, WORST, Grade, grade
from graph.hearing import has_words
from graph.jsonreply import BadReply, one_object
from graph.notes import instead, unasked, unused
from graph.prompting import fenced, fill, nonce
from graph.types import Observed, Verdict
from graph.verification import MAY_PROMISE, Ground, Held, Judgement, Retrieve, most, settled, verified
from knowledge.articles import Article, Passage, articles
from knowledge.reader.tampering import Cleared, cleared, harm_in
from knowledge.reading import Atom, Reader, Said
from knowledge.taxonomy import MISSTEPS, TECHNIQUES
from knowledge.text import sentences

ANSWER_TOKENS = 1400
CONTEXT_TOKENS = 3000
"""More of the conversation than this is not shown: what a turn calls for is decided by its last messages."""
PASSAGE_TOKENS = 2200
HIGHEST = (WORST, WEAK, GOOD, EXPERT, EXPERT)
"""The best grade a model's verdict may have, by the grade the built-in verdict has. On the 168 labelled dev turns the
annotators' own findings, graded by the same code, are above it in 4; none of the 54 turns that the reader found
weak or harmful has a grade above 2 from them."""
_FIX_WORDS = 60
_REWRITE_WORDS = MAX_WORDS + 15
_SPREAD = 0.7
"""Temperature for several samples; one sample is taken at 0."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Sample:
    held: Held
    fix: str
    rewrite: str


class ModelEvaluator:
    """Asks a model what a turn shows and believes nothing it cannot prove.

    Args:
        gateway: reaches the model that judges.
        fallback: gives the verdict where the model does not, and the second opinion where it does.
        samples: how often the model is asked; with more than one a finding needs most of them.
        retrieve: looks up passages for what only the model saw (`knowledge.search.Knowledge.about`); without it only
            what was retrieved beforehand can be cited, and a finding that cannot be cited is dropped.
        reader: reads a turn again without what addressed the grader; without it the first reading is kept.
    """

    def __init__(
        self,
        gateway: Gateway,
        fallback: Evaluator | None = None,
        samples: int = 1,
        retrieve: Retrieve | None = None,
        reader: Reader | None = None,
    ) -> None:
        self._gateway = gateway
        self._fallback = fallback or BuiltInEvaluator()
        self._samples = max(1, samples)
        self._retrieve = retrieve
        self._reader = reader

    def evaluate(self, evidence: Evidence) -> Verdict:
        """Return the verdict on one turn; the model's, or the built-in one with the reason in `by`."""
        begun = time.perf_counter()
        left = cleared(evidence.turn)
        evidence = self._read_again(evidence, left)
        stand_in = self._fallback.evaluate(evidence)
        try:
            verdict = self._judged(evidence, left, stand_in)
        except ModelError as error:  # the record of calls has the whole of it
            verdict = stand_in.model_copy(update={"by": instead(stand_in.by, error)})
        except BadReply as error:
            _log.info("a judge's answer was not used: %s", error)
            verdict = stand_in.model_copy(update={"by": unused(stand_in.by, _short(error))})
        return verdict.model_copy(update={"ms": round((time.perf_counter() - begun) * 1000, 2)})

    def _read_again(self, evidence: Evidence, left: Cleared) -> Evidence:
        """Return the evidence with a reading of what was said to the customer, and of the harm in what was cut."""
        if not left.cuts:
            return evidence
        reading = evidence.reading
        if self._reader is not None:
            said = [Said(one.role, _clear(one)) for one in evidence.context]
            reading = self._reader.read(left.text, said, evidence.brief)
        seen = {atom.id for atom in reading.missteps}
        harm = [atom for atom in harm_in(evidence.turn, left.cuts) if atom.id not in seen]
        reading = replace(reading, missteps=(*reading.missteps, *harm))
        ids = [atom.id for atom in (*reading.techniques, *reading.missteps)]
        unread = [id for id in (*ids, *reading.called_for) if id not in evidence.passages]
        found = self._retrieve(left.words, unread) if self._retrieve and unread else {}
        return replace(evidence, reading=reading, passages={**evidence.passages, **found})

    def _judged(self, evidence: Evidence, left: Cleared, stand_in: Verdict) -> Verdict:
        if not any(sign.isalnum() for sign in left.text):
            return stand_in.model_copy(update={"by": unasked(stand_in.by, "nothing was said to the customer")})
        ground = Ground(
            evidence.turn, left, evidence.reading, evidence.passages, evidence.brief, evidence.card, self._retrieve
        )
        samples = self._ask(messages(evidence, left, self._gateway), ground)
        held = settled(most([sample.held for sample in samples]), ground)
        result = grade(held.reading)
        if result.value is None:
            raise BadReply("it found nothing to judge by")
        if stand_in.grade is not None and result.value > HIGHEST[stand_in.grade]:
            raise BadReply("overruled, it found far more good than the reader")
        return self._verdict(evidence, held, result, samples)

    def _verdict(self, evidence: Evidence, held: Held, result: Grade, samples: Sequence[_Sample]) -> Verdict:
        reading = held.reading
        if held.dropped:
            _log.info("of a judge's answer did not hold: %s", _reasons(held))
        return Verdict(
            turn=evidence.number,
            grade=result.value,
            why=result.why,
            techniques=_observed(reading.techniques, held, evidence),
            missteps=_observed(reading.missteps, held, evidence),
            called_for=reading.called_for,
            fix=self._fix(evidence, held, result, samples),
            rewrite=self._rewrite(evidence, held, result, samples),
            by=self._gateway.name("judge"),
            ms=0,
        )

    # Asking

    def _ask(self, asked: Sequence[Message], ground: Ground) -> list[_Sample]:
        """Return the usable answers; raises what went wrong where they are no majority."""
        if self._samples == 1:
            return [self._sample(asked, ground, 0)]
        with ThreadPoolExecutor(self._samples) as pool:
            jobs = [pool.submit(copy_context().run, self._sample, asked, ground, seed) for seed in range(self._samples)]
        failed = [error for job in jobs if (error := job.exception()) is not None]
        if 2 * len(failed) >= self._samples or not all(isinstance(e, ModelError | BadReply) for e in failed):
            raise failed[0]
        return [job.result() for job in jobs if job.exception() is None]

    def _sample(self, asked: Sequence[Message], ground: Ground, seed: int) -> _Sample:
        """Ask, and once more where the answer cannot be used."""
        answer = self._complete(asked, seed)
        try:
            return _usable(answer, ground)
        except BadReply as error:
            repair = fill("evaluate-repair", errors=str(error))
        again: list[Message] = [
            *asked,
            {"role": "assistant", "content": answer[: 4 * ANSWER_TOKENS] or "(nothing)"},
            {"role": "user", "content": repair},
        ]
        return _usable(self._complete(again, seed), ground)

    def _complete(self, asked: Sequence[Message], seed: int) -> str:
        return self._gateway.complete(
            "judge",
            asked,
            schema=Judgement,
            max_tokens=ANSWER_TOKENS,
            temperature=_SPREAD if self._samples > 1 else 0.0,
            seed=seed,
        )

    # What the trainee reads

    def _fix(self, evidence: Evidence, held: Held, result: Grade, samples: Sequence[_Sample]) -> str:
        known = _known(evidence)
        for sample in samples:
            text = sample.fix.strip()
            flatters = result.value != EXPERT and wording.flattering(text)
            if not (flatters or _wrong(text, known, evidence, _FIX_WORDS)):
                return text
        return evaluator.fix(held.reading, evidence.turn, result, evidence.advised)

    def _rewrite(self, evidence: Evidence, held: Held, result: Grade, samples: Sequence[_Sample]) -> str:
        if result.value == EXPERT:
            return ""
        known = _known(evidence)
        for sample in samples:
            text = sample.rewrite.strip()
            if not (_wrong(text, known, evidence, _REWRITE_WORDS) or _unfit(text, evidence)):
                return text
        return evaluator.rewrite(replace(evidence, reading=held.reading), result)


# The prompt


def messages(evidence: Evidence, left: Cleared, gateway: Gateway) -> list[Message]:
    """Return the prompt. The system message is the same for every turn, so that providers can cache it."""
    word = nonce()
    system = _system()
    parts = {
        "situation": "\n".join(filter(None, (evidence.brief.company, evidence.brief.situation))) or "(not known)",
        "may": _listed(evidence.brief.agent_may),
        "may_not": _listed(evidence.brief.agent_may_not),
        "turn": fenced(left.words, word),
    }
    spent = sum(gateway.count(text) for text in (system, *parts.values())) + 300
    room = gateway.window("judge") - ANSWER_TOKENS - spent
    passages = _passages(evidence.passages, gateway, min(PASSAGE_TOKENS, room // 2))
    context = _context(evidence.context, gateway, min(CONTEXT_TOKENS, room - gateway.count(passages)))
    user = fill("evaluate-turn", context=fenced(context, word), passages=passages, **parts)
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


@cache
def _system() -> str:
    return fill(
        "evaluate",
        techniques="\n".join(_defined(articles()[id]) for id in TECHNIQUES),
        missteps="\n".join(_defined(articles()[id]) for id in MISSTEPS),
        words=str(MAX_WORDS),
    )


def _defined(article: Article) -> str:
    """Return one line: the id, the name, and the first sentences of what it is."""
    what = article.one("what").text
    said = ""
    for start, end in sentences(what):
        said = f"{said} {what[start:end]}".strip()
        if len(said.split()) >= 14:
            break
    return f"- `{article.id}` ({article.name}): {said}"


def _listed(entries: Sequence[str]) -> str:
    return "\n".join(f"- {entry}" for entry in entries) or "- (not said)"


def _passages(passages: Mapping[str, Sequence[Passage]], gateway: Gateway, room: int) -> str:
    """Return the best passage of each id, then the second best of each, as far as they fit."""
    ranked = chain.from_iterable(zip_longest(*(list(found)[:2] for found in passages.values())))
    lines: list[str] = []
    for passage in filter(None, ranked):
        line = f"[{passage.id}] {passage.title}: {' '.join(passage.text.split())}"
        room -= gateway.count(line)
        if room < 0:
            break
        lines.append(line)
    return "\n".join(lines) or "(none)"


def _context(said: Sequence[Said], gateway: Gateway, room: int) -> str:
    """Return the last messages that fit, whole, and how many came before them."""
    lines: list[str] = []
    for one in reversed(said):
        who = "agent" if one.role == "trainee" else "customer"
        line = json.dumps({"who": who, "said": _clear(one)}, ensure_ascii=False)
        room -= gateway.count(line)
        if room < 0 and lines:
            break
        lines.append(line)
    if left_out := len(said) - len(lines):
        lines.append(f"({left_out} earlier messages left out)")
    return "\n".join(reversed(lines)) or "(nothing: the agent speaks first)"


def _clear(said: Said) -> str:
    return cleared(said.text).words if said.role == "trainee" else said.text


# The answer


def _usable(answer: str, ground: Ground) -> _Sample:
    """Return what holds of an answer; raises BadReply."""
    judgement = parsed(answer)
    held = verified(judgement, ground)
    if judgement.atoms and not held.cited and MAY_PROMISE not in held.dropped:
        raise BadReply("none of the findings holds: " + _reasons(held))
    return _Sample(held, judgement.fix, judgement.rewrite)


def parsed(answer: str) -> Judgement:
    """Read the one JSON object of an answer; raises BadReply saying what is wrong with it."""
    try:
        return Judgement.model_validate(one_object(answer))
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, e['loc'])) or 'the object'}: {e['msg']}" for e in error.errors()[:6]]
        raise BadReply("; ".join(wrong)) from error


def _observed(atoms: Sequence[Atom], held: Held, evidence: Evidence) -> tuple[Observed, ...]:
    return tuple(Observed(id=a.id, quote=a.quote(evidence.turn), passage=held.cited[a.id]) for a in atoms)


def _reasons(held: Held) -> str:
    return ", ".join(reason if n == 1 else f"{reason} ({n})" for reason, n in sorted(held.dropped.items()))


def _short(error: Exception) -> str:
    """Return an error on one line, short enough for a caption."""
    text = re.sub(r"\s+", " ", str(error)).strip() or type(error).__name__
    return text if len(text) <= 160 else text[:157] + "..."


# Texts


def _known(evidence: Evidence) -> list[str]:
    """Return all that fix and rewrite may draw on: what the trainee could know at this moment."""
    brief = evidence.brief
    known = [cleared(evidence.turn).words, *(_clear(said) for said in evidence.context)]
    known += [brief.company, brief.situation, *brief.agent_may, *brief.agent_may_not]
    if evidence.card:
        side = evidence.card.trainee
        known += [evidence.card.name, side.role, *side.goals, *side.record.preferences]
        known += [text for policy in side.policies for text in (policy.rule, policy.why)]
        told = evidence.scene.told if evidence.scene else ()
        known += [evidence.card.fact(id).fact for id in told]
    return known


def _wrong(text: str, known: Sequence[str], evidence: Evidence, most_words: int) -> str:
    """Return what is wrong with a text for the trainee; empty where nothing is."""
    told = evidence.scene.told if evidence.scene else ()
    untold = [fact.fact for fact in evidence.card.facts if fact.id not in told] if evidence.card else []
    return (
        wording.too_long(text, most_words)
        or wording.marked_up(text)
        or wording.about_grading(text)
        or wording.leaking(text)
        or wording.other_language(text, evidence.card.language if evidence.card else "en")
        or wording.invented(text, known)
        or wording.gives_away(text, untold, known)
    )


def _unfit(rewrite: str, evidence: Evidence) -> str:
    """Return what is wrong with a message that the trainee might send."""
    if wording.promising(rewrite):
        return "a misstep itself"
    if rewrite in evidence.suggested or rewrite.split() == evidence.turn.split():
        return "said before"
    if evidence.card:
        beyond = [offer.heard for offer in evidence.card.offers if not offer.within_authority]
        if any(has_words(rewrite[a:b], cue) for a, b in sentences(rewrite) for cue in beyond):
            return "beyond the agent's authority"
    return ""
