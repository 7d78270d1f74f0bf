"""Legacy bytes: every letter there and back in every charset, recognition, and text that must stay as it is."""

from __future__ import annotations

import html
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import convert_text, decode
from search.analysis.legacy import CHARSETS, decode_charset, encode_charset
from search.analysis.legacy.charsets import alphabet

LETTERS = [letter for letter in alphabet() if not letter.isascii()]
SENTENCES = [
    "Thành ủy yêu cầu các quận, huyện rà soát lại những dự án chậm tiến độ và báo cáo trước ngày 15 hằng tháng.",
    "Bão số 3 gây mưa lớn, nước sông dâng nhanh; người dân vùng trũng đã được đưa đến nơi an toàn ngay trong đêm.",
    "Học sinh tiểu học trên địa bàn sẽ nghỉ thêm một tuần để nhà trường sửa chữa các phòng học bị dột.",
]


def test_there_are_134_letters() -> None:
    assert len(LETTERS) == len(set(LETTERS)) == 134


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("letter", LETTERS)
def test_every_letter_goes_there_and_back(charset: str, letter: str) -> None:
    assert decode_charset(encode_charset(letter, charset), charset) == letter


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_run_of_all_letters_goes_there_and_back(charset: str) -> None:
    whole = "".join(LETTERS) + " a e i o u y A E I O U Y"
    assert decode_charset(encode_charset(whole, charset), charset) == whole


@pytest.mark.parametrize(
    ("charset", "written", "text"),
    [
        # TCVN 5712:1993 (VN3), as the ABC fonts hold it
        ("tcvn3", "Céng hßa X· héi", "Cộng hòa Xã hội"),
        ("tcvn3", "§¶ng bé thµnh phè", "Đảng bộ thành phố"),
        # VNI-Windows
        ("vni", "Coäng hoøa Xaõ hoäi", "Cộng hòa Xã hội"),
        ("vni", "Ñaûng boä thaønh phoá, öu tieân, thôøi kyø, tyû leä, ñòa lyù, tæ mæ, lónh vöïc", None),
        # RFC 1456
        ("viscii", "Vi®t Nam", "Việt Nam"),
        # code page 1258
        ("cp1258", "Viêòt Nam", "Việt Nam"),
    ],
)
def test_tables_agree_with_published_examples(charset: str, written: str, text: str | None) -> None:
    data = written.encode("cp1252")
    expected = text or "Đảng bộ thành phố, ưu tiên, thời kỳ, tỷ lệ, địa lý, tỉ mỉ, lĩnh vực"
    assert decode_charset(data, charset) == expected


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("capitals", [False, True])
def test_a_sentence_is_recognized_and_converted_exactly(charset: str, sentence: str, capitals: bool) -> None:
    text = sentence.upper() if capitals else sentence
    found = decode(encode_charset(text, charset))
    assert (found.text, found.encoding) == (text, charset)
    assert found.confidence >= 0.9


@pytest.mark.parametrize("words", ["hải phòng", "Hà Nội", "đường sắt", "Cộng hòa Xã hội", "ủy ban nhân dân", "Đắk Lắk"])
@pytest.mark.parametrize("charset", ["tcvn3", "vni", "cp1258"])
def test_a_few_words_are_enough(charset: str, words: str) -> None:
    assert decode(encode_charset(words, charset)).text == words


ONE_OR_TWO = """
Sơn La|Kiên Giang|Quảng Ninh|Cà Mau|Bến Tre|Danh sách|Điện Biên|Hồ Chí Minh|Công văn|Tờ trình|Lễ hội hoa|Giá xăng giảm
"""


@pytest.mark.parametrize("words", ONE_OR_TWO.strip().split("|"))
@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("capitals", [False, True])
def test_one_or_two_marked_words_are_told_by_known_words(charset: str, words: str, capitals: bool) -> None:
    """The dictionary and the names of places decide where too few letters do."""
    text = words.upper() if capitals else words
    found = decode(encode_charset(text, charset))
    assert found.text == text
    assert 0.3 < found.confidence < 0.99


@pytest.mark.parametrize("words", ["Huế", "Sỹ", "Tạ"])
@pytest.mark.parametrize("charset", CHARSETS)
def test_what_nothing_tells_has_a_low_confidence(charset: str, words: str) -> None:
    assert decode(encode_charset(words, charset)).confidence <= 0.5


