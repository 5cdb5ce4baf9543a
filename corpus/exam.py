"""The exam of a pack: blueprint, format, scoring, status (``exam.yaml``)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.errors import PackError


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Objective(_Frozen):
    """One thing a candidate must be able to do; ``id`` is like ``3.4.2``."""

    id: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    text: str
    services: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()


class TaskStatement(_Frozen):
    id: str = Field(pattern=r"^\d+\.\d+$")
    title: str
    objectives: tuple[Objective, ...] = Field(min_length=1)


class Domain(_Frozen):
    """A domain of the exam; ``weight_pct`` in percent, all domains together 100."""

    id: str
    title: str
    weight_pct: int = Field(gt=0, le=100)
    mock_items: int = Field(ge=0)
    task_statements: tuple[TaskStatement, ...] = Field(min_length=1)


class ExamFormat(_Frozen):
    questions_total: int = Field(gt=0)
    questions_scored: int = Field(gt=0)
    minutes: int = Field(gt=0)
    fee_usd: int = Field(ge=0)


class Scoring(_Frozen):
    """Scaled score range and pass mark; raw percent is not scaled/10."""

    scale_min: int
    scale_max: int
    pass_scaled: int


class Status(_Frozen):
    """Whether the exam can still be sat, and what to sit instead."""

    state: Literal["live", "retired", "beta"]
    retired_on: date | None = None
    successor: str | None = None
    note: str = ""


class Exam(_Frozen):
    """``renamed_services`` gives the current name of a service by its old one."""

    code: str
    name: str
    level: str = ""
    status: Status
    format: ExamFormat
    scoring: Scoring
    domains: tuple[Domain, ...] = Field(min_length=1)
    in_scope_services: dict[str, tuple[str, ...]] = {}
    study_guide_services: tuple[str, ...] = ()
    suggested_questions: tuple[str, ...] = ()
    renamed_services: dict[str, str] = {}

    def objectives(self) -> dict[str, Objective]:
        """Return every objective by id, in blueprint order."""
        return {
            objective.id: objective
            for domain in self.domains
            for task in domain.task_statements
            for objective in task.objectives
        }

    def services(self) -> tuple[str, ...]:
        """Return all services named in scope or by the study guide, without duplicates."""
        named = [name for group in self.in_scope_services.values() for name in group]
        return tuple(dict.fromkeys([*named, *self.study_guide_services]))


def read_exam(path: Path) -> Exam:
    """Return the exam described in ``path``.

    Raises:
        PackError: the file is missing, no YAML, or not in the exam format.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Exam.model_validate(data)
    except FileNotFoundError as error:
        raise PackError(f"{path} is missing; an exam pack needs an exam.yaml.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PackError(f"{path} is not readable YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PackError(f"{path}: {where or 'top level'}: {first['msg']}.") from error
