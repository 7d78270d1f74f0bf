"""What a line of a scraped page is when it is not the article: menus, weather, share bars, related lists, forms.

In: one line. Out: the kind of boilerplate, or None. Must not know the rest of the page: `search.ingest.layout` weighs
kinds by where they stand, since "Bình luận" is a form's head below an article and may be a word inside one.

>>> kind("19.3 C"), kind("CÓ THỂ BẠN QUAN TÂM"), kind("HomeXây dựng Đảng - Xây dựng Chính quyền"), kind("Hải Phòng")
('weather', 'related', 'breadcrumb', None)
"""

from __future__ import annotations

import re
import unicodedata

MAX_CHARS = 160
_STROKES = str.maketrans({"đ": "d", "ð": "d"})

_WEATHER = re.compile(
    r"[^\d]{0,40}-?\d{1,2}(?:[.,]\d)?(?:\s*[-–]\s*\d{1,2})?\s*(?:°\s*[cf]?|º\s*[cf]?|do c|[cf])\b[^\d]{0,20}"
)
_BREADCRUMB = re.compile(
    r"(?:trang chu|trang nhat|home|homepage)\s*(?:[>/»›|\\-]|::).*|(?:[^>»›]{2,60}\s*[>»›]\s*){2,}[^>»›]*"
)
_GLUED = re.compile(r"(?:Home|HOME|Trang chủ|TRANG CHỦ|Trang nhất)(?=[A-ZÀ-ỸĐ])")
_MENU = re.compile(
    r"(?:trang chu|trang nhat|home|menu|toggle navigation|skip to (?:main )?content|bo qua noi dung|lien he|gioi thieu|dang nhap"
    r"|dang ky|dang xuat|tim kiem(?: nang cao)?|search|rss|sitemap|so do (?:site|trang|cong)|english|tieng viet|vietnamese|e-?paper"
    r"|bao in|bao giay|video|podcast|multimedia|media|infographics?|emagazine|photo|anh|audio|truyen hinh|duong day nong.*"
    r"|quang cao|advertisement|tai ung dung.*|download app.*|mega story|longform|dat bao.*|toa soan|thu vien anh|hoi dap|lich cong tac)"
)
_SHARE = re.compile(
    r"(?:chia se(?: bai viet| qua| tren| len)?(?: facebook| zalo| twitter| email)?|share(?: this)?(?: on \w+)?|facebook|twitter|tweet|zalo|pinterest|linkedin|whatsapp|telegram|messenger|google ?\+?"
    r"|like|thich(?: \d+)?|copy ?link|sao chep(?: lien ket)?|in bai(?: viet)?|in trang|ban in|print|gui (?:email|mail|bai|cho ban be)|luu bai(?: viet)?|save|bookmark"
    r"|a ?[-+](?: ?a)*(?: ?[-+])?|a a a|co chu.*|font size.*|nghe (?:doc )?(?:bai|bao)(?: viet)?.*|play|pause|theo doi .{0,40}(?:google news|zalo|facebook|youtube|tren).*|google news"
    r"|bam (?:de )?theo doi.*|xem them video.*|phong to|thu nho|tro lai|quay lai|back|ve dau trang|len dau trang|dau trang|back to top|top|email this post|xem anh lon|zoom)"
    r"(?:[\s|,/•·]+(?:facebook|twitter|zalo|email|print|in|like|share|chia se|google ?\+?|linkedin|copy link|pinterest))*"
)
_RELATED = re.compile(
    r"(?:(?:cac )?(?:tin|bai|bai viet|tin bai|tin tuc|noi dung|chu de|thong tin|video|su kien)(?: tin| bai| viet)?(?: da dua)? (?:lien quan|cung (?:chuyen muc|chu de|loai|tac gia|su kien|muc)|khac|moi(?: nhat| hon)?|cu hon|noi bat|hot|doc nhieu(?: nhat)?|xem nhieu(?: nhat)?|duoc quan tam|nong|tieu diem|tiep theo)"
    r"|co the ban quan tam|ban co the quan tam|ban dang quan tam|co the ban (?:cung )?(?:thich|muon doc)|ban nen doc|dung bo lo|doc nhieu(?: nhat)?|xem nhieu(?: nhat)?|tin doc nhieu.*|doc them|xem them|tin lien quan.*"
    r"|cung chuyen muc|cung chu de|lien quan|tieu diem|noi bat|tin noi bat|moi nhat|moi cap nhat|tin moi cap nhat|related(?: articles?| posts?| news| stories)?|more from (?:author|this)|most (?:popular|read|viewed)|popular posts?|recent posts?|latest (?:news|posts?)|trending|you may (?:also )?like|read more|don'?t miss|bai truoc|bai tiep theo|bai ke tiep|previous (?:article|post)|next (?:article|post))(?: ?[:»>…]| ?\.\.\.)*"
)
_COMMENT = re.compile(
    r"(?:recent comments?|leave a (?:reply|comment)|post (?:a )?comment|(?:\d+ )?comments?|(?:\d+ )?binh luan(?: \(?\d+\)?)?(?: bai viet)?|y kien (?:binh luan|ban doc|cua ban|doc gia)|binh luan cua ban(?: doc)?|gui (?:y kien|binh luan|phan hoi|y kien cua ban)|viet binh luan|dang binh luan|phan hoi|y kien \(\d+\)|tat ca binh luan|hien thi.{0,20}binh luan|chua co binh luan.*|hay la nguoi dau tien binh luan.*|quan tam nhat|moi nhat|cancel reply|log in to leave a comment)(?: ?:)?"
)
_FORM = re.compile(
    r"(?:ho va ten|ho ten|ten (?:cua )?ban|ten|name|your name|email(?: address)?|e-mail|dia chi email|website|so dien thoai|dien thoai|phone|lời bình|loi binh|noi dung(?: binh luan)?|comment|message|tieu de|xac thuc|ma xac (?:nhan|thuc)|captcha|nhap (?:lai )?(?:ma|noi dung).*|gui|gui di|gui binh luan|submit|send|huy|huy bo|cancel|reset|lam lai|dang nhap de binh luan.*|vui long (?:nhap|go).*|ban can dang nhap.*|nho ten toi.*|save my name.*)(?: ?[:*(]{0,3}\)?)?"
)
_FOOTER = re.compile(
    r"(?:©|\(c\)|copyright|ban quyen(?: thuoc)?|all rights reserved|giay phep(?: so| xuat ban| hoat dong| thiet lap)|gpxb|co quan chu quan|tong bien tap|pho tong bien tap|chiu trach nhiem (?:noi dung|chinh)|truong ban bien tap|tru so(?: chinh| toa soan)?\s*:|toa soan\s*:|dia chi\s*:|dien thoai\s*:|dt\s*:|tel\s*:|fax\s*:|hotline\s*:|email\s*:|website\s*:|duong day nong|lien he quang cao|luot truy cap|tong (?:so )?(?:luot )?truy cap|so nguoi (?:dang )?(?:truy cap|online)|dang (?:online|truy cap)|thong ke truy cap|(?:hom nay|hom qua|trong (?:tuan|thang)|tuan nay|thang nay|tat ca)\s*:?\s*[\d.,]+|designed by|thiet ke (?:va phat trien )?boi|phat trien boi|powered by|ghi ro nguon|khi phat hanh lai|vui long ghi ro|doc bao trang web).*"
)
_TAGS = re.compile(r"(?:tu khoa|tags?|chu de|the|keywords?|nhan)\s*:.*|tags?|tu khoa")
_LINK = re.compile(
    r"(?:link goc|xem bai goc|bai goc|nguon goc|link bai viet goc|xem link goc.*|doc bai goc.*)(?:\s*:?\s*(?:https?://)?\S*)?|https?://\S+"
)
_COUNTS = re.compile(
    r"(?:luot (?:xem|doc)|da xem|views?|so lan doc|xem)\s*:?\s*[\d.,]+|[\d.,]+\s*(?:luot (?:xem|doc)|views?)"
)
_MARKS = re.compile(r"[\W_]+|\d{1,3}")
_SLOGAN = re.compile(
    r"[^a-z]*(?:nhiet liet chao mung|doan ket, doan ket, dai doan ket|quyet tam|song, chien dau, lao dong va hoc tap|dang cong san viet nam quang vinh|chao mung).*"
)  # noqa: E501
_MASTHEAD = re.compile(
    r"(?:uy ban|dang bo|thanh uy|tinh uy|huyen uy|quan uy|ubnd|hdnd|hoi dong|mat tran|so|bo|ban|bao|dai|tap chi|cong|trang|cong an|hoi|lien doan|doan|chi cuc|cuc|truong|co quan|tieng noi|cong hoa|doc lap|tong cong ty|van phong)\b.*"
)
_ORDER = (
    ("breadcrumb", _BREADCRUMB), ("weather", _WEATHER), ("related", _RELATED), ("comments", _COMMENT), ("form", _FORM),
    ("share bar", _SHARE), ("menu", _MENU), ("link", _LINK), ("tags", _TAGS), ("counter", _COUNTS), ("footer", _FOOTER),
    ("marks", _MARKS),
)  # fmt: skip


