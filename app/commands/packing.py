"""``tutor pack``."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date

from corpus.check import Report, check_pack
from corpus.pack import find_pack


def run_pack_check(pack: str, as_json: bool) -> int:
    """Print the findings about a pack; return 0 if there is no error, else 1."""
    report = check_pack(find_pack(pack), date.today())
    if as_json:
        print(json.dumps({"ok": report.ok, **asdict(report)}, ensure_ascii=False))
    else:
        _print(report)
    return 0 if report.ok else 1


def _print(report: Report) -> None:
    for finding in report.findings:
        if finding.what != "no note covers it":
            print(finding)
    objectives, services = report.coverage.objectives, report.coverage.services
    for name, covered in (("objectives", objectives), ("services", services)):
        gaps = [item for item, notes in covered.items() if not notes]
        print(
            f"{len(covered) - len(gaps)} of {len(covered)} {name} covered"
            + (f"; not yet: {', '.join(gaps)}" if gaps else "")
        )
    errors = sum(finding.level == "error" for finding in report.findings)
    print(f"{report.notes} notes, {errors} errors")
