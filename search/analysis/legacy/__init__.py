"""Bytes of a text in any encoding Vietnamese was ever written in → Unicode, with the encoding's name and a confidence.

In: bytes, or a string that was read in the wrong encoding. Out: `Decoded`. Must not know articles, pages or engines.
Text that is Unicode already is never touched.
"""

from search.analysis.legacy.charsets import CHARSETS, decode_charset, encode_charset
from search.analysis.legacy.detection import Decoded, convert_text, decode

__all__ = ["CHARSETS", "Decoded", "convert_text", "decode", "decode_charset", "encode_charset"]
