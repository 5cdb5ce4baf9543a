from __future__ import annotations

import numpy as np
import onnxruntime
import torch
from safetensors.numpy import load_file
from transformers import BertModel

from ingest.bert_graph import encoder_graph
from ingest.finetune import rounded
from ingest.minilm import minilm_folder


def test_the_graph_computes_what_the_original_encoder_does() -> None:
    session = onnxruntime.InferenceSession(
        encoder_graph(load_file(minilm_folder() / "model.safetensors")), providers=["CPUExecutionProvider"]
    )
    ids = np.array([[101, 6721, 3224, 102, 2944, 102], [101, 2017, 102, 0, 0, 0]])
    mask, types = (ids > 0).astype(np.int64), np.array([[0, 0, 0, 0, 1, 1], [0] * 6])
    (hidden,) = session.run(None, {"ids": ids, "mask": mask, "types": types})
    original = BertModel.from_pretrained(str(minilm_folder()), add_pooling_layer=False).eval()
    with torch.no_grad():
        expected = original(
            input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask), token_type_ids=torch.tensor(types)
        ).last_hidden_state.numpy()
    assert np.abs(hidden - expected)[mask == 1].max() < 1e-4


def test_weights_rounded_to_8_bits_compute_nearly_the_same() -> None:
    weights = load_file(minilm_folder() / "model.safetensors")
    whole, small = (
        onnxruntime.InferenceSession(encoder_graph(w), providers=["CPUExecutionProvider"])
        for w in (weights, weights | {k: v for k, v in rounded(weights).items() if v.dtype != np.float16})
    )
    ids = np.array([[101, 6721, 3224, 102, 2944, 102]])
    fed = {"ids": ids, "mask": np.ones_like(ids), "types": np.array([[0, 0, 0, 0, 1, 1]])}
    expected, found = whole.run(None, fed)[0], small.run(None, fed)[0]
    cosine = (expected * found).sum(-1) / np.linalg.norm(expected, axis=-1) / np.linalg.norm(found, axis=-1)
    assert cosine.min() > 0.95
    assert not np.array_equal(expected, found)