LOOSE = """
chém trên ăn cùng vỏ thép lên hòa chờ vụ xâm ùa về bùn ở nơi trước nước thước nhỏ đầu lớp cỏ tưới rễ
"""


@pytest.mark.parametrize("charset", CHARSETS)
def test_two_words_that_nothing_tells_are_right_or_doubted(charset: str) -> None:
    """Two marked syllables are two syllables in several charsets: a wrong one is never told with confidence."""
    pairs = [f"{first} {second}" for first in LOOSE.split() for second in LOOSE.split() if first != second]
    found = {words: decode(encode_charset(words, charset)) for words in pairs}
    wrong = {words: answer for words, answer in found.items() if answer.text != words}
    assert not {words: answer for words, answer in wrong.items() if answer.confidence > 0.5}
    if charset != "viscii":  # of which the others are preferred where nothing tells
        assert len(wrong) <= len(pairs) // 4


@pytest.mark.parametrize("words", ["thước nhỏ", "Đầu tư", "Trường và", "trước kia", "nước và"])
def test_viscii_is_not_utf8_of_two_scripts(words: str) -> None:
    """Two of its bytes may make a letter of UTF-8 that no Latin word holds."""
    found = decode(encode_charset(words, "viscii"))
    assert (found.text, found.encoding) == (words, "viscii")


@pytest.mark.parametrize("words", ["Đỗ Mười", "Kiên Giang", "Cà Mau", "Quảng Ninh"])
def test_few_words_in_a_capitals_font_become_capitals(words: str) -> None:
    written = "".join([c if c.isascii() else c.lower() for c in words.upper()])
    assert decode(encode_charset(written, "tcvn3")).text == words.upper()


def test_a_word_of_two_scripts_is_utf8_by_chance() -> None:
    data = encode_charset("Đỗ Mười", "viscii")
    assert "M" in data.decode("utf-8")
    assert decode(data).text == "Đỗ Mười"
    assert decode("в Москве идёт снег".encode()).text == "в Москве идёт снег"


@pytest.mark.parametrize(
    "text", ["café au lait", "Müller und Söhne", "señor niño", "5 µm", "20 °C", "Mª José", "Mbappé ghi bàn", "R² = 0,9"]
)
def test_western_bytes_and_strings_stay(text: str) -> None:
    found = decode(text.encode("latin-1"))
    assert found.text == text or found.confidence < 0.5
    assert convert_text(text).text == text


def test_character_references_of_a_legacy_font_are_converted() -> None:
    assert convert_text(html.unescape("C&eacute;ng h&szlig;a X&middot; h&eacute;i")).text == "Cộng hòa Xã hội"
    assert convert_text(html.unescape("Ki&ordf;n Giang")).text == "Kiên Giang"
    assert convert_text(html.unescape("H&agrave; N&#7897;i, 5 &micro;m")).text == "Hà Nội, 5 µm"


def test_a_line_in_a_capitals_font_becomes_capitals() -> None:
    data = b"C\xe9ng".upper() + b" " + b"H\xdfA X\xb7 H\xe9I\n" + encode_charset("độc lập", "tcvn3")
    assert decode(data).text == "CỘNG HÒA XÃ HỘI\nđộc lập"


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_unicode_encodings_are_read_exactly(codec: str, name: str, form: str) -> None:
    found = decode(unicodedata.normalize(form, SENTENCES[0]).encode(codec))
    assert (found.text, found.encoding) == (SENTENCES[0], name)
    assert found.confidence >= 0.9


def test_utf8_with_a_cut_end_stays_utf8() -> None:
    found = decode("Thành phố Huế".encode()[:-1])
    assert found.text.startswith("Thành phố Hu")
    assert found.encoding == "utf-8"
    assert found.confidence < 0.9


