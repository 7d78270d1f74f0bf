"""pyvi's model, read from the files of the installed pyvi without importing it (nor scikit-learn, nor crfsuite).

In: the folder of pyvi's models. Out: a frozen `Model`: exact weights and dictionaries. Must not know texts.

The pickle is read by an unpickler that knows one harmless function and makes inert stand-ins of all classes; the CRF in
it is CRFsuite's own file format (Okazaki 2007, http://www.chokkan.org/software/crfsuite/). Both files are compared with
the hashes of pyvi 0.1.1 first: what is computed here is that version's algorithm and no other's.
"""

from __future__ import annotations

import _codecs
import hashlib
import importlib.util
import io
import pickle
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

HASHES = {
    "pyvi3.pkl": "6cdd73aee04b6a4ad7320ca85d27d931a7ef870cfdd41beb148e86bdb8aca134",
    "words.txt": "517743d27e71d43343e4b8e9e89015cdc68d84ebe1d48106449e501d918ece4a",
}
"""SHA-256 of the two files of pyvi 0.1.1."""


class ModelMismatch(Exception):
    """The installed pyvi is missing or another version; the message says what was found."""


@dataclass(frozen=True, slots=True)
class Model:
    """A CRF with two labels, 0 = a word begins, 1 = it goes on.

    `weights[name]` are an attribute's weights for label 0 and label 1; `transitions[a][b]` the weight of label b after
    label a; `bigrams` and `trigrams` the dictionary words of two and three syllables.
    """

    weights: dict[str, tuple[float, float]]
    transitions: tuple[tuple[float, float], tuple[float, float]]
    bigrams: frozenset[str]
    trigrams: frozenset[str]


class _Inert:
    """Stand-in of any class in the pickle: keeps its state, does nothing."""

    def __init__(self, *args: object, **named: object) -> None:
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Unpickler(pickle.Unpickler):
    """Finds no class and no function but `_codecs.encode`, which pickled bytes need."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("_codecs", "encode"):
            return _codecs.encode
        return type(name, (_Inert,), {})


def folder() -> Path:
    """Where the installed pyvi keeps its models.

    Raises:
        ModelMismatch: pyvi is not installed.
    """
    found = importlib.util.find_spec("pyvi")
    if found is None or not found.submodule_search_locations:
        raise ModelMismatch("pyvi is not installed")
    return Path(next(iter(found.submodule_search_locations))) / "models"


def _read(place: Path, name: str) -> bytes:
    try:
        content = (place / name).read_bytes()
    except OSError as error:
        raise ModelMismatch(f"{place / name} cannot be read: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != HASHES[name]:
        raise ModelMismatch(f"{place / name} is not the file of pyvi 0.1.1")
    return content


def _strings(crf: bytes, start: int, count: int) -> list[str]:
    """The strings of a constant quark database (CQDB) in order of their ids."""
    mark, _, _, _, _, backward = struct.unpack_from("<4sIIIII", crf, start)
    if mark != b"CQDB":
        raise ModelMismatch("the CRF holds no CQDB where one must be")
    found = []
    for id in range(count):
        (place,) = struct.unpack_from("<I", crf, start + backward + 4 * id)
        _, size = struct.unpack_from("<II", crf, start + place)
        found.append(crf[start + place + 8 : start + place + 8 + size - 1].decode("utf-8"))
    return found


def _crf(crf: bytes) -> tuple[dict[str, tuple[float, float]], tuple[tuple[float, float], tuple[float, float]]]:
    """Weights by attribute and transitions of a CRFsuite file with two labels."""
    head = struct.unpack_from("<4sI4sIIIIIIIII", crf, 0)
    magic, _, kind, version, _, n_labels, n_attributes, features, labels, attributes, label_refs, attribute_refs = head
    if (magic, kind, version, n_labels) != (b"lCRF", b"FOMC", 100, 2):
        raise ModelMismatch("the CRF is of another kind or version")
    if _strings(crf, labels, 2) != ["B_W", "I_W"]:
        raise ModelMismatch("the CRF has other labels than B_W and I_W")

    def references(table: int, id: int) -> tuple[int, ...]:
        (place,) = struct.unpack_from("<I", crf, table + 12 + 4 * id)
        (count,) = struct.unpack_from("<I", crf, place)
        return struct.unpack_from(f"<{count}I", crf, place + 4)

    def feature(id: int) -> tuple[int, float]:
        _, _, label, weight = struct.unpack_from("<IIId", crf, features + 12 + 20 * id)
        return label, weight

    transitions = [[0.0, 0.0], [0.0, 0.0]]
    for label in (0, 1):
        for id in references(label_refs, label):
            after, weight = feature(id)
            transitions[label][after] = weight
    weights: dict[str, tuple[float, float]] = {}
    for attribute, name in enumerate(_strings(crf, attributes, n_attributes)):
        sums = [0.0, 0.0]
        for id in references(attribute_refs, attribute):
            label, weight = feature(id)
            sums[label] += weight
        weights[name] = (sums[0], sums[1])
    (t00, t01), (t10, t11) = transitions
    return weights, ((t00, t01), (t10, t11))


@lru_cache(maxsize=1)
def dictionary() -> tuple[frozenset[str], frozenset[str]]:
    """pyvi's dictionary words of two and of three syllables, lower case, syllables apart by a blank."""
    words = _read(folder(), "words.txt").decode("utf-8").split("\n")
    return frozenset(w for w in words if w.count(" ") == 1), frozenset(w for w in words if w.count(" ") == 2)


def load() -> Model:
    """The model of the installed pyvi.

    Raises:
        ModelMismatch: pyvi is missing, is another version, or its files do not read as expected.
    """
    content = _read(folder(), "pyvi3.pkl")
    try:
        state = _Unpickler(io.BytesIO(content)).load().state
        crf: bytes = state["modelfile"].state["__FILE_RESOURCE_DATA__"]
        weights, transitions = _crf(crf)
    except (AttributeError, KeyError, TypeError, struct.error, pickle.UnpicklingError) as error:
        raise ModelMismatch(f"pyvi's model does not read as expected: {error!r}") from error
    bigrams, trigrams = dictionary()
    return Model(weights, transitions, bigrams, trigrams)
