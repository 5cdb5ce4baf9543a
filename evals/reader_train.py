"""Train the reader: ``python -m evals.reader_train RAGTRUTH_TRAIN.jsonl.gz [--work FOLDER] [--stage STAGE]``.

Stages, each kept in the work folder so that a stopped run goes on where it was: ``copies`` (sentences of passages, as
they are and with planted faults), ``labelled`` (seven tenths of the sources and notes: sentences people marked and our
own), ``marked`` (once more all marked sentences among them), ``readings`` (what the reader says of the rest; by that the checker weighs it). The shipped file has not seen that
rest. The same files, seed and kind of processor give the same weights.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupShuffleSplit

from app.tutor.reader import Reader, pair_tokenizer
from corpus.errors import TutorError
from evals.checker_domain import own_sentences
from evals.checker_reader import READINGS
from evals.checker_train import rarity_of
from evals.labelled import read_labelled, sha256_of
from evals.reader_data import FALSE, MARKED, Pair, copied_pairs, marked_pairs, own_pairs, planted_pairs
from ingest.adapter import Adapter
from ingest.finetune import Example, PairModel, fine_tune
from ingest.minilm import MINILM_SHA256

SEED = 7
HELD_OUT = 0.3
COPIES = 3500
COPY_RATE, RATE, LAST_RATE = 1e-3, 6e-4, 5e-4
EPOCHS = 2
MARKED_SHARE = 0.36
"""Of the marked sentences, so many come up in an epoch, with as many unmarked ones."""
RIGHT_FOR_WRONG = 1.6
PLANTED_WEIGHT, PLANTED_AN_EPOCH = 0.5, 150
ADAPTER = Path(__file__).parents[1] / "app" / "tutor" / "reader.safetensors"


def held_out(pairs: Sequence[Pair]) -> NDArray[np.bool_]:
    """Return which pairs are left out of the training, all of one group or none."""
    splitter = GroupShuffleSplit(1, test_size=HELD_OUT, random_state=SEED)
    _, left = next(splitter.split(np.zeros(len(pairs)), groups=[p.group for p in pairs]))
    out = np.zeros(len(pairs), dtype=bool)
    out[left] = True
    return out


class Training:
    """The data of the stages, read once."""

    def __init__(self, data: Path, work: Path) -> None:
        self._data, self._work = data, work
        work.mkdir(parents=True, exist_ok=True)
        self._answers = read_labelled(data)
        self._rarity = rarity_of(self._answers)
        own = own_sentences()
        written = [entry for entry in own if not entry.rationale]
        self.marked = marked_pairs(self._answers, self._rarity)
        self.own = own_pairs(written, self._rarity)
        self._planted = [
            *planted_pairs([e for e in own if e.rationale], self._rarity, PLANTED_WEIGHT, SEED),
            *planted_pairs(written, self._rarity, PLANTED_WEIGHT, SEED + 1),
        ]
        self._tokenizer = pair_tokenizer()

    def copies(self) -> Adapter:
        """Return the changes learned from sentences of passages alone, no label of a person among them."""
        pairs = copied_pairs(self._answers, self._rarity, SEED)
        Random(SEED).shuffle(pairs)
        return self._trained("copies", [pairs[:COPIES]], None, COPY_RATE)

    def labelled(self, start: Adapter) -> Adapter:
        """Return the changes learned, from those of the copies on, from all pairs but those held out."""
        rng = Random(SEED)
        marked = [pair for pair, out in zip(self.marked, held_out(self.marked), strict=True) if not out]
        own = [pair for pair, out in zip(self.own, held_out(self.own), strict=True) if not out]
        hidden = {pair.group for pair in self.own} - {pair.group for pair in own}
        planted = [pair for pair in self._planted if pair.group not in hidden]
        wrong, right = ([pair for pair in marked if pair.unsupported is value] for value in (True, False))
        some = round(MARKED_SHARE * len(wrong))
        epochs = [
            [*rng.sample(wrong, some), *rng.sample(right, some), *own, *rng.sample(planted, PLANTED_AN_EPOCH)]
            for _ in range(EPOCHS)
        ]
        return self._trained("labelled", epochs, start, RATE)

    def marked_again(self, start: Adapter) -> Adapter:
        """Return the changes after all marked sentences that are not held out, with about twice as many unmarked ones."""
        rng = Random(SEED + 1)
        marked = [pair for pair, out in zip(self.marked, held_out(self.marked), strict=True) if not out]
        wrong, right = ([pair for pair in marked if pair.unsupported is value] for value in (True, False))
        return self._trained(
            "marked", [[*wrong, *rng.sample(right, round(RIGHT_FOR_WRONG * len(wrong)))]], start, LAST_RATE
        )

    def _trained(self, name: str, epochs: Sequence[Sequence[Pair]], start: Adapter | None, rate: float) -> Adapter:
        path = self._work / f"{name}.safetensors"
        if path.is_file():
            return load_file(path)
        model = PairModel(heads=2)
        if start is not None:
            model.load_adapter(start)
        encoded = [[self._encoded(pair) for pair in epoch] for epoch in epochs]
        fine_tune(model, encoded, rate=rate, seed=SEED, log=lambda line: print(f"{name}: {line}", flush=True))
        adapter = model.adapter()
        save_file(adapter, path, {"base_sha256": MINILM_SHA256})
        return adapter

    def _encoded(self, pair: Pair) -> Example:
        entry = self._tokenizer.encode(pair.claim, pair.window)
        marks: NDArray[np.float32] | None = None
        if pair.spans is not None:
            marks = np.zeros(len(entry.ids), dtype=np.float32)
            ours = entry.type_ids.index(1) if 1 in entry.type_ids else len(entry.ids)
            for place, (start, end) in list(enumerate(entry.offsets))[1 : ours - 1]:
                marks[place] = any(start < last and first < end for first, last in pair.spans)
        ids, types = np.array(entry.ids, dtype=np.int64), np.array(entry.type_ids, dtype=np.int64)
        return Example(ids, types, pair.head, pair.unsupported, pair.weight, marks)

    def ship(self, adapter: Adapter) -> dict[str, str]:
        """Write the shipped file and the readings of the pairs held out; return data, seed and figures."""
        about = {
            "base_sha256": MINILM_SHA256,
            "data": self._data.name,
            "data_sha256": sha256_of(self._data),
            "seed": str(SEED),
            "marked_pairs": str(len(self.marked)),
            "own_pairs": str(len(self.own)),
            "held_out": str(HELD_OUT),
        }
        save_file(adapter, ADAPTER, about)
        reader = Reader(ADAPTER)
        arrays: dict[str, Any] = {"data_sha256": np.array(about["data_sha256"])}
        for name, pairs, head in (("marked", self.marked, MARKED), ("own", self.own, FALSE)):
            at = np.flatnonzero(held_out(pairs))
            read = reader.read([(pairs[i].claim, pairs[i].window) for i in at])
            logits = np.array([[r.marked, r.false, r.word] for r in read])
            score = roc_auc_score([pairs[i].unsupported for i in at], logits[:, head])
            about[f"{name}_auroc_held_out"] = f"{score:.4f}"
            arrays |= {f"{name}_at": at, name: logits.astype(np.float16)}
            print(f"{name}: {len(at)} read, AUROC {score:.4f}", flush=True)
        np.savez_compressed(READINGS, **arrays)
        save_file(adapter, ADAPTER, about)
        return about


def main(arguments: list[str]) -> int:
    """Train from the file named in ``arguments``; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.reader_train", description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("reader-training"))
    parser.add_argument("--stage", choices=["copies", "labelled", "marked", "readings"], help="the last one to do")
    options = parser.parse_args(arguments)
    try:
        training = Training(options.data, options.work)
        adapter = training.copies()
        if options.stage != "copies":
            adapter = training.labelled(adapter)
        if options.stage in (None, "marked", "readings"):
            adapter = training.marked_again(adapter)
        if options.stage in (None, "readings"):
            print(json.dumps(training.ship(adapter), indent=1))
    except TutorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
