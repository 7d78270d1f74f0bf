"""Articles written for the tests of reading pages, and the way a page is put together from one.

No paragraph here names a year, a day or a place unless its case puts one in: what a page is read to say comes from the
case alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

UNKNOWN = None
BRIDGE = (
    "Cây cầu dài hơn một cây số, rộng bốn làn xe, thay cho bến phà đã hoạt động suốt mấy chục năm qua.",
    "Theo ban quản lý dự án, đơn vị thi công đã làm ba ca liên tục để kịp tiến độ trước mùa mưa bão.",
    "Người dân hai bên bờ kể rằng trước đây, mỗi khi nước lớn, học sinh phải nghỉ học vì phà không chạy.",
)
MARKET = (
    "Chợ họp từ khi trời còn tối, đông nhất là lúc những chuyến xe rau đầu tiên về tới cổng phía sau.",
    "Ban quản lý chợ cho biết đã lắp thêm vòi nước và bình chữa cháy, đồng thời kẻ lại lối đi giữa các sạp.",
    "Nhiều tiểu thương mong việc thu phí được niêm yết rõ ràng để không còn cảnh mỗi nơi thu một kiểu.",
)
SCHOOL = (
    "Nhà trường tổ chức cho học sinh trồng hơn hai trăm cây xanh quanh sân và dọc lối vào thư viện.",
    "Cô hiệu trưởng nói mỗi lớp nhận chăm một hàng cây, cuối kỳ sẽ cùng nhau đánh giá và trao quà nhỏ.",
    "Phụ huynh góp sách cũ để mở thêm hai tủ sách, trong đó một tủ dành cho các em nhỏ mới biết đọc.",
)
OFFICE = (
    "Hội nghị nghe báo cáo về việc rút ngắn thời gian giải quyết hồ sơ ở bộ phận một cửa các cấp.",
    "Nhiều ý kiến cho rằng cần công khai từng bước xử lý để người dân biết hồ sơ của mình đang ở đâu.",
    "Kết luận hội nghị, chủ tọa yêu cầu các đơn vị chấm dứt tình trạng đùn đẩy trách nhiệm, gây phiền hà.",
)
TEXTS = {"bridge": BRIDGE, "market": MARKET, "school": SCHOOL, "office": OFFICE}


@dataclass(frozen=True, slots=True)
class Case:
    """A page and what a good reader takes from it. `...` in a field means that the case does not ask."""

    name: str
    page: str
    title: object = ...
    published: object = ...
    confidence: object = ...
    event: object = ...
    city: object = ...
    byline: object = ...
    source: object = ...
    body_has: tuple[str, ...] = ()
    body_lacks: tuple[str, ...] = ()
    rejects: tuple[str, ...] = ()
    given: dict[str, str] = field(default_factory=dict)


def page(
    title: str | None = "Người dân đón cây cầu mới sau nhiều năm chờ đợi",
    *,
    above: str = "",
    stamp: str = "",
    lead: str = "Cây cầu mới nối hai bờ sông vừa được đưa vào sử dụng trong niềm vui của người dân hai bên.",
    text: str = "bridge",
    extra: str = "",
    tail: str = "",
    gap: str = "\n\n",
) -> str:
    """A page: what stands above, title, stamp, lead, the paragraphs of a text, one more, and what stands below."""
    head = "\n".join(part for part in (above, title, stamp) if part)
    body = gap.join(part for part in (lead, *TEXTS[text], extra) if part)
    return gap.join(part for part in (head, body, tail) if part) + "\n"
