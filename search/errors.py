"""Errors that say what is wrong, where, and what to do next. No room raises anything else on bad input.

>>> str(QueryError('limit is 5000', "choose a limit of 100 or less"))
'limit is 5000; choose a limit of 100 or less'
"""

from __future__ import annotations


class TimBaoError(Exception):
    """Base of every error a caller may want to show: `what` is wrong (with its place), `next_step` is advice."""

    exit_code = 1
    status = 500

    def __init__(self, what: str, next_step: str = "") -> None:
        super().__init__(what, next_step)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what}; {self.next_step}" if self.next_step else self.what


class InputError(TimBaoError):
    """A source or record that cannot be read."""


class QueryError(TimBaoError):
    """A parameter outside its stated range; `parameter` names it. Free text is never an error."""

    exit_code = 2
    status = 400

    def __init__(self, what: str, next_step: str = "", parameter: str | None = None) -> None:
        super().__init__(what, next_step)
        self.parameter = parameter


class IndexMissing(TimBaoError):
    """There is no index at the place named."""

    status = 503


class IndexBroken(TimBaoError):
    """An index whose files do not verify: checksum, format version or missing part."""

    status = 503


class IndexLocked(TimBaoError):
    """Another process is writing this index."""

    status = 503


class EngineUnavailable(TimBaoError):
    """The engine cannot be reached or refuses; never answered by another engine in its place."""

    status = 503


class SearchTooLong(TimBaoError):
    """A search was given up because its time was over (`search.deadline`)."""

    status = 503


class SettingError(TimBaoError):
    """A setting or option that does not fit."""

    exit_code = 2
