"""NAME.meta.json: the record that overrides what is read from NAME.

In: a `Source`. Out: `Fields`, or `Skipped` that names the sidecar. Must not know formats.
"""

from __future__ import annotations

from typing import Any

import orjson

from search.ingest.fields import FieldError, Fields, stated
from search.ingest.sources import SIDECAR, Source, split_ending
from search.model import Skipped


def sidecar(source: Source) -> Fields | Skipped:
    """The fields that a source's sidecar states; none when there is no sidecar."""
    data = source.sidecar()
    if data is None:
        return Fields()
    name = split_ending(source.file)[0] + SIDECAR
    try:
        values: Any = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        return Skipped(name, None, f"broken JSON: {error}; correct the file")
    if not isinstance(values, dict):
        return Skipped(name, None, 'not an object; write {"title": …, "published": …}')
    try:
        return stated(values)
    except FieldError as error:
        return Skipped(name, None, str(error))
