"""Public pairs of texts, one of which follows from the other or not: ``python -m evals.entailment_data CLONES OUT.jsonl.gz``.

``CLONES`` is a folder with clones of the repositories in `SOURCES`, each under its own name without the owner. What
comes out is read by `evals.reader_train`; the pairs themselves are not part of this repository.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Literal

from corpus.errors import TutorError

MOST_WORDS = 110, 50
"""Of the given text and of the claim; longer pairs are left out."""
SEED = 7


@dataclass(frozen=True)
class Entailment:
    """A given text, a claim, and whether the claim follows from it; ``source`` is a key of `SOURCES`."""

    source: str
    given: str
    claim: str
    follows: bool


Row = tuple[str, str, bool]


def _columns(given: str, claim: str, label: str, separator: str = "\t") -> Callable[[str], Iterator[Row]]:
    def rows(text: str) -> Iterator[Row]:
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if separator == "," else csv.QUOTE_NONE
        for row in csv.DictReader(io.StringIO(text), delimiter=separator, quoting=quoting):
            yield row[given], row[claim], row[label] == "entailment"

    return rows


def _lines(text: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in text.splitlines())


def _fever(text: str) -> Iterator[Row]:
    for row in _lines(text):
        yield row["evidence"], row["claim"], row["label"] == "SUPPORTS"


def _summedits(text: str) -> Iterator[Row]:
    """Yield edited summaries beside their documents and beside the summary they were edited from."""
    for row in json.loads(text):
        kept = row["label"] == 1
        yield row["doc"], row["summary"], kept
        yield row["original_summary"], row["summary"], kept


@dataclass(frozen=True)
class _Source:
    """Where pairs come from: a clone, patterns of its files, and how a file is read."""

    clone: str
    files: tuple[str, ...]
    rows: Callable[[str], Iterator[Row]]


SOURCES = {
    "mnli": _Source("NLI_datasets", ("nli_datasets/mnli/dev.csv",), _columns("premise", "hypothesis", "label", ",")),
    "rte": _Source("NLI_datasets", ("nli_datasets/rte/*.csv",), _columns("premise", "hypothesis", "label", ",")),
    "revised": _Source(
        "counterfactually-augmented-data",
        ("NLI/all_combined/train.tsv",),
        _columns("sentence1", "sentence2", "gold_label"),
    ),
    "summedits": _Source("factualNLG", ("data/summedits/*.json",), _summedits),
    "conjunctions": _Source(
        "ConjNLI", ("data/NLI/adversarial_train_15k.tsv",), _columns("Premise", "Hypothesis", "Label")
    ),
    "monotonicity": _Source("MED", ("MED.tsv",), _columns("sentence1", "sentence2", "gold_label")),
    "negation": _Source(
        "negation-and-nli", ("data/new_benchmarks/clean_data/*.txt",), _columns("Text", "Hypothesis", "gold_label")
    ),
    "symmetric": _Source("FeverSymmetric", ("symmetric_v0.2/*.jsonl",), _fever),
}
"""The sources whose files are texts; SNLI, lexical swaps and FEVER come in forms of their own."""


def entailments(clones: Path) -> list[Entailment]:
    """Return all pairs, without repetitions, in random order; raises TutorError if a clone or file is missing."""
    found: dict[tuple[str, str], Entailment] = {}
    for name, given, claim, follows in _all_rows(clones):
        given, claim = " ".join(given.split()), " ".join(claim.split())
        sizes = len(given.split()), len(claim.split())
        if all(sizes) and sizes[0] <= MOST_WORDS[0] and sizes[1] <= MOST_WORDS[1]:
            found.setdefault((given, claim), Entailment(name, given, claim, follows))
    pairs = list(found.values())
    Random(SEED).shuffle(pairs)
    return pairs


def _all_rows(clones: Path) -> Iterator[tuple[str, str, str, bool]]:
    for name, source in SOURCES.items():
        for path in _files(clones / source.clone, source.files):
            for row in source.rows(path.read_text(encoding="utf-8-sig", errors="replace")):
                yield name, *row
    snli = clones / "e-SNLI" / "dataset" / "eSNLI"
    for part in ("dev", "test"):
        for given, claim, label in _beside(snli, (f"s1.{part}", f"s2.{part}", f"labels.{part}")):
            yield "snli", given, claim, label.strip() == "entailment"
    fever = clones / "covidfact" / "RTE-Fever" / "processed"
    for given, claim, label in _beside(fever, ("dev.raw.input0", "dev.raw.input1", "dev.label")):
        yield "fever", given.replace("-LRB-", "(").replace("-RRB-", ")"), claim, label.strip() == "entailment"
    (swaps,) = _files(clones / "Breaking_NLI", ("breaking_nli_dataset.zip",))
    with zipfile.ZipFile(swaps) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".jsonl") and "MACOSX" not in n)
        for entry in _lines(archive.read(name).decode("utf-8")):
            yield "swaps", entry["sentence1"], entry["sentence2"], entry["gold_label"] == "entailment"


def _files(folder: Path, patterns: Iterable[str]) -> list[Path]:
    found = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
    if not found:
        raise TutorError(
            f"{folder} lacks {', '.join(patterns)}; clone {folder.name} there (docs/checker.md names the owners)."
        )
    return found


def _beside(folder: Path, names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Return the lines of files that belong together line by line."""
    texts = [
        path.read_text(encoding="utf-8", errors="replace").splitlines()
        for name in names
        for path in _files(folder, (name,))
    ]
    return zip(*texts, strict=True)


def read_entailments(path: Path) -> list[Entailment]:
    """Return the pairs in a file that this module wrote; raises TutorError if it cannot be read."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return [Entailment(**json.loads(line)) for line in file]
    except (OSError, ValueError, TypeError) as error:
        raise TutorError(
            f"{path} can't be read as pairs ({error}); make it with python -m evals.entailment_data."
        ) from error


def main(arguments: list[str]) -> int:
    """Write the pairs of the clones; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.entailment_data", description=__doc__.splitlines()[0])
    parser.add_argument("clones", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args(arguments)
    try:
        pairs = entailments(options.clones)
    except (TutorError, OSError, KeyError) as error:
        print(error, file=sys.stderr)
        return 1
    with gzip.open(options.out, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(vars(pair)) + "\n" for pair in pairs)
    for name, count in sorted(Counter(pair.source for pair in pairs).items()):
        print(f"{count:6} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
