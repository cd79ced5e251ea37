"""Fine-tunes the network: ``python -m knowledge.training.train --start model.safetensors --out reader.pt``.

Rows with rare labels are drawn more often. An eighth of the conversations is held out, for the calibration.
"""

import argparse
import copy
import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from knowledge.reader.encoding import TURN, Encoded, Encoding
from knowledge.reading import Brief, Said
from knowledge.training.augment import vary
from knowledge.training.corpus import CALLED, OBSERVED, Row, held_out, read_rows
from knowledge.training.model import OUTSIDE, Network

SEED = 7
RARE = frozenset(OBSERVED) - {
    "offer_solution", "explain_next_steps", "acknowledge_feeling", "apologise", "clarifying_question",
    "seek_acceptance", "bad_news", "thank", "check_satisfaction", "policy_wall", "empty_script", "overpromise",
    "option_dump", "rush_to_fix", "jargon",
}  # fmt: skip
OUTSIDE_WEIGHT = 1.5
TOKENS_WEIGHT = 0.7
SMOOTHING = 0.02
MASK_ID, MASKED = 103, 0.04
"""The share of word pieces hidden from the network in training."""


@dataclass(frozen=True)
class Batch:
    """Padded rows; targets are 0 or 1, weights say which of them count."""

    ids: Tensor
    parts: Tensor
    observed: Tensor
    observed_weight: Tensor
    tokens: Tensor
    called: Tensor
    called_weight: Tensor
    grade: Tensor

    def __len__(self) -> int:
        return len(self.ids)


def batches(rows: Sequence[Row], encoding: Encoding, most_tokens: int, rng: random.Random) -> Iterator[Batch]:
    """Yield all rows in batches of like length, in random order."""
    encoded = [(row, encoding.context(row.context, row.brief), encoding.turn(row.turn)) for row in rows]
    encoded.sort(key=lambda each: _length(each) * rng.uniform(0.8, 1.25))
    groups, group, longest = [], [], 0
    for each in encoded:
        longest = max(longest, _length(each))
        if group and longest * (len(group) + 1) > most_tokens:
            groups.append(group)
            group, longest = [], _length(each)
        group.append(each)
    groups.append(group)
    rng.shuffle(groups)
    return map(_batch, groups)


def _length(encoded: tuple[Row, Encoded, Encoded]) -> int:
    return len(encoded[1].ids) + len(encoded[2].ids)


def _batch(group: Sequence[tuple[Row, Encoded, Encoded]]) -> Batch:
    count, length = len(group), max(map(_length, group))
    labels = len(OBSERVED) + len(OUTSIDE)
    ids, parts = (torch.zeros(count, length, dtype=torch.long) for _ in range(2))
    observed, weight = (torch.zeros(count, labels) for _ in range(2))
    tokens, called = torch.zeros(count, length, len(OBSERVED)), torch.zeros(count, len(CALLED))
    for i, (row, context, turn) in enumerate(group):
        begins, ends = len(context.ids), len(context.ids) + len(turn.ids)
        ids[i, :ends] = torch.tensor(context.ids + turn.ids)
        parts[i, :ends] = torch.tensor(context.parts + turn.parts)
        if row.outside is None:
            weight[i, : len(OBSERVED)] = torch.tensor([float(id not in row.unknown) for id in OBSERVED])
        else:
            weight[i, len(OBSERVED) :] = OUTSIDE_WEIGHT
            observed[i, [len(OBSERVED) + OUTSIDE.index(label) for label in row.outside]] = 1
        for id, start, end in row.atoms:
            label = OBSERVED.index(id)
            observed[i, label] = 1
            for j, (first, last) in enumerate(turn.spans):
                if first < end and last > start:
                    tokens[i, begins + j, label] = 1
        called[i, [CALLED.index(id) for id in row.called_for]] = 1
    teaches = torch.tensor([float(row.teaches_called_for) for row, *_ in group])
    grades = torch.tensor([-1 if row.grade is None else row.grade for row, *_ in group])
    return Batch(ids, parts, observed, weight, tokens, called, teaches, grades)


def loss_of(network: Network, batch: Batch) -> Tensor:
    """Return the sum of the four heads' losses."""
    hidden = (torch.rand(batch.ids.shape) < MASKED) & (batch.ids > MASK_ID)
    observed, tokens, called, grades = network(torch.where(hidden, MASK_ID, batch.ids), batch.parts)
    atoms = (_cross_entropy(observed, _smooth(batch.observed)) * batch.observed_weight).sum(1).mean()
    in_turn = ((batch.parts == TURN) & (batch.ids != 0)).float()
    own = batch.observed_weight[:, None, : len(OBSERVED)]
    words = (_cross_entropy(tokens, batch.tokens) * own).sum(2) * in_turn
    quotes = (words.sum(1) / in_turn.sum(1) * batch.called_weight).mean()
    moments = (_cross_entropy(called, _smooth(batch.called)).sum(1) * batch.called_weight).mean()
    return atoms + TOKENS_WEIGHT * quotes + moments + _grade_loss(grades, batch.grade)


