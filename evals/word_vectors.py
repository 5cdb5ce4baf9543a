"""Make the table of word vectors: ``python -m evals.word_vectors RAGTRUTH_TRAIN.jsonl.gz [--out FILE]``.

Words that three or more passages, answers or notes hold are embedded alone; a stem has the vector of its commonest word.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.errors import TutorError
from corpus.pack import BUILT_IN, find_pack, load_pack
from evals.labelled import read_labelled
from ingest.embedder import open_embedder
from ingest.settings import LibrarySettings
from ingest.words import STOP_WORDS, stem

DIMENSIONS = 64
MIN_TEXTS = 3
OUT = Path(__file__).parents[1] / "app" / "tutor" / "word_vectors.npz"


def vocabulary(data: Path) -> dict[str, str]:
    """Return for each stem its commonest word in the labelled answers, their passages and the notes."""
    answers = read_labelled(data)
    texts = {passage for answer in answers for passage in answer.passages} | {answer.answer for answer in answers}
    counted: Counter[str] = Counter()
    for text in [*sorted(texts), *(note.text for note in load_pack(find_pack(BUILT_IN)).notes)]:
        counted.update(set(re.findall(r"[a-z]{3,}", text.lower())))
    found: dict[str, str] = {}
    for word, count in sorted(counted.items(), key=lambda entry: (-entry[1], entry[0])):
        if count >= MIN_TEXTS and word not in STOP_WORDS:
            found.setdefault(stem(word), word)
    return found


def reduced(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """Return the vectors on their principal directions, scaled to 8 bits."""
    directions = np.linalg.svd(vectors, full_matrices=False)[2][:DIMENSIONS]
    kept = vectors @ directions.T
    kept /= np.linalg.norm(kept, axis=1, keepdims=True)
    scaled: NDArray[np.int8] = np.round(kept * (127 / np.abs(kept).max())).astype(np.int8)
    return scaled


def main(arguments: list[str]) -> int:
    """Embed the words and write the table; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.word_vectors", description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)
    try:
        spelled = vocabulary(options.data)
        settings = LibrarySettings()
        embedder = open_embedder(settings.embedder, settings.home)
        vectors = np.array(embedder.embed_documents(list(spelled.values())), dtype=np.float32)
    except TutorError as error:
        print(error, file=sys.stderr)
        return 1
    stems = np.frombuffer("\n".join(spelled).encode("utf-8"), dtype=np.uint8)
    np.savez_compressed(options.out, stems=stems, vectors=reduced(vectors))
    print(f"{len(spelled)} stems, {options.out.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
