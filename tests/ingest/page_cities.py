"""Pages whose question is which of the 63 units they are about: each kind of evidence, and what is none."""

# ruff: noqa: E501 -- the sentences of a page are not broken
from __future__ import annotations

from tests.ingest.page_texts import UNKNOWN, Case, page

PLAIN = "vừa đưa vào sử dụng cây cầu mới nối hai bờ sông trong niềm vui của người dân hai bên."


def lead(place: str) -> str:
    """A lead that begins with a place."""
    return f"{place} {PLAIN}"


CASES = (
    Case("dateline in brackets", page(lead=f"(Nghệ An) - Chính quyền địa phương {PLAIN}"), city="Nghệ An"),
    Case("dateline with a dash", page(lead=f"QUẢNG NINH - Chính quyền địa phương {PLAIN}"), city="Quảng Ninh"),
    Case("dateline of the title", page("Đà Nẵng: Người dân đón cây cầu mới"), city="Đà Nẵng"),
    Case("a town as dateline", page("Đà Lạt: Người dân đón cây cầu mới"), city="Lâm Đồng"),
    Case("named in the title", page("Cần Thơ thông xe cây cầu mới sau ba năm"), city="Cần Thơ"),
    Case("named in the text", page(lead=lead("Thành phố Hải Phòng"), extra="Hải Phòng sẽ làm thêm hai cầu nữa."),
         city="Hải Phòng"),
    Case("a province", page(lead=lead("Tỉnh Hà Giang"), extra="Đây là cầu dài nhất của Hà Giang."), city="Hà Giang"),
    Case("TP.HCM", page(lead=lead("TP.HCM"), extra="Đây là cầu thứ ba của TPHCM trong nhiệm kỳ."), city="Hồ Chí Minh"),
    Case("Thành phố Hồ Chí Minh", page(lead=lead("Thành phố Hồ Chí Minh")), city="Hồ Chí Minh"),
    Case("thành phố Hồ Chí Minh", page(lead=f"Chính quyền thành phố Hồ Chí Minh {PLAIN}"), city="Hồ Chí Minh"),
    Case("Sài Gòn", page(lead=lead("Sài Gòn"), extra="Người Sài Gòn chờ cây cầu này đã lâu."), city="Hồ Chí Minh"),
    Case("the person Hồ Chí Minh", page(text="office", lead="Chi bộ học tập và làm theo tư tưởng, đạo đức, phong cách Hồ "
         "Chí Minh, gắn với việc giải quyết hồ sơ cho dân."), city=UNKNOWN),
    Case("bodies named after him", page(text="school", lead="Đoàn Thanh niên Cộng sản Hồ Chí Minh phát động tết trồng cây "
         "trong các trường học, theo lời dạy của Chủ tịch Hồ Chí Minh."), city=UNKNOWN),
    Case("both, one city", page(text="office", lead="Ban Thường vụ Thành ủy Hải Phòng sơ kết việc học tập và làm theo Bác Hồ "
         "Chí Minh. Hải Phòng nêu gương Hồ Chí Minh."), city="Hải Phòng"),
    Case("Thủ đô", page(text="office", lead="Hội nghị bàn việc cải cách hành chính để xây dựng Thủ đô văn minh. Nhân dân Thủ "
         "đô mong các hồ sơ được giải quyết nhanh, và Thủ đô phải đi đầu."), city="Hà Nội"),
    Case("the capital of another country", page(lead="Đoàn công tác thăm một cây cầu ở Thủ đô Bangkok của Thái Lan, nơi "
         "thủ đô nước bạn xây nhiều cầu vượt sông."), city=UNKNOWN),
    Case("Thủ đô Hà Nội", page(lead=lead("Thủ đô Hà Nội")), city="Hà Nội"),
    Case("Thành phố Hoa phượng đỏ", page(lead="Người dân Thành phố Hoa phượng đỏ đón cây cầu mới. Cửa ngõ Thành phố Hoa "
         "phượng đỏ thông thoáng hơn nhiều."), city="Hải Phòng"),
    Case("districts", page(lead="Người dân quận Cầu Giấy và huyện Thạch Thất đón hai cây cầu mới, nối quận Cầu Giấy với bờ "
         "bên kia sông."), city="Hà Nội"),
    Case("numbered districts", page(lead="Cây cầu nối quận 4 với quận 7 vừa thông xe, giúp quận 7 bớt kẹt xe giờ cao điểm "
         "và quận 4 thoáng hơn."), city="Hồ Chí Minh"),
    Case("a well-known town", page(lead="Cây cầu đi bộ ở Nha Trang vừa mở cửa; khách tới Nha Trang thích chụp ảnh trên cầu "
         "lúc chiều xuống, Nha Trang vắng xe hơn."), city="Khánh Hòa"),
    Case("a district of several units, with its unit", page(lead="Huyện Châu Thành, tỉnh Tiền Giang có cầu mới. Đây là cầu "
         "thứ hai của huyện Châu Thành."), city="Tiền Giang"),
    Case("a district of several units, alone", page(lead="Huyện Châu Thành có cầu mới nối hai bờ sông, người dân huyện "
         "Châu Thành rất vui."), city=UNKNOWN),
    Case("a person named as a province", page(text="office", lead="Chánh án Nguyễn Hòa Bình dự hội nghị và nghe báo cáo về việc "
         "giải quyết hồ sơ. Ông Nguyễn Hòa Bình đánh giá cao kết quả."), city=UNKNOWN),
    Case("an ocean named as a province", page(lead="Tàu chở dầm cầu vượt Thái Bình Dương suốt một tháng. Bão trên Thái Bình "
         "Dương làm chuyến đi chậm một tuần."), city=UNKNOWN),
    Case("peace, not the province", page(lead="Cây cầu là biểu tượng của hòa bình và hữu nghị giữa hai bờ sông, theo lời "
         "người dân sống quanh đó."), city=UNKNOWN),
    Case("a street is no place", page(lead="Xe cộ ùn ứ trên đường Điện Biên Phủ và phố Hải Phòng vì cây cầu mới chưa thông, "
         "người dân phải đi vòng."), city=UNKNOWN),
    Case("where someone is from", page(lead="Kỹ sư trưởng quê Nghệ An kể chuyện xây cầu. Anh và người bạn quê ở Hà Tĩnh đã "
         "ăn ba cái Tết ở công trường."), city=UNKNOWN),
    Case("several, one main", page("Quảng Nam học cách làm cầu dân sinh", lead="Đoàn Quảng Nam thăm các tỉnh An Giang, Đồng "
         "Tháp để học cách làm cầu. Quảng Nam sẽ xây mười cầu."), city="Quảng Nam"),
    Case("several, none main", page("Nhiều tỉnh làm cầu dân sinh", lead="Các tỉnh An Giang, Đồng Tháp, Bến Tre, Trà Vinh và "
         "Hậu Giang cùng làm cầu dân sinh cho người dân."), city=UNKNOWN),
    Case("a road between two", page(lead="Xe trên cao tốc Hà Nội - Lào Cai phải dừng lại vì cây cầu đang sửa, tài xế chờ hơn "
         "một giờ."), city=UNKNOWN),
    Case("a unit merged since keeps its name", page(stamp="05/06/2023 08:00", lead=lead("Tỉnh Hải Dương"),
         extra="Hải Dương có thêm cầu mới."), city="Hải Dương"),
    Case("Thừa Thiên Huế", page(lead=lead("Tỉnh Thừa Thiên Huế")), city="Huế"),
    Case("Thừa Thiên - Huế", page(lead=lead("Thừa Thiên - Huế"), extra="Cầu mới của Thừa Thiên - Huế."), city="Huế"),
    Case("other placement of the tone", page(lead=lead("Tỉnh Khánh Hoà"), extra="Khánh Hoà làm thêm cầu."),
         city="Khánh Hòa"),
    Case("Haiphong", page(lead="Haiphong opens a bridge. The bridge of Haiphong is the third of its kind in the country."),
         city="Hải Phòng"),
    Case("no diacritics", page("Hai Phong thong xe cau moi sau ba nam", lead="Thanh pho Hai Phong vua thong xe cay cau moi "
         "noi hai bo song sau ba nam thi cong."), city="Hải Phòng"),
    Case("capitals", page("HẢI PHÒNG THÔNG XE CÂY CẦU MỚI"), city="Hải Phòng"),
    Case("an office-holder in office", page(stamp="13/03/2019", text="office", lead="Bí thư Thành ủy Trương Quang Nghĩa chủ trì "
         "hội nghị về việc giải quyết hồ sơ cho người dân."), city="Đà Nẵng", confidence=...),
    Case("an office-holder out of office", page(stamp="13/03/2023", text="office", lead="Bí thư Thành ủy Trương Quang Nghĩa từng "
         "chủ trì hội nghị về việc giải quyết hồ sơ cho người dân."), city=UNKNOWN),
    Case("a former one", page(stamp="13/03/2019", text="office", lead="Nguyên Bí thư Thành ủy Trương Quang Nghĩa kể về việc "
         "giải quyết hồ sơ cho người dân thời trước."), city=UNKNOWN),
    Case("his name without the office", page(stamp="13/03/2019", text="office", lead="Kỹ sư Trương Quang Nghĩa góp ý về việc giải "
         "quyết hồ sơ cho người dân và doanh nghiệp."), city=UNKNOWN),
    Case("no place at all", page(), city=UNKNOWN),
)  # fmt: skip
