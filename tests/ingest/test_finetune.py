from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from app.tutor.reader import Reader, pair_tokenizer
from ingest.finetune import Example, PairModel, fine_tune
from ingest.minilm import MINILM_SHA256

PAIRS = [
    ("The forest needs labels.", "The forest needs no labels."),
    ("The stream keeps a day.", "The stream keeps a day."),
]


def test_a_model_learns_its_pairs_and_the_reader_runs_what_it_learned(tmp_path: Path) -> None:
    tokenizer = pair_tokenizer()
    examples = []
    for first, second in PAIRS:
        entry = tokenizer.encode(first, second)
        ids, types = np.array(entry.ids), np.array(entry.type_ids)
        examples.append(Example(ids, types, 0, first != second, words=np.zeros(len(ids), dtype=np.float32)))
    model = fine_tune(PairModel(heads=2, rank=4), [examples] * 20, rate=3e-3, seed=1)
    path = tmp_path / "adapter.safetensors"
    save_file(model.adapter(), path, {"base_sha256": MINILM_SHA256})
    false, true = Reader(path).read(PAIRS)
    assert false.marked > 0 > true.marked
    again = PairModel(heads=2, rank=4)
    again.load_adapter(model.adapter())
    assert all(np.array_equal(array, again.adapter()[name]) for name, array in model.adapter().items())
