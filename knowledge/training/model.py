"""The network in torch: MiniLM's six layers with four kinds of heads.

* ``observed``: is this technique or misstep in the turn? Each label has its own attention over the turn.
* ``tokens``: does this word piece belong to the label's quote?
* ``called``: was this technique called for? Its attention sees the context only.
* ``grade``: how good was the turn?

Context tokens never attend to the turn, so what was called for cannot depend on what the trainee did.
``Stream`` is the same network for one text at a time: the context is read first, and what the turn attends to of it is
kept. So the context can be read before the turn is written, and quantised not even a rounding error crosses over.
"""

import json
import struct
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from knowledge.reader.encoding import TURN
from knowledge.training.corpus import CALLED, GRADES, OBSERVED

WIDTH, HEADS, LAYERS, VOCABULARY, POSITIONS, PARTS = 384, 12, 6, 30522, 512, 5
DROPOUT = 0.1

OUTSIDE = ("partnership", "empathy", "clarifying_question")
"""The labels of the CaSiNo corpus, which mean other things than ours: extra heads, unused by the reader."""


class Layer(nn.Module):
    """One transformer layer, normalised after each half as in BERT."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.o = nn.Linear(WIDTH, WIDTH)
        self.n1 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.up = nn.Linear(WIDTH, 4 * WIDTH)
        self.down = nn.Linear(4 * WIDTH, WIDTH)
        self.n2 = nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """``x`` is (batch, tokens, width); ``mask`` says who may look at whom."""
        batch, length, _ = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        dropout = DROPOUT if self.training else 0.0
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout)
        seen = self.o(seen.transpose(1, 2).reshape(batch, length, WIDTH))
        x = self.n1(x + F.dropout(seen, DROPOUT, self.training))
        return self.n2(x + F.dropout(self.down(F.gelu(self.up(x))), DROPOUT, self.training))


class Encoder(nn.Module):
    """MiniLM, with a learned vector for each part of the input."""

    def __init__(self) -> None:
        super().__init__()
        self.word = nn.Embedding(VOCABULARY, WIDTH)
        self.pos = nn.Embedding(POSITIONS, WIDTH)
        self.part = nn.Embedding(PARTS, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, ids: Tensor, parts: Tensor, mask: Tensor) -> Tensor:
        """Return (batch, tokens, width)."""
        x = self.norm(self.word(ids) + self.pos.weight[: ids.shape[1]] + self.part(parts))
        x = F.dropout(x, DROPOUT, self.training)
        for layer in self.layers:
            x = layer(x, mask)
        return x

    def load_minilm(self, path: Path, spread: float = 0.01) -> None:
        """Start from the weights of all-MiniLM-L6-v2 (a safetensors file), the vectors of the parts ``spread`` a little."""
        weights = {name.removeprefix("bert."): value for name, value in _safetensors(path).items()}
        embeddings = "embeddings."
        self.word.weight.data.copy_(weights[embeddings + "word_embeddings.weight"])
        self.pos.weight.data.copy_(weights[embeddings + "position_embeddings.weight"])
        self.part.weight.data[:] = weights[embeddings + "token_type_embeddings.weight"][0]
        self.part.weight.data += spread * torch.randn_like(self.part.weight)
        pairs: list[tuple[nn.Module, list[str]]] = [(self.norm, [embeddings + "LayerNorm"])]
        for place, layer in enumerate(self.layers):
            at = f"encoder.layer.{place}."
            pairs += [
                (layer.qkv, [f"{at}attention.self.{name}" for name in ("query", "key", "value")]),
                (layer.o, [at + "attention.output.dense"]),
                (layer.n1, [at + "attention.output.LayerNorm"]),
                (layer.up, [at + "intermediate.dense"]),
                (layer.down, [at + "output.dense"]),
                (layer.n2, [at + "output.LayerNorm"]),
            ]
        for module, names in pairs:
            for kind in ("weight", "bias"):
                value = torch.cat([weights[f"{name}.{kind}"] for name in names])
                getattr(module, kind).data.copy_(value)


class Pool(nn.Module):
    """One attention head and one linear unit for each label."""

    def __init__(self, labels: int, bias: float) -> None:
        super().__init__()
        self.q = nn.Linear(WIDTH, labels)
        self.v = nn.Linear(WIDTH, labels)
        nn.init.normal_(self.q.weight, std=0.02)
        nn.init.normal_(self.v.weight, std=0.02)
        nn.init.constant_(self.v.bias, bias)

    def forward(self, x: Tensor, among: Tensor | None = None) -> Tensor:
        """Pool (batch, tokens, width) to (batch, labels), over the tokens ``among``."""
        attention = self.q(x)
        if among is not None:
            attention = attention.masked_fill(~among[..., None], -1e4)
        return (attention.softmax(1) * self.v(x)).sum(1)


class Network(nn.Module):
    """The encoder with its heads, for batches of padded rows."""

    def __init__(self) -> None:
        super().__init__()
        self.enc = Encoder()
        self.obs = Pool(len(OBSERVED) + len(OUTSIDE), bias=-2.5)
        self.tok = nn.Linear(WIDTH, len(OBSERVED))
        self.call = Pool(len(CALLED), bias=-1.5)
        self.grade = Pool(GRADES, bias=0.0)
        nn.init.normal_(self.tok.weight, std=0.02)
        nn.init.constant_(self.tok.bias, -3.0)

    def forward(self, ids: Tensor, parts: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return logits: observed and outside labels, token labels, called for, grades."""
        real = ids != 0
        turn, context = (parts == TURN) & real, (parts != TURN) & real
        mask = real[:, None, None, :] & (turn[:, None, :, None] | ~turn[:, None, None, :])
        x = F.dropout(self.enc(ids, parts, mask), DROPOUT, self.training)
        return self.obs(x, turn), self.tok(x), self.call(x, context), self.grade(x, turn)


