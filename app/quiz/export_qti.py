"""Items as a QTI 2.1 content package (1EdTech, formerly IMS: Question and Test Interoperability, final 2012)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from app.quiz.export import shown_options
from corpus.item import Item

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def as_package(items: Sequence[Item], title: str) -> bytes:
    """Return a zip with ``imsmanifest.xml`` and one XML file an item."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        _add(package, "imsmanifest.xml", _manifest(items, title))
        for item in items:
            _add(package, f"items/{item.id}.xml", item_xml(item))
    return out.getvalue()


def item_xml(item: Item) -> bytes:
    """Return one ``assessmentItem``: a choice interaction, scored 1 for the whole key, feedback for each choice."""
    shown = shown_options(item)
    cardinality = "single" if len(item.key) == 1 else "multiple"
    root = ET.Element("assessmentItem", {
        "xmlns": QTI, "identifier": f"item-{item.id}", "title": item.stem[:80], "adaptive": "false", "timeDependent": "false",
    })  # fmt: skip
    response = _in(root, "responseDeclaration", identifier="RESPONSE", cardinality=cardinality, baseType="identifier")
    correct = _in(response, "correctResponse")
    for letter, option in shown:
        if option.correct:
            _in(correct, "value", letter)
    score = _in(root, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
    _in(_in(score, "defaultValue"), "value", "0")
    _in(root, "outcomeDeclaration", identifier="FEEDBACK", cardinality=cardinality, baseType="identifier")
    body = _in(root, "itemBody")
    _in(body, "p", item.stem)
    choices = _in(
        body, "choiceInteraction", responseIdentifier="RESPONSE", shuffle="true", maxChoices=str(len(item.key))
    )
    for letter, option in shown:
        _in(choices, "simpleChoice", option.text, identifier=letter)
    _processing(root)
    for letter, option in shown:
        why = f"{'Right' if option.correct else 'Wrong'}: {option.why}"
        _in(root, "modalFeedback", why, outcomeIdentifier="FEEDBACK", identifier=letter, showHide="show")
    return _bytes(root)


def _processing(root: ET.Element) -> None:
    processing = _in(root, "responseProcessing")
    condition = _in(processing, "responseCondition")
    when = _in(condition, "responseIf")
    match = _in(when, "match")
    _in(match, "variable", identifier="RESPONSE")
    _in(match, "correct", identifier="RESPONSE")
    _in(_in(when, "setOutcomeValue", identifier="SCORE"), "baseValue", "1", baseType="float")
    _in(_in(processing, "setOutcomeValue", identifier="FEEDBACK"), "variable", identifier="RESPONSE")


def _manifest(items: Sequence[Item], title: str) -> bytes:
    root = ET.Element("manifest", {"xmlns": PACKAGE, "identifier": "exam-tutor-items"})
    metadata = _in(root, "metadata")
    _in(metadata, "schema", "IMS Content")
    _in(metadata, "schemaversion", "1.1.3")
    organizations = _in(root, "organizations")
    organizations.append(ET.Comment(f" {title.replace('--', '-')} "))
    resources = _in(root, "resources")
    for item in items:
        href = f"items/{item.id}.xml"
        resource = _in(resources, "resource", identifier=f"r-{item.id}", type="imsqti_item_xmlv2p1", href=href)
        _in(resource, "file", href=href)
    return _bytes(root)


def _in(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, tag, attributes)
    if text:
        child.text = text
    return child


def _bytes(root: ET.Element) -> bytes:
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + text


def _add(package: zipfile.ZipFile, name: str, data: bytes) -> None:
    package.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
