"""A BERT encoder as an ONNX graph in memory, from plain weights: no PyTorch is needed to write it or to run it.

A weight may be given in 8 bits, as integers [outputs, inputs] and a scale for each output under ``NAME.scale``; its
inputs are then rounded to 8 bits as well, which halves the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

ATTENTION_HEADS = 12
_EPSILON = 1e-12
_OPSET = 20
_BLOCKED = 1e4
"""Taken from the attention logits of padding."""

Weights = Mapping[str, NDArray[Any]]
SCALE = ".scale"


def encoder_graph(weights: Weights) -> bytes:
    """Return the serialised model: ``ids``, ``mask``, ``types`` (int64, [texts, tokens]) to ``hidden`` [texts, tokens, size].

    ``weights`` have the names that the transformers library gives those of a BERT encoder.
    """
    from onnx import TensorProto, helper

    g = _Graph(weights)
    x = g.embedded()
    mask = g.add("Unsqueeze", g.add("Cast", "mask", to=TensorProto.FLOAT), g.constant(np.array([1, 2])))
    blocked = g.add("Mul", g.add("Sub", mask, g.constant(np.float32(1))), g.constant(np.float32(_BLOCKED)))
    layers = sum(name.endswith("attention.self.query.weight") for name in weights)
    for number in range(layers):
        x = g.layer(x, blocked, f"encoder.layer.{number}", "hidden" if number == layers - 1 else "")
    shape = ["texts", "tokens"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in ("ids", "mask", "types")]
    output = helper.make_tensor_value_info("hidden", TensorProto.FLOAT, [*shape, g.size])
    graph = helper.make_graph(g.nodes, "encoder", inputs, [output], g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=10)
    return bytes(model.SerializeToString())


class _Graph:
    """Collects nodes and constants; the methods return the name of a value."""

    def __init__(self, weights: Weights) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._weights = weights
        self.size = weights["embeddings.word_embeddings.weight"].shape[1]

    def constant(self, array: NDArray[Any] | np.generic) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.array(array, order="C"), f"c{len(self.constants)}"))
        return f"c{len(self.constants) - 1}"

    def add(self, op: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        from onnx import helper

        name = name or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], **attributes))
        return name

    def embedded(self) -> str:
        words = self.add("Gather", self._weight("embeddings.word_embeddings.weight"), "ids")
        types = self.add("Gather", self._weight("embeddings.token_type_embeddings.weight"), "types")
        length = self.add("Slice", self.add("Shape", "ids"), self.constant(np.array([1])), self.constant(np.array([2])))
        places = self._weight("embeddings.position_embeddings.weight")
        places = self.add("Slice", places, self.constant(np.array([0])), length)
        return self._norm(self.add("Add", self.add("Add", words, types), places), "embeddings")

    def layer(self, x: str, blocked: str, at: str, name: str) -> str:
        width = self.size // ATTENTION_HEADS

        def split(part: str, order: list[int]) -> str:
            shape = self.constant(np.array([0, 0, ATTENTION_HEADS, width]))
            linear = self._linear(x, f"{at}.attention.self.{part}")
            return self.add("Transpose", self.add("Reshape", linear, shape), perm=order)

        query, key, value = split("query", [0, 2, 1, 3]), split("key", [0, 2, 3, 1]), split("value", [0, 2, 1, 3])
        match = self.add("Mul", self.add("MatMul", query, key), self.constant(np.float32(width**-0.5)))
        seen = self.add("MatMul", self.add("Softmax", self.add("Add", match, blocked), axis=-1), value)
        whole = self.constant(np.array([0, 0, self.size]))
        seen = self.add("Reshape", self.add("Transpose", seen, perm=[0, 2, 1, 3]), whole)
        x = self._norm(self.add("Add", self._linear(seen, f"{at}.attention.output.dense"), x), f"{at}.attention.output")
        inner = self.add("Gelu", self._linear(x, f"{at}.intermediate.dense"))
        return self._norm(self.add("Add", self._linear(inner, f"{at}.output.dense"), x), f"{at}.output", name)

    def _weight(self, name: str) -> str:
        return self.constant(self._weights[name])

    def _linear(self, x: str, at: str) -> str:
        weight = self.constant(self._weights[f"{at}.weight"].T)
        scale = self._weights.get(f"{at}.weight{SCALE}")
        product = self.add("MatMul", x, weight) if scale is None else self._rounded_product(x, weight, scale)
        return self.add("Add", product, self._weight(f"{at}.bias"))

    def _rounded_product(self, x: str, weight: str, scale: NDArray[np.float32]) -> str:
        from onnx import TensorProto, helper

        rounded, step, zero = (f"v{len(self.nodes)}_{part}" for part in ("rounded", "step", "zero"))
        self.nodes.append(helper.make_node("DynamicQuantizeLinear", [x], [rounded, step, zero]))
        product = self.add("MatMulInteger", rounded, weight, zero)
        scales = self.add("Mul", step, self.constant(scale.astype(np.float32)))
        return self.add("Mul", self.add("Cast", product, to=TensorProto.FLOAT), scales)

    def _norm(self, x: str, at: str, name: str = "") -> str:
        scale, shift = self._weight(f"{at}.LayerNorm.weight"), self._weight(f"{at}.LayerNorm.bias")
        return self.add("LayerNormalization", x, scale, shift, name=name, epsilon=_EPSILON)
