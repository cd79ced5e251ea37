"""Puts a debrief into a model's words. The record is final: verdicts, scores and moments are not the model's to change.

The model is shown the record and nothing else. Each text it writes is checked by itself; one that quotes what nobody
said, or has a number or a technique that is not in the record, is left as the built-in debrief had it.
"""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from graph import wording
from graph.debrief import Debrief, Moment
from graph.errors import ModelError
from graph.gateway import Gateway, Message
from graph.grading import GOOD
from graph.jsonreply import BadReply, one_object
from graph.prompting import fenced, fill, nonce
from knowledge.reader.tampering import cleared
from knowledge.reading import Said

ANSWER_TOKENS = 900
_SUMMARY_WORDS = 110
_COMMENT_WORDS = 70


class Comment(BaseModel):
    """What the model says about one moment."""

    model_config = ConfigDict(strict=True)

    turn: int
    why: str


class Told(BaseModel):
    """The model's whole answer."""

    model_config = ConfigDict(strict=True)

    summary: str
    moments: list[Comment]


class ModelDebriefer:
    """Writes the words of a debrief with the judge's model."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def write(self, debrief: Debrief, transcript: Sequence[Said]) -> Debrief:
        """Return ``debrief`` with `summary` and the moments' `why` told by the model, where they hold.

        Args:
            debrief: the built-in debrief, made from verified verdicts.
            transcript: all that was said: what may be quoted.

        Returns:
            A copy; `by` names the model, or says in brackets why nothing of it was used.
        """
        if not debrief.turns:
            return debrief
        record = _record(debrief)
        try:
            told = self._ask(record)
        except (ModelError, BadReply) as error:
            return _unchanged(debrief, str(error))
        check = _Check(debrief, record, transcript)
        summary = told.summary.strip()
        wrong = check.wrong(summary, _SUMMARY_WORDS)
        comments = {comment.turn: comment.why.strip() for comment in told.moments}
        moments = tuple(_retold(moment, comments.get(moment.turn, ""), check) for moment in debrief.moments)
        if wrong and moments == debrief.moments:
            return _unchanged(debrief, wrong)
        return debrief.model_copy(
            update={
                "summary": debrief.summary if wrong else summary,
                "moments": moments,
                "by": self._gateway.name("judge"),
            }
        )

    def _ask(self, record: str) -> Told:
        asked: list[Message] = [
            {"role": "system", "content": fill("debrief")},
            {"role": "user", "content": fill("debrief-session", record=fenced(record, nonce()))},
        ]
        answer = self._gateway.complete("judge", asked, schema=Told, max_tokens=ANSWER_TOKENS)
        try:
            return Told.model_validate(one_object(answer))
        except ValidationError as error:
            raise BadReply(f"{error.error_count()} fields are not as they must be") from error


class _Check:
    """What the texts of one debrief are held against."""

    def __init__(self, debrief: Debrief, record: str, transcript: Sequence[Said]) -> None:
        self._record = record
        self._said = [said.text for said in transcript]
        self._ids = _ids(debrief)
        self._modest = debrief.average is None or debrief.average < GOOD

    def wrong(self, text: str, most: int) -> str:
        """Return what is wrong with ``text``; empty where it holds."""
        invented = wording.numbers(text) - wording.numbers(self._record)
        return (
            wording.too_long(text, most)
            or wording.marked_up(text)
            or wording.about_grading(text)
            or wording.leaking(text)
            or wording.other_language(text, "en")
            or wording.misquoting(text, self._said)
            or (f"a number that is not in the record ({min(invented)})" if invented else "")
            or wording.invented(text, [self._record, *self._said])
            or wording.misnaming(text, self._ids)
            or (wording.flattering(text) if self._modest else "")
        )


def _retold(moment: Moment, comment: str, check: _Check) -> Moment:
    return moment if check.wrong(comment, _COMMENT_WORDS) else moment.model_copy(update={"why": comment})


def _unchanged(debrief: Debrief, reason: str) -> Debrief:
    short = " ".join(reason.split())[:160]
    return debrief.model_copy(update={"by": f"{debrief.by} (model: {short})"})


def _record(debrief: Debrief) -> str:
    """Return the debrief as JSON, without what only the page needs and without what addressed a grader."""
    data: dict[str, Any] = debrief.model_dump(exclude={"by", "facts_missed", "moods"})
    data["anger"] = [round(mood.anger, 1) for mood in (debrief.moods[0], debrief.moods[-1])]
    data["trust"] = [round(mood.trust, 1) for mood in (debrief.moods[0], debrief.moods[-1])]
    for moment in data["moments"]:
        del moment["passage"]
        moment["quote"] = cleared(moment["quote"]).words
    return json.dumps(data, ensure_ascii=False, indent=1)


def _ids(debrief: Debrief) -> set[str]:
    seen = {one.id for skill in debrief.skills for one in (*skill.shown, *skill.damaged)}
    return seen | {practice.id for practice in debrief.practise}
