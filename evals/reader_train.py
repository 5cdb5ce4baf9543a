"""Train the reader: ``python -m evals.reader_train RAGTRUTH_TRAIN.jsonl.gz PAIRS.jsonl.gz [--work FOLDER] [--stage STAGE]``.

Stages, each kept in the work folder so that a stopped run goes on where it was: ``general`` (public pairs of texts, one
of which follows from the other or not, see `evals.entailment_data`), ``labelled`` (sentences that people marked in
answers, our own sentences about notes, planted faults), ``readings`` (what the reader says of the sentences left out;
by that the checker weighs it). The same files, seed and kind of processor give the same weights.
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
from evals.checker_domain import domain_sentences, learned_sentences, own_sentences
from evals.checker_reader import READINGS
from evals.checker_train import rarity_of
from evals.entailment_data import read_entailments
from evals.labelled import read_labelled, sha256_of
from evals.reader_data import FALSE, MARKED, Pair, entailment_pairs, marked_pairs, own_pairs, planted_pairs
from ingest.finetune import Example, PairModel, fine_tune, rounded
from ingest.minilm import MINILM_SHA256

SEED = 7
HELD_OUT_SOURCES, HELD_OUT_NOTES, HELD_OUT_SENTENCES = 0.3, 0.12, 0.05
TEST_PAIRS = 2000
SWAPS_LEFT_OUT = 0.6
GENERAL_RATE, RATE = 1.2e-4, 1.5e-4
GENERAL_EPOCHS, EPOCHS = 2, 4
MARKED_AS_FALSE = 0.3
"""What a marked or unmarked sentence of an answer counts for the head that says whether a sentence follows."""
MARKED_SHARE = 0.35
"""Of the marked sentences, so many come up in an epoch, with as many unmarked ones."""
PLANTED_WEIGHT, PLANTED_AN_EPOCH = 0.5, 1000
LAYERS = Path(__file__).parents[1] / "app" / "tutor" / "reader.safetensors"
Weights = dict[str, NDArray[Any]]
Chosen = NDArray[np.bool_]


def held_out_sources(pairs: Sequence[Pair]) -> Chosen:
    """Return which pairs are left out of the training, all of one source or none."""
    splitter = GroupShuffleSplit(1, test_size=HELD_OUT_SOURCES, random_state=SEED)
    _, left = next(splitter.split(np.zeros(len(pairs)), groups=[p.group for p in pairs]))
    out = np.zeros(len(pairs), dtype=bool)
    out[left] = True
    return out


def held_out_notes(pairs: Sequence[Pair]) -> Chosen:
    """Return the pairs about notes of which nothing is learned; none of these notes leads a frozen case."""
    frozen = {case.notes[0] for case in domain_sentences("frozen")}
    notes = sorted({pair.group for pair in pairs} - frozen)
    left = set(Random(SEED).sample(notes, round(HELD_OUT_NOTES * len(notes))))
    return np.array([pair.group in left for pair in pairs])


def held_out_sentences(pairs: Sequence[Pair]) -> Chosen:
    """Return the pairs left out at random, though others about the same notes are learned from."""
    rng, notes = Random(SEED), held_out_notes(pairs)
    return np.array([rng.random() < HELD_OUT_SENTENCES and not out for out in notes])


class Training:
    """The data of the stages, read once."""

    def __init__(self, data: Path, pairs: Path, work: Path) -> None:
        self._data, self._pairs, self._work = data, pairs, work
        work.mkdir(parents=True, exist_ok=True)
        answers = read_labelled(data)
        self._rarity = rarity_of(answers)
        self.marked = marked_pairs(answers, self._rarity)
        self._own = own_sentences(learned_sentences())
        self._written = [entry for entry in self._own if not entry.rationale]
        self.own = own_pairs(self._written, self._rarity)
        self._tokenizer = pair_tokenizer()

    def general(self) -> Weights:
        """Return the weights after the public pairs alone; prints how well those left out are told apart."""
        pairs = entailment_pairs(read_entailments(self._pairs))
        rng = Random(SEED)
        epochs = [
            [p for p in pairs[TEST_PAIRS:] if p.group != "swaps" or rng.random() >= SWAPS_LEFT_OUT]
            for _ in range(GENERAL_EPOCHS)
        ]
        weights = self._trained("general", epochs, None, GENERAL_RATE)
        path = self._work / "general-reader.safetensors"
        save_file(rounded(weights), path, {"base_sha256": MINILM_SHA256})
        left_out = pairs[:TEST_PAIRS]
        read = Reader(path).read([(pair.claim, pair.window) for pair in left_out])
        score = roc_auc_score([pair.unsupported for pair in left_out], [reading.false for reading in read])
        print(f"general: {len(left_out)} pairs left out, AUROC {score:.4f}", flush=True)
        return weights

    def labelled(self, start: Weights) -> Weights:
        """Return the weights after marked, own and planted sentences, from those of the general stage on."""
        rng = Random(SEED)
        marked = [pair for pair, out in zip(self.marked, held_out_sources(self.marked), strict=True) if not out]
        notes, sentences = held_out_notes(self.own), held_out_sentences(self.own)
        own = [pair for pair, out in zip(self.own, notes | sentences, strict=True) if not out]
        hidden = {self._written[at].sentence for at in np.flatnonzero(notes | sentences)}
        notes_hidden = {pair.group for pair, out in zip(self.own, notes, strict=True) if out}
        bases = [e for e in self._own if e.sentence not in hidden and e.group not in notes_hidden]
        planted = planted_pairs(bases, self._rarity, PLANTED_WEIGHT, SEED)
        wrong, right = ([pair for pair in marked if pair.unsupported is value] for value in (True, False))
        some = round(MARKED_SHARE * len(wrong))
        epochs = [
            [
                *rng.sample(wrong, some),
                *rng.sample(right, some),
                *own,
                *rng.sample(planted, min(PLANTED_AN_EPOCH, len(planted))),
            ]
            for _ in range(EPOCHS)
        ]
        return self._trained("labelled", epochs, start, RATE)

    def _trained(self, name: str, epochs: Sequence[Sequence[Pair]], start: Weights | None, rate: float) -> Weights:
        path = self._work / f"{name}.safetensors"
        if path.is_file():
            return load_file(path)
        model = PairModel(heads=2)
        if start is not None:
            model.load_trained(start)
        encoded = [[self._encoded(pair) for pair in epoch] for epoch in epochs]
        fine_tune(model, encoded, rate=rate, seed=SEED, log=lambda line: print(f"{name}: {line}", flush=True))
        weights = model.trained_weights()
        save_file(weights, path)
        return weights

    def _encoded(self, pair: Pair) -> Example:
        entry = self._tokenizer.encode(pair.claim, pair.window)
        marks: NDArray[np.float32] | None = None
        if pair.spans is not None:
            marks = np.zeros(len(entry.ids), dtype=np.float32)
            ours = entry.type_ids.index(1) if 1 in entry.type_ids else len(entry.ids)
            for place, (start, end) in list(enumerate(entry.offsets))[1 : ours - 1]:
                marks[place] = any(start < last and first < end for first, last in pair.spans)
        ids, types = np.array(entry.ids, dtype=np.int64), np.array(entry.type_ids, dtype=np.int64)
        weights = (pair.weight, MARKED_AS_FALSE * pair.weight) if pair.head == MARKED else (0.0, pair.weight)
        return Example(ids, types, weights, pair.unsupported, marks)

    def ship(self, weights: Weights) -> dict[str, str]:
        """Write the shipped file and the readings of the pairs held out; return data, seed and figures."""
        about = {
            "base_sha256": MINILM_SHA256,
            "data": self._data.name,
            "data_sha256": sha256_of(self._data),
            "pairs_sha256": sha256_of(self._pairs),
            "seed": str(SEED),
            "marked_pairs": str(len(self.marked)),
            "own_pairs": str(len(self.own)),
        }
        save_file(rounded(weights), LAYERS, about)
        reader = Reader(LAYERS)
        arrays: dict[str, Any] = {"data_sha256": np.array(about["data_sha256"])}
        for name, pairs, head, out in (
            ("marked", self.marked, MARKED, held_out_sources(self.marked)),
            ("notes", self.own, FALSE, held_out_notes(self.own)),
            ("sentences", self.own, FALSE, held_out_sentences(self.own)),
        ):
            at = np.flatnonzero(out)
            read = reader.read([(pairs[i].claim, pairs[i].window) for i in at])
            alone = reader.read([(pairs[i].claim, pairs[i].closest) for i in at]) if head == FALSE else read
            logits = np.array([[r.marked, r.false, r.word, one.false] for r, one in zip(read, alone, strict=True)])
            score = roc_auc_score([pairs[i].unsupported for i in at], logits[:, head])
            about[f"{name}_auroc_held_out"] = f"{score:.4f}"
            arrays |= {f"{name}_at": at, name: logits.astype(np.float16)}
            print(f"{name}: {len(at)} read, AUROC {score:.4f}", flush=True)
        np.savez_compressed(READINGS, **arrays)
        save_file(rounded(weights), LAYERS, about)
        return about


def main(arguments: list[str]) -> int:
    """Train from the files named in ``arguments``; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.reader_train", description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--work", type=Path, default=Path("reader-training"))
    parser.add_argument("--stage", choices=["general", "labelled", "readings"], help="the last one to do")
    options = parser.parse_args(arguments)
    try:
        training = Training(options.data, options.pairs, options.work)
        weights = training.general()
        if options.stage != "general":
            weights = training.labelled(weights)
        if options.stage in (None, "readings"):
            print(json.dumps(training.ship(weights), indent=1))
    except TutorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
