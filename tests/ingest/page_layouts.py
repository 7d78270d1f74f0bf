"""Pages whose question is what is the article: titles, bylines, and all that stands around and in between."""

# ruff: noqa: E501 -- the sentences of a page are not broken
from __future__ import annotations

from tests.ingest.page_texts import BRIDGE, MARKET, UNKNOWN, Case, page

TITLE = "Người dân đón cây cầu mới sau nhiều năm chờ đợi"
STAMP = "07/11/2021 20:15"
LEAD = "Cây cầu mới nối hai bờ sông vừa được đưa vào sử dụng trong niềm vui của người dân hai bên."
LAST = BRIDGE[-1]

TITLES = (
    Case("title alone", page(), title=TITLE),
    Case("breadcrumb", page(above="Trang chủ > Xã hội > Đời sống"), title=TITLE, body_lacks=("Trang chủ",)),
    Case("glued breadcrumb", page(above="HomeTin tứcXã hộiNgười dân đón cây cầu mới sau nhiều..."), title=TITLE),
    Case("menu of rubrics", page(above="Chính trị Kinh tế Xã hội Văn hóa Thể thao Bạn đọc"), title=TITLE),
    Case("menu in lines", page(above="Trang nhất\nThời sự\nKinh tế\nVăn hóa\nBáo Miền Sông Điện Tử"), title=TITLE),
    Case("masthead and slogan", page(above="ỦY BAN NHÂN DÂN TỈNH MIỀN SÔNG\nĐOÀN KẾT, ĐOÀN KẾT, VỮNG TIN - SÁNG TẠO, "
         "SÁNG TẠO, VƯƠN XA"), title=TITLE),
    Case("headlines of other articles above", page(above="Giá lúa tăng trở lại ở nhiều nơi\nĐội bóng trẻ thắng trận mở màn",
         stamp=STAMP), title=TITLE, body_lacks=("Giá lúa",)),
    Case("the window's title above", page(above=f"{TITLE} - Báo Miền Sông"), title=TITLE),
    Case("a question", page("Vì sao cây cầu nối hai bờ sông chậm tiến độ?", stamp=STAMP),
         title="Vì sao cây cầu nối hai bờ sông chậm tiến độ?"),
    Case("a full stop", page("Cây cầu nối hai bờ sông đã được thông xe.", stamp=STAMP),
         title="Cây cầu nối hai bờ sông đã được thông xe."),
    Case("capitals", page("NGƯỜI DÂN ĐÓN CÂY CẦU MỚI SAU NHIỀU NĂM CHỜ ĐỢI", stamp=STAMP),
         title="NGƯỜI DÂN ĐÓN CÂY CẦU MỚI SAU NHIỀU NĂM CHỜ ĐỢI"),
    Case("a colon and quotes", page("Cầu mới: “Chúng tôi chờ ngày này” lâu lắm rồi", stamp=STAMP),
         title="Cầu mới: “Chúng tôi chờ ngày này” lâu lắm rồi"),
    Case("none: taken from the lead", page(None, lead=f"20:15 07/11/2021 {LEAD}"), title=LEAD),
    Case("a listening bar below the title", page(stamp=f"{STAMP}\nNghe nội dung bài viết 04:31\nNữ miền Bắc | Nam miền Nam"),
         title=TITLE, body_lacks=("Nghe nội dung", "miền Bắc")),
    Case("the title again below itself", page(stamp=f"{STAMP}\n{TITLE}"), title=TITLE, body_lacks=(TITLE,)),
)  # fmt: skip

BYLINES = (
    Case("on the date line", page(stamp=f"{STAMP} Thùy Dương"), byline="Thùy Dương"),
    Case("before the date", page(stamp=f"Thùy Dương - {STAMP}"), byline="Thùy Dương"),
    Case("under the title", page(stamp=f"{STAMP}\nY Thu Êban"), byline="Y Thu Êban", body_lacks=("Y Thu Êban",)),
    Case("labelled under the title", page(stamp=f"{STAMP}\nTác giả: Tô Thuý Dương"), byline="Tô Thuý Dương"),
    Case("signed", page(tail="Lê Minh Thắng"), byline="Lê Minh Thắng", body_has=("Lê Minh Thắng",)),
    Case("signed in capitals", page(tail="NGÔ HUYỀN"), byline="Ngô Huyền", body_has=("NGÔ HUYỀN",)),
    Case("text and pictures", page(tail="Bài, ảnh: Trần Cao Đường"), byline="Trần Cao Đường"),
    Case("a group", page(tail="Nhóm PV"), byline="Nhóm PV"),
    Case("two names", page(tail="Minh Tâm - Quế Chi"), byline="Minh Tâm, Quế Chi"),
    Case("with what was done", page(tail="Hoàng Lan (tổng hợp)"), byline="Hoàng Lan"),
    Case("after the end mark", page(extra="Cầu thứ hai sẽ sớm được xây./.", tail="Phan Hữu Nghĩa"), byline="Phan Hữu Nghĩa"),
    Case("above the comments", page(tail="Lê Minh Thắng\n\nBình luận\nHọ tên\nEmail\nGửi"), byline="Lê Minh Thắng"),
    Case("a place is no author", page(tail="Hải Phòng"), byline=UNKNOWN),
    Case("a heading is no author", page(tail="Niềm vui hai bờ"), byline=UNKNOWN),
    Case("a photographer is no author", page(tail="Ảnh: Lê Minh Thắng"), byline=UNKNOWN),
    Case("a paper is a source", page(tail="Theo Báo Miền Sông"), byline=UNKNOWN, source="Báo Miền Sông"),
    Case("an agency before the lead", page(lead=f"(TTXVN) - {LEAD}"), source="TTXVN", byline=UNKNOWN),
    Case("nobody", page(), byline=UNKNOWN, source=UNKNOWN),
)  # fmt: skip

