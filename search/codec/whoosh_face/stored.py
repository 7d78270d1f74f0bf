"""Stored values as JSON: what Whoosh would pickle, without code in it.

In: a dict of stored values. Out: bytes, and the dict again. Types that JSON lacks are objects with one key that begins
with "$". Must not know files.

>>> loads(dumps({"n": 1, "raw": b"a", "when": dt.date(2020, 1, 2), "pair": (1, 2)}))
{'n': 1, 'raw': b'a', 'when': datetime.date(2020, 1, 2), 'pair': (1, 2)}
"""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import json
from typing import Any


def dumps(values: dict[str, Any]) -> bytes:
    """The values as JSON.

    Raises:
        TypeError: a value is of a type that cannot be stored without pickling it.
    """
    return json.dumps(_plain(values), ensure_ascii=False).encode("utf-8", "surrogatepass")


def loads(content: bytes) -> dict[str, Any]:
    """The values of JSON."""
    found: dict[str, Any] = _rich(json.loads(content.decode("utf-8", "surrogatepass")))
    return found


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dt.datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, dt.date):
        return {"$date": value.isoformat()}
    if isinstance(value, decimal.Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, tuple):
        return {"$tuple": [_plain(v) for v in value]}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {"$dict": [[_plain(k), _plain(v)] for k, v in value.items()]}
    raise TypeError(f"a stored value of type {type(value).__name__} would need pickling; store text or numbers")


def _rich(value: Any) -> Any:
    if isinstance(value, list):
        return [_rich(v) for v in value]
    if not isinstance(value, dict):
        return value
    (kind, content), *_ = value.items()
    if kind == "$bytes":
        return base64.b64decode(content)
    if kind == "$datetime":
        return dt.datetime.fromisoformat(content)
    if kind == "$date":
        return dt.date.fromisoformat(content)
    if kind == "$decimal":
        return decimal.Decimal(content)
    if kind == "$tuple":
        return tuple(_rich(v) for v in content)
    return {_rich(k): _rich(v) for k, v in content}