@pytest.mark.parametrize(
    "text",
    [
        "5 µm ¶ 20 °C",
        "µ ¶ °",
        "Hạt bụi 10 µm, nhiệt độ 38 °C, điều 5 § 3 ¶ 2",
        "café crème déjà vu",
        "Größe für Straße",
        "Tôi có nhà, tôi là tôi",
        "Ø 20 × 30, ½ lít, ±3 %",
        "São Paulo",
        "naïve façade",
        "«trích dẫn»",
        "plain ASCII",
        "",
        "日本語 текст",
    ],
)
def test_unicode_text_is_never_touched(text: str) -> None:
    assert convert_text(text).text == text
    assert convert_text(text).encoding == "unicode"
    assert decode(text.encode()).text == text


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_string_of_a_legacy_font_is_converted(charset: str, sentence: str) -> None:
    broken = encode_charset(sentence, charset).decode("latin-1")
    assert convert_text(broken).text == sentence
    assert decode(broken.encode()).encoding == f"{charset} in utf-8"


@pytest.mark.parametrize("charset", CHARSETS)
def test_lines_of_unicode_beside_lines_of_a_legacy_charset(charset: str) -> None:
    new, old = "Trẻ em được nghỉ học; bụi 35 µg/m³ ¶ 20 °C\nĐúng thế", "\n".join(SENTENCES)
    written = encode_charset(old, charset)
    found = decode(new.encode() + b"\n" + written + b"\n" + new.encode())
    assert (found.text, found.encoding) == (f"{new}\n{old}\n{new}", f"utf-8 and {charset}")
    converted = convert_text(f"{new}\n{written.decode('latin-1')}")
    assert (converted.text, converted.encoding) == (f"{new}\n{old}", f"unicode and {charset}")


@pytest.mark.parametrize(
    "line",
    [
        "L'été à Nîmes: où est-ce? Crème brûlée, pâté",
        "Größe für Straße, Übung macht den Meister, Köln, Düsseldorf",
        "São Paulo, Bogotá, Málaga, Córdoba, Perú, fútbol",
        "Cô gái Hà Nam và bé Lê",
        "5 µm ¶ 20 °C",
        "· § 3 ¶",
    ],
)
def test_foreign_lines_in_vietnamese_text_are_never_touched(line: str) -> None:
    text = f"Ủy ban nhân dân\n{line}\nđã họp"
    assert convert_text(text).text == decode(text.encode()).text == text
    assert convert_text(text).encoding == "unicode"


def test_utf8_with_a_broken_letter_stays_utf8() -> None:
    found = decode("Đảng bộ thành phố Huế".encode()[:-1] + b"\nThanh")
    assert found.text == "Đảng bộ thành phố Hu\ufffd\nThanh"
    assert found.encoding == "utf-8"
    assert found.confidence < 0.9


def test_utf8_once_read_as_latin1_is_converted() -> None:
    assert convert_text(SENTENCES[1].encode().decode("latin-1")).text == SENTENCES[1]


@given(st.binary(max_size=300))
def test_any_bytes_give_a_text(data: bytes) -> None:
    found = decode(data)
    assert found.text == unicodedata.normalize("NFC", found.text)
    assert 0.0 <= found.confidence <= 1.0
    found.text.encode()


@given(st.text(alphabet=st.sampled_from("".join(LETTERS) + " abcnghtv,.-0"), max_size=80))
def test_vietnamese_unicode_survives_any_encoding_of_unicode(text: str) -> None:
    assert decode(text.encode("utf-8-sig")).text == convert_text(text).text


HOSTILE = {
    "lone lead bytes": b"\xc3",
    "lines of one broken byte": b"\n\xff",
    "lines of both": "Hà Nội\n".encode() + b"C\xe9ng h\xdfa\n",
    "symbols": b"\xb5 \xb0",
    "nulls": b"\0a",
    "controls": b"\x01\x02\x04",
    "letters of VNI": b"aoueAOUE\xf8\xd9",
    "one word": b"\xe9\xdf\xb7",
    "two scripts": "M\u07f6".encode(),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_bytes_take_linear_time(kind: str) -> None:
    """Four times the length takes about four times as long, where quadratic work would take sixteen."""
    times = []
    for size in (150_000, 600_000):
        data = (HOSTILE[kind] * (size // len(HOSTILE[kind]) + 1))[:size]
        began = time.process_time()
        assert isinstance(decode(data).text, str)
        convert_text(data.decode("latin-1"))
        times.append(time.process_time() - began)
    assert times[1] < 9 * times[0] + 0.3, f"{kind}: {times} seconds"
