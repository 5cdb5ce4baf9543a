from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest
from typer.testing import CliRunner

from app.cli import app
from app.quiz.compose import Composer
from app.quiz.export import FORMATS, as_csv, as_json, export_items, safe_cell, shown_options
from app.quiz.export_qti import PACKAGE, QTI, item_xml
from app.quiz.proof import Material
from corpus.item import Item, read_bank
from corpus.pack import find_pack, load_pack

OFFICIAL = "QTI_21_SCHEMA"
"""Path of the official schema, which is not shipped: its publisher wants whoever distributes it first to register. The
schemas that it imports are to lie in folders named by host: www.imsglobal.org/xsd/imsqti_v2p1.xsd, www.w3.org/2001/xml.xsd."""
SCHEMA = Path(__file__).with_name("qti_subset.xsd")


@pytest.fixture(scope="module")
def items() -> list[Item]:
    """Both types of item, and one whose words are markup and a formula."""
    bank = read_bank(find_pack("mls_c01"))
    first = next(item for item in bank if item.type == "multiple_choice")
    options = tuple(
        option.model_copy(update={"text": f"=<b>{option.text}</b> & more"}) if option.correct else option
        for option in first.options
    )
    hostile = first.model_copy(update={"stem": f"=1+1 <script>alert(1)</script> {first.stem}", "options": options})
    return [first, next(item for item in bank if item.type == "multiple_response"), hostile]


def test_anki_imports_the_deck_and_updates_on_a_second_import(items: list[Item], tmp_path: Path) -> None:
    collection = Collection(str(tmp_path / "collection.anki2"))
    for name in ("first", "second"):
        path = tmp_path / f"{name}.apkg"
        path.write_bytes(export_items(items, "anki", "Exam questions"))
        collection.import_anki_package(
            ImportAnkiPackageRequest(package_path=str(path), options=ImportAnkiPackageOptions())
        )
    notes = {note.guid: note for note in map(collection.get_note, collection.find_notes("deck:'Exam questions'"))}
    found = [collection.get_note(note_id) for note_id in collection.find_notes("")]
    collection.close()
    assert len(found) == len(items)
    notes = {note.guid: note for note in found}
    for item in items:
        note = notes[item.id]
        assert all(letter in note["Key"] for letter, option in shown_options(item) if option.correct)
        assert f"objective-{item.objective}" in note.tags
    assert "<script>" not in notes[items[2].id]["Question"]


def test_qti_items_keep_to_the_schema_and_the_manifest_names_them(items: list[Item]) -> None:
    schema = xmlschema.XMLSchema(str(SCHEMA))
    with zipfile.ZipFile(io.BytesIO(export_items(items, "qti", "Exam questions"))) as package:
        manifest = ET.fromstring(package.read("imsmanifest.xml"))
        hrefs = [resource.get("href") for resource in manifest.iter(f"{{{PACKAGE}}}resource")]
        assert hrefs == [f"items/{item.id}.xml" for item in items]
        for item, href in zip(items, hrefs, strict=True):
            assert href is not None
            schema.validate(package.read(href).decode())
            root = ET.fromstring(package.read(href))
            texts = {choice.get("identifier"): choice.text for choice in root.iter(f"{{{QTI}}}simpleChoice")}
            correct = root.find(f"{{{QTI}}}responseDeclaration/{{{QTI}}}correctResponse")
            assert correct is not None
            assert {texts[value.text] for value in correct} == {option.text for option in item.key}


def test_the_schema_refuses_what_qti_does_not_allow(items: list[Item]) -> None:
    schema = xmlschema.XMLSchema(str(SCHEMA))
    xml = item_xml(items[0]).decode()
    for old, new in (
        ('adaptive="false"', ""),
        ("simpleChoice", "choice"),
        ('cardinality="single"', 'cardinality="one"'),
    ):
        assert old in xml
        assert not schema.is_valid(xml.replace(old, new))


@pytest.mark.skipif(OFFICIAL not in os.environ, reason=f"{OFFICIAL} names no copy of imsqti_v2p1.xsd")
def test_the_official_schema_accepts_all_items_of_the_bank_and_a_hundred_composed_ones() -> None:
    path = Path(os.environ[OFFICIAL]).resolve()
    schema = xmlschema.XMLSchema(path.as_uri(), uri_mapper=lambda uri: _beside(path, uri))
    composer = Composer(Material.of(load_pack(find_pack("mls_c01"))))
    composed = [item for domain in "1234" for item in islice(composer.compose(domain, 9), 25)]
    items = [*read_bank(find_pack("mls_c01")), *composed]
    assert {item.id: str(error) for item in items for error in schema.iter_errors(item_xml(item).decode())} == {}
    assert not schema.is_valid(item_xml(items[0]).decode().replace("simpleChoice", "choice"))


def _beside(path: Path, uri: str) -> str:
    """Return where a schema of the web lies in a tree of folders named by host that holds ``path``, if it does."""
    copies = [parent / uri.partition("://")[2] for parent in path.parents]
    return next((copy.as_uri() for copy in copies if uri.startswith("http") and copy.is_file()), uri)


def test_csv_holds_each_item_and_no_formula(items: list[Item]) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(items).decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == [item.id for item in items]
    for row, item in zip(rows, items, strict=True):
        key = {row[f"option {letter}"].removeprefix("'") for letter in row["key"]}
        assert key == {option.text for option in item.key}
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row.values())


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1"])
def test_a_cell_that_would_be_a_formula_is_made_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_json_can_be_read_back(items: list[Item]) -> None:
    data = json.loads(as_json(items))
    for entry, item in zip(data, items, strict=True):
        assert entry.pop("id") == item.id
        assert Item.model_validate(entry) == item


@pytest.mark.parametrize("to", FORMATS)
def test_the_command_writes_each_format(to: str, tmp_path: Path) -> None:
    out = tmp_path / "items"
    result = CliRunner().invoke(app, ["items", "export", "--format", to, "--objective", "1.1", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert out.stat().st_size > 1000
