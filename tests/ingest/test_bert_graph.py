from __future__ import annotations

import numpy as np
import onnxruntime
import torch
from safetensors.numpy import load_file
from transformers import BertModel

from ingest.bert_graph import encoder_graph
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