class Stream(nn.Module):
    """`Network` for one text at a time, as it is exported: first the context, then the turn with what was kept of it."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.m = network
        for layer in network.enc.layers:
            for name in ("qkv", "o", "up", "down"):
                layer.register_buffer(f"{name}_w", getattr(layer, name).weight.detach().t().contiguous())

    def forward(self, ids: Tensor, parts: Tensor, before: Tensor) -> tuple[Tensor, ...]:
        """Take the ids and parts of a text and the keys and values of what came before it, which may be nothing.

        Returns what `Network` does, and the text's own keys and values: (layers, 2, heads, tokens, width of a head).
        """
        x, kept = self.states(ids, parts, before)
        observed, own = self.m.obs(x)[0], len(OBSERVED)
        scores = observed[:own], self.m.tok(x)[0], self.m.call(x)[0], self.m.grade(x)[0], observed[own:]
        return (*scores, torch.stack(kept))

    def states(self, ids: Tensor, parts: Tensor, before: Tensor | None = None) -> tuple[Tensor, list[Tensor]]:
        """Return the tokens' last states, (1, tokens, width), and of each layer the keys and values."""
        encoder, begun = self.m.enc, 0 if before is None else before.shape[3]
        positions = encoder.pos.weight[begun : begun + ids.shape[0]]
        x = encoder.norm((encoder.word(ids) + positions + encoder.part(parts))[None])
        kept = []
        for place, layer in enumerate(encoder.layers):
            q, k, v = self._projected(layer, x)
            kept.append(torch.stack([k[0], v[0]]))
            if before is not None:
                k, v = torch.cat([before[place, :1], k], 2), torch.cat([before[place, 1:], v], 2)
            x = self._rest(layer, x, _attend(q, k, v))
        return x, kept

    def _projected(self, layer: Layer, x: Tensor) -> list[Tensor]:
        qkv = _linear(layer, "qkv", x)
        shape = (1, -1, HEADS, WIDTH // HEADS)
        return [qkv[..., i * WIDTH : (i + 1) * WIDTH].reshape(shape).transpose(1, 2) for i in range(3)]

    def _rest(self, layer: Layer, x: Tensor, seen: Tensor) -> Tensor:
        x = layer.n1(x + _linear(layer, "o", seen.transpose(1, 2).reshape(1, -1, WIDTH)))
        return layer.n2(x + _linear(layer, "down", F.gelu(_linear(layer, "up", x))))


class Sentence(nn.Module):
    """MiniLM as it was published: the vector of one text, the mean of its tokens' states, of unit length."""

    def __init__(self, start: Path) -> None:
        super().__init__()
        network = Network()
        network.enc.load_minilm(start, spread=0.0)
        self.stream = Stream(network)

    def forward(self, ids: Tensor) -> Tensor:
        """Take the ids of one text; return (width,)."""
        states, _ = self.stream.states(ids, torch.zeros_like(ids))
        return F.normalize(states[0].mean(0), dim=0)


def _linear(layer: Layer, name: str, x: Tensor) -> Tensor:
    """Apply a layer's weights as one shared matrix, so that the exported file holds it once."""
    return x @ getattr(layer, f"{name}_w") + getattr(layer, name).bias


def _attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return ((q @ k.transpose(2, 3)) * (WIDTH // HEADS) ** -0.5).softmax(-1) @ v


def _safetensors(path: Path) -> dict[str, Tensor]:
    raw = path.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    tensors = {}
    for name, entry in json.loads(raw[8 : 8 + size]).items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            first, last = (8 + size + offset for offset in entry["data_offsets"])
            values = np.frombuffer(raw[first:last], dtype=np.float32).copy()
            tensors[name] = torch.from_numpy(values.reshape(entry["shape"]))
    return tensors
