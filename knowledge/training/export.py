"""Writes weights as int8 ONNX files: weights rounded for each channel, activations scaled as they come.

``python -m knowledge.training.export reader.pt`` makes the reader's network of what `knowledge.training.train` made,
``python -m knowledge.training.export model.safetensors`` the sentence embedding of the published all-MiniLM-L6-v2.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from knowledge.embedding import MODEL as EMBEDDING
from knowledge.reader.network import MODEL as READER
from knowledge.training.model import HEADS, LAYERS, WIDTH, Network, Sentence, Stream

_TOKENS = {0: "tokens"}


def reader(weights: Path, out: Path = READER) -> None:
    """Write the reader's network."""
    network = Network()
    network.load_state_dict(torch.load(weights))
    before = torch.randn(LAYERS, 2, HEADS, 40, WIDTH // HEADS)
    inputs = {"ids": _TOKENS, "parts": _TOKENS, "before": {3: "before"}}
    outputs = ["observed", "tokens", "called", "grade", "casino", "kept"]
    axes = inputs | {"tokens": _TOKENS, "kept": {3: "tokens"}}
    example = (torch.arange(2000, 2024), torch.zeros(24, dtype=torch.long), before)
    _write(Stream(network), example, list(inputs), outputs, axes, out)


def embedding(start: Path, out: Path = EMBEDDING) -> None:
    """Write the sentence embedding."""
    _write(Sentence(start), (torch.arange(2000, 2024),), ["ids"], ["vector"], {"ids": _TOKENS}, out)


def _write(
    model: torch.nn.Module, example: Any, inputs: Sequence[str], outputs: Sequence[str], axes: Any, out: Path
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        with torch.no_grad():
            torch.onnx.export(
                model.eval(),
                example,
                str(full),
                input_names=inputs,
                output_names=outputs,
                dynamic_axes=axes,
                dynamo=False,
                opset_version=17,
            )
        quantize_dynamic(full, out, weight_type=QuantType.QInt8, per_channel=True)


if __name__ == "__main__":
    given = Path(sys.argv[1])
    (embedding if given.suffix == ".safetensors" else reader)(given, *map(Path, sys.argv[2:3]))