BOX = "Tin liên quan\nGiá lúa tăng trở lại\nĐội bóng trẻ thắng trận mở màn"
AROUND = (
    Case("related below", page(tail=f"{BOX}\nChợ quê vào mùa nước nổi"), body_has=(LAST,),
         body_lacks=("Tin liên quan", "Giá lúa", "Chợ quê")),
    Case("related in the middle", page(lead=f"{LEAD}\n\n{BOX}"), body_has=(LEAD, *BRIDGE),
         body_lacks=("Tin liên quan", "Giá lúa", "Đội bóng")),
    Case("English lists below", page(tail="RELATED ARTICLES\n\nMost Popular\n\nRecent Comments"),
         body_lacks=("RELATED", "Popular", "Comments")),
    Case("teasers with their sentences below", page(tail="Đọc nhiều nhất\nGiá lúa tăng trở lại\nNông dân phấn khởi vì giá "
         "lúa tăng thêm năm trăm đồng một cân so với tuần trước.\nĐội bóng trẻ thắng trận mở màn\nCác cầu thủ trẻ đá bại "
         "đội khách với tỷ số hai không trên sân nhà."), body_has=(LAST,), body_lacks=("Giá lúa", "đội khách")),
    Case("a form below", page(tail="Ý kiến bình luận\nHọ và tên\nEmail\nLời bình\n/\nXác thực"),
         body_lacks=("Họ và tên", "Email", "Lời bình", "Xác thực")),
    Case("a heading that is also a form's head", page(lead=f"{LEAD}\n\nBình luận\n\n{MARKET[0]}\n\n{MARKET[1]}"),
         body_has=(MARKET[0], MARKET[1], LAST)),
    Case("a bar of shares", page(stamp=f"{STAMP}\nChia sẻ Facebook   Zalo   Twitter   In trang   A- A A+"),
         body_lacks=("Facebook", "Zalo")),
    Case("shares in lines below", page(tail="Chia sẻ\nFacebook\nZalo\nIn bài\nGửi email"), body_lacks=("Zalo", "In bài")),
    Case("pieces on one line below", page(tail="Lưu bài viết | Gửi mail | Báo lỗi\nBình luận (0)    Gửi phản hồi"),
         body_lacks=("Lưu bài", "phản hồi")),
    Case("tags", page(tail="Từ khóa: cầu mới, giao thông, đê điều"), body_lacks=("Từ khóa",)),
    Case("footer", page(tail="Bản quyền thuộc về Báo Miền Sông\nGiấy phép số 12/GP-TTĐT\nTổng biên tập: Lê Văn A\n"
         "Địa chỉ: 1 đường Bờ Sông\nĐiện thoại: 0123"), body_lacks=("Bản quyền", "Giấy phép", "Tổng biên tập", "0123")),
    Case("link to the original", page(tail="Link gốc"), body_lacks=("Link gốc",)),
    Case("lines of hard blanks", page(tail="\u00a0\n\u00a0\n\u00a0\nLê Minh Thắng"), byline="Lê Minh Thắng",
         body_lacks=("\u00a0",)),
    Case("the end mark", page(extra="Cầu thứ hai sẽ sớm được xây./."), body_has=("sẽ sớm được xây.",), body_lacks=("./.",)),
    Case("a heading inside", page(extra="Chờ cây cầu thứ hai\n\nTỉnh đang lập hồ sơ cho cây cầu thứ hai ở phía hạ lưu."),
         body_has=("Chờ cây cầu thứ hai",)),
    Case("a caption inside", page(extra="Quang cảnh buổi thông xe. Ảnh: Lê Minh"), body_has=("Quang cảnh buổi thông xe",)),
    Case("words of boilerplate in sentences", page(extra="Chị nói sẽ chia sẻ video lên Facebook và đọc mọi bình luận của bạn "
         "đọc, kể cả những tin liên quan đến bến phà."), body_has=("chia sẻ video lên Facebook",)),
    Case("weather inside", page(extra="Nhiệt độ tại công trường có lúc lên tới 39 độ C, công nhân phải nghỉ trưa lâu hơn."),
         body_has=("39 độ C",)),
    Case("typos stay", page(extra="Nguời dân phấn khởi vì cay cầu mới đuợc thông xe trước mùa mưa bảo năm nay."),
         body_has=("Nguời dân", "cay cầu", "mưa bảo")),
    Case("nothing to take away", page(stamp=""), body_has=(LEAD, *BRIDGE)),
    Case("paragraphs on lines of their own", page(gap="\n"), title=TITLE, body_has=(LEAD, *BRIDGE)),
)  # fmt: skip
CASES = (*TITLES, *BYLINES, *AROUND)