def _grade_loss(logits: Tensor, grade: Tensor) -> Tensor:
    """Cross entropy plus half the squared error of the expected grade, where the grade is known."""
    known = grade >= 0
    if not known.any():
        return torch.zeros(())
    expected = (logits[known].softmax(1) * torch.arange(5.0)).sum(1)
    error = ((expected - grade[known]) ** 2).mean()
    return known.float().mean() * (
        F.cross_entropy(logits[known], grade[known], label_smoothing=0.05) + 0.5 * error
    )


def _cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="none")


def _smooth(targets: Tensor) -> Tensor:
    return targets * (1 - 2 * SMOOTHING) + SMOOTHING


def one_epoch(own: Sequence[Row], outside: Sequence[Row], rng: random.Random) -> list[Row]:
    """Draw an epoch: all own rows, rows with rare labels again at random, and the outside rows, which are short."""
    again = [row for row in own if rng.random() < 0.25 * len({id for id, _, _ in row.atoms} & RARE)]
    return vary([*own, *again], rng, dropped=0.3) + list(outside)


def read_casino(path: Path, split: str = "train") -> list[Row]:
    """Read one part of CaSiNo's labelled turns; the other party of the negotiation is the customer."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry["split"] != split:
            continue
        count = len(entry["context"])
        said = [
            Said("customer" if (count - place) % 2 else "trainee", message["text"])
            for place, message in enumerate(entry["context"])
        ]
        rows.append(
            Row(
                entry["id"], "casino", entry["group"], entry["agent_text"], tuple(said[-3:]), Brief(), (), (),
                None, teaches_called_for=False, outside=tuple(entry["labels"]),
            )
        )  # fmt: skip
    return rows


def main() -> None:
    """Train and save the averaged weights."""
    options = _options()
    torch.manual_seed(options.seed)
    torch.set_num_threads(2)
    rng = random.Random(options.seed)
    rows, problems = read_rows()
    print(len(rows), "rows;", len(problems), "left out", *problems[:5], sep="\n")
    own = [row for row in rows if options.all or not held_out(row)]
    outside = read_casino(options.casino) if options.casino else []
    network = Network()
    if options.init:
        network.load_state_dict(torch.load(options.init))
    else:
        network.enc.load_minilm(options.start)
    network.enc.word.weight.requires_grad_(False)
    torch.save(_fit(network, own, outside, rng, options).state_dict(), options.out)


def _fit(
    network: Network,
    own: Sequence[Row],
    outside: Sequence[Row],
    rng: random.Random,
    options: argparse.Namespace,
) -> Network:
    """Train ``network`` and return the moving average of its weights."""
    encoding, average = Encoding(), copy.deepcopy(network)
    optimiser = torch.optim.AdamW(_groups(network, options.rate), weight_decay=0.01, betas=(0.9, 0.98))
    sample = random.Random(options.seed)
    per_epoch = len(list(batches(one_epoch(own, outside, sample), encoding, options.tokens, sample)))
    total, step = max(1, int(per_epoch * options.epochs)), 0
    network.train()
    while step < total:
        for batch in batches(one_epoch(own, outside, rng), encoding, options.tokens, rng):
            if step >= total:
                break
            share = min(1, (step + 1) / 25) * (0.02 + 0.49 * (1 + math.cos(math.pi * step / total)))
            for group in optimiser.param_groups:
                group["lr"] = group["base"] * share
            loss = loss_of(network, batch)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            step += 1
            _follow(average, network, decay=min(0.996, (1 + step) / (10 + step)))
            if step % 50 == 0:
                print(f"step {step} of {total}, loss {float(loss):.3f}", flush=True)
    return average


def _groups(network: Network, rate: float) -> list[dict[str, object]]:
    """Heads learn eight times as fast as the encoder."""
    new, body = [], []
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            is_new = not name.startswith("enc.") or name == "enc.part.weight"
            (new if is_new else body).append(parameter)
    return [
        {"params": new, "lr": 8 * rate, "base": 8 * rate},
        {"params": body, "lr": rate, "base": rate},
    ]


@torch.no_grad()
def _follow(average: Network, network: Network, decay: float) -> None:
    for slow, fast in zip(average.parameters(), network.parameters(), strict=True):
        if fast.requires_grad:
            slow.lerp_(fast, 1 - decay)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=Path, help="safetensors of all-MiniLM-L6-v2")
    parser.add_argument("--init", type=Path, help="go on from these weights instead")
    parser.add_argument("--casino", type=Path, help="CaSiNo's labelled-turns.jsonl, for the outside heads")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=float, default=8)
    parser.add_argument("--rate", type=float, default=1.3e-4)
    parser.add_argument("--tokens", type=int, default=2800, help="most tokens in a batch, padding included")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--all", action="store_true", help="hold nothing out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
