from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from app.tutor.reader import Reader, pair_tokenizer
from ingest.finetune import Example, PairModel, fine_tune, rounded
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
        examples.append(Example(ids, types, (1.0, 0.0), first != second, np.zeros(len(ids), dtype=np.float32)))
    model = fine_tune(PairModel(heads=2), [examples] * 25, rate=3e-4, seed=1)
    path = tmp_path / "layers.safetensors"
    save_file(rounded(model.trained_weights()), path, {"base_sha256": MINILM_SHA256})
    false, true = Reader(path).read(PAIRS)
    assert false.marked > 0 > true.marked
    assert false.false == true.false, "a head without a weight learns nothing"
    again = PairModel(heads=2)
    again.load_trained(model.trained_weights())
    assert all(np.array_equal(array, again.trained_weights()[name]) for name, array in model.trained_weights().items())
