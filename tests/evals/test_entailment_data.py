from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from corpus.errors import TutorError
from evals.entailment_data import SOURCES, entailments, main, read_entailments

LONG = "word " * 200


@pytest.fixture
def clones(tmp_path: Path) -> Path:
    """A folder with a line or two in each of the files that are read."""

    def write(path: str, text: str) -> None:
        file = tmp_path / "clones" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    write(
        "NLI_datasets/nli_datasets/mnli/dev.csv",
        f"premise,hypothesis,label\nIt rains.,It is wet.,entailment\n{LONG},It is wet.,entailment\n",
    )
    write("NLI_datasets/nli_datasets/rte/train.csv", "premise,hypothesis,label\nIt rains.,It is wet.,entailment\n")
    write(
        "counterfactually-augmented-data/NLI/all_combined/train.tsv",
        "sentence1\tsentence2\tgold_label\nA dog.\tA cat.\tcontradiction\n",
    )
    edited = {"doc": "Ann asks Bob.", "summary": "Bob asks Ann.", "original_summary": "Ann asks.", "label": 0}
    write("factualNLG/data/summedits/summedits_x.json", json.dumps([edited]))
    write("ConjNLI/data/NLI/adversarial_train_15k.tsv", "\ufeffPremise\tHypothesis\tLabel\nA and B.\tA.\tentailment\n")
    write("MED/MED.tsv", "sentence1\tsentence2\tgold_label\nAll dogs.\tAll.\tneutral\n")
    write(
        "negation-and-nli/data/new_benchmarks/clean_data/MNLI.txt",
        "Text\tHypothesis\tgold_label\nIt is not so.\tIt is so.\tcontradiction\n",
    )
    fever = {"evidence": "Rome is in Italy.", "claim": "Rome is Italian.", "label": "SUPPORTS"}
    write("FeverSymmetric/symmetric_v0.2/fever_symmetric_dev.jsonl", json.dumps(fever))
    for part in ("dev", "test"):
        for name, line in (("s1", f"A man in {part}."), ("s2", "A person."), ("labels", "entailment")):
            write(f"e-SNLI/dataset/eSNLI/{name}.{part}", line)
    for name, line in (("dev.raw.input0", "-LRB- X -RRB-"), ("dev.raw.input1", "X."), ("dev.label", "not_entailment")):
        write(f"covidfact/RTE-Fever/processed/{name}", line)
    (tmp_path / "clones" / "Breaking_NLI").mkdir()
    with zipfile.ZipFile(tmp_path / "clones" / "Breaking_NLI" / "breaking_nli_dataset.zip", "w") as archive:
        swap = {"sentence1": "Two men.", "sentence2": "Three men.", "gold_label": "contradiction"}
        archive.writestr("data/dataset.jsonl", json.dumps(swap))
    return tmp_path / "clones"


def test_every_source_gives_its_pairs_once(clones: Path) -> None:
    found = {(pair.given, pair.claim): pair.follows for pair in entailments(clones)}
    assert {pair.source for pair in entailments(clones)} == {*SOURCES, "snli", "fever", "swaps"} - {"rte"}, (
        "a repetition"
    )
    assert found["It rains.", "It is wet."] is True
    assert found["Ann asks Bob.", "Bob asks Ann."] is found["Ann asks.", "Bob asks Ann."] is False
    assert found["( X )", "X."] is found["Two men.", "Three men."] is False
    assert found["Rome is in Italy.", "Rome is Italian."] is found["A man in dev.", "A person."] is True
    assert not any(LONG.strip() == given for given, _ in found)


def test_what_is_written_is_read_again(clones: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "pairs.jsonl.gz"
    assert main([str(clones), str(out)]) == 0
    assert read_entailments(out) == entailments(clones)
    assert "1 swaps" in capsys.readouterr().out


def test_a_missing_clone_is_named_and_nothing_is_written(
    clones: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (clones / "MED" / "MED.tsv").unlink()
    assert main([str(clones), str(tmp_path / "out.gz")]) == 1
    assert "MED lacks MED.tsv" in capsys.readouterr().err
    assert not (tmp_path / "out.gz").exists()


def test_a_damaged_file_of_pairs_says_how_to_make_it(tmp_path: Path) -> None:
    (tmp_path / "pairs.gz").write_bytes(b"no gzip")
    with pytest.raises(TutorError, match="entailment_data"):
        read_entailments(tmp_path / "pairs.gz")
