"""A `Record` as JSON values, for `timbao read --json`.

In: a `Record`. Out: dicts, lists and strings; keys are only ever added. Must not know the command line.
"""

from __future__ import annotations

from typing import Any

from search.model import Evidence, Reading, Record

_FIELDS = ("title", "published", "event_date", "city", "byline", "source", "url", "language", "lead")


def record_json(record: Record) -> dict[str, Any]:
    """The record: `{file, line, id, title: {value, confidence, evidence, rejected}, …, body, removed}`."""
    out: dict[str, Any] = {"file": record.file, "line": record.line, "id": record.id}
    if record.id_evidence:
        out["id_evidence"] = _evidence(record.id_evidence)
    for name in _FIELDS:
        out[name] = _reading(getattr(record, name))
    out["published"]["precision"] = precision(record.published.value)
    out["headings"] = list(record.headings)
    out["captions"] = list(record.captions)
    out["body"] = record.body
    out["removed"] = [{"line": r.line, "text": r.text, "reason": r.reason} for r in record.removed]
    return out


def precision(value: str | None) -> str | None:
    """How exact an ISO 8601 value is: "year", "month", "day" or "minute".

    >>> precision("2019-03"), precision("2021-12-29T09:43:00+07:00")
    ('month', 'minute')
    """
    if not value:
        return None
    return {4: "year", 7: "month", 10: "day"}.get(len(value), "minute")


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "value": reading.value,
        "confidence": reading.confidence,
        "evidence": [_evidence(one) for one in reading.evidence],
        "rejected": [
            {"value": one.value, "reason": one.reason, "evidence": _evidence(one.evidence)} for one in reading.rejected
        ],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {"rule": evidence.rule, "text": evidence.text, "line": evidence.line}
