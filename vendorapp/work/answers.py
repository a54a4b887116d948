"""What a long job looks like from outside."""

from __future__ import annotations

from typing import Any, Literal, Self

from ..kernel.fields import Answer, InstantText, instant_text
from ..kernel.long_jobs import LongJob


class WorkOut(Answer):
    """How far a long job is: `done` of `total`. Once it is done there is a `result`, or a `problem`."""

    id: int
    kind: str
    status: Literal["waiting", "running", "done", "failed"]
    done: int
    total: int
    result: dict[str, Any] | None
    problem: str | None
    created_at: InstantText
    finished_at: InstantText | None

    @classmethod
    def of(cls, job: LongJob) -> Self:
        return cls.model_construct(
            id=job.id,
            kind=job.kind,
            status=job.status,
            done=job.done,
            total=job.total,
            result=job.result if job.status == "done" else None,
            problem=job.problem,
            created_at=instant_text(job.created_at),
            finished_at=instant_text(job.finished_at) if job.finished_at else None,
        )
