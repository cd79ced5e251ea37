"""Writes trained weights as the int8 ONNX file the reader loads: ``python -m knowledge.training.export reader.pt``."""

import sys
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from knowledge.reader.network import MODEL
from knowledge.training.model import HEADS, LAYERS, WIDTH, Network, Stream

_INPUTS = {"ids": {0: "tokens"}, "parts": {0: "tokens"}, "before": {3: "before"}}
_OUTPUTS = ["observed", "tokens", "called", "grade", "casino", "kept"]


def export(weights: Path, out: Path = MODEL) -> None:
    """Export ``weights`` to ``out``: weights int8 for each channel, activations scaled as they come."""
    network = Network()
    network.load_state_dict(torch.load(weights))
    stream = Stream(network.eval()).eval()
    before = torch.randn(LAYERS, 2, HEADS, 40, WIDTH // HEADS)
    example = (torch.arange(2000, 2024), torch.zeros(24, dtype=torch.long), before)
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        with torch.no_grad():
            torch.onnx.export(
                stream,
                example,
                str(full),
                input_names=list(_INPUTS),
                output_names=_OUTPUTS,
                dynamic_axes={**_INPUTS, "tokens": {0: "tokens"}, "kept": {3: "tokens"}},
                dynamo=False,
                opset_version=17,
            )
        quantize_dynamic(full, out, weight_type=QuantType.QInt8, per_channel=True)


if __name__ == "__main__":
    export(Path(sys.argv[1]), *map(Path, sys.argv[2:3]))