def plain(text: str) -> str:
    """The line in lower case without diacritics, runs of blanks as one: what the patterns here are written for."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return " ".join(bare.translate(_STROKES).split())


def kind(line: str) -> str | None:
    """The kind of boilerplate a line looks like, by its words alone; None for what may be the article."""
    if len(line) > MAX_CHARS * 2:
        return None
    if _GLUED.match(line):
        return "breadcrumb"
    folded = plain(line)
    if _FOOTER.fullmatch(folded):
        return "footer"
    if len(line) > MAX_CHARS:
        return None
    for name, pattern in _ORDER:
        if pattern.fullmatch(folded):
            return name
    return None


def is_masthead(line: str) -> bool:
    """Whether a line in capitals names an office or shouts a slogan, as above a site's menu."""
    letters = [c for c in line if c.isalpha()]
    if len(letters) < 6 or any(c.islower() for c in letters):
        return False
    folded = plain(line)
    return bool(_MASTHEAD.fullmatch(folded) or _SLOGAN.fullmatch(folded) or _repeats(folded))


def _repeats(folded: str) -> bool:
    """Whether phrases between commas and dashes come twice, as in slogans."""
    parts = [part.strip() for part in re.split(r"[,–-]", folded) if part.strip()]
    return len(parts) >= 4 and len(set(parts)) <= len(parts) * 0.7
