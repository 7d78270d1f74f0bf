"""Pages whose question is the day of publication or of the event: every form of the press, and what is no such day."""

# ruff: noqa: E501 -- the sentences of a page are not broken
from __future__ import annotations

import unicodedata

from tests.ingest.page_texts import UNKNOWN, Case, page

DAY = "2021-11-07"
MINUTE = "2021-11-07T20:15:00+07:00"

FORMS = {
    "weekday and words": ("Chủ nhật, 7 Tháng Mười Một, 2021", DAY),
    "weekday, numbers, time": ("Chủ nhật, 07/11/2021 20:15", MINUTE),
    "time before date": ("20:15 07/11/2021", MINUTE),
    "seconds": ("07/11/2021 20:15:00", MINUTE),
    "bar and zone": ("Chủ nhật, 07/11/2021 | 20:15 GMT+7", MINUTE),
    "zone in brackets": ("CN, 07/11/2021, 20:15 (GMT+7)", MINUTE),
    "h for hour": ("20h15, 07.11.2021", MINUTE),
    "hour and minute in words": ("20 giờ 15 phút, ngày 7 tháng 11 năm 2021", MINUTE),
    "words with năm": ("Ngày 07 tháng 11 năm 2021", DAY),
    "dashes": ("07-11-2021 20:15", MINUTE),
    "year first": ("2021-11-07 20:15", MINUTE),
    "short year": ("07/11/21 20:15", MINUTE),
    "no leading zeros": ("7/11/2021 - 20:15", MINUTE),
    "label Đăng ngày": ("Đăng ngày 07-11-2021 20:15", MINUTE),
    "label Ngày đăng": ("Ngày đăng: 07/11/2021 | Lượt xem: 1.234", DAY),
    "label Xuất bản": ("Xuất bản: 07/11/2021 – 20:15", MINUTE),
    "label and name": ("Đăng bởi Ban Biên Tập vào ngày 07/11/2021 lúc 20:15", MINUTE),
    "English": ("Published: November 7, 2021 8:15 PM", MINUTE),
    "English, day first": ("7 Nov 2021", DAY),
    "no diacritics": ("Chu nhat, 07/11/2021 20:15", MINUTE),
    "capitals": ("CHỦ NHẬT, 07/11/2021 20:15", MINUTE),
    "hard blanks": ("Chủ nhật,\u00a007/11/2021\u00a020:15", MINUTE),
    "decomposed letters": (unicodedata.normalize("NFD", "Chủ nhật, 7 Tháng Mười Một, 2021"), DAY),
    "rubric before": ("Xã hội | 07/11/2021 20:15", MINUTE),
}
EVENT = "Sáng 7/11, tỉnh làm lễ thông xe cây cầu mới, công trình được người dân hai bờ mong chờ đã lâu."
MORNING = "Sáng 13-3, lãnh đạo tỉnh cùng các ngành họp bàn về tiến độ cây cầu mới nối hai bờ con sông lớn."
MAST = "28°C\nThứ Ba, 14/05/2024\nTRANG THÔNG TIN ĐIỆN TỬ MIỀN SÔNG NƯỚC\nTrang chủ > Xã hội > Đời sống"

CASES = (
    *(Case(f"form: {name}", page(stamp=stamp), published=value) for name, (stamp, value) in FORMS.items()),
    Case("date opens the text", page(None, lead=f"20:15 07/11/2021 {EVENT}"), published=MINUTE, event=DAY,
         body_lacks=("20:15",)),
    Case("windows line ends", page(stamp="07/11/2021 20:15").replace("\n", "\r\n"), published=MINUTE),
    Case("a change alone is taken with less trust", page(stamp="Cập nhật lúc: 20:15, 07/11/2021"), published=MINUTE,
         confidence="medium"),
    Case("publication before change", page(stamp="Cập nhật: 09/11/2021 08:00\nĐăng lúc: 07/11/2021 20:15"),
         published=MINUTE, rejects=("2021-11-09T08:00:00+07:00",)),
    Case("crawl over the masthead, nothing else", page(above=MAST), published=UNKNOWN, rejects=("2024-05-14",)),
    Case("crawl over the masthead, stamp below the title", page(above=MAST, stamp="07/11/2021 20:15"),
         published=MINUTE, rejects=("2024-05-14",)),
    Case("above the title without masthead", page(above="Chủ nhật, 07/11/2021 20:15"), published=MINUTE),
    Case("bare stamps at the tail", page(tail="22:48 23/11/2024\n14:30 23/11/2024"), published=UNKNOWN,
         rejects=("2024-11-23T22:48:00+07:00",), body_lacks=("22:48",)),
    Case("labelled stamp at the tail", page(tail="Ngày đăng: 07/11/2021"), published=DAY, confidence="medium"),
    Case("a reckoning is no day", page(extra="Tính đến ngày 20/11/2023, dự án đã giải ngân được hơn một nửa số vốn."),
         published=UNKNOWN, rejects=("2023-11-20",)),
    Case("nor is a document's", page(lead="Theo Quyết định số 15/QĐ-UBND ngày 05/02/2018, tỉnh giao ban quản lý làm chủ "
         "đầu tư cây cầu nối hai bờ sông."), published=UNKNOWN, event=UNKNOWN, rejects=("2018-02-05",)),
    Case("nor a fraction", page(lead="Đến nay có 7/8 huyện hoàn thành việc làm cầu dân sinh, nối các xã hai bên sông."),
         published=UNKNOWN, event=UNKNOWN),
    Case("nor a day of the moon", page(lead="Ngày 15/8 âm lịch, làng mở hội đua thuyền trên sông như mọi năm trước đây."),
         published=UNKNOWN, event=UNKNOWN),
    Case("nor a birthday", page(extra="Người thiết kế cây cầu sinh ngày 02/09/1975, lớn lên ngay bên bến phà cũ này."),
         published=UNKNOWN),
    Case("nor a limit", page(extra="Chủ đầu tư phải nộp hồ sơ quyết toán trước ngày 30/06/2022 theo quy định hiện hành."),
         published=UNKNOWN),
    Case("an impossible day", page(stamp="31/02/2021 20:15"), published=UNKNOWN),
    Case("an impossible hour", page(stamp="07/11/2021 25:61"), published=DAY),
    Case("an hour before the morning's meeting", page(stamp="13-03-2019 03:28", lead=MORNING), published="2019-03-13",
         event="2019-03-13"),
    Case("an hour after it", page(stamp="13-03-2019 13:28", lead=MORNING), published="2019-03-13T13:28:00+07:00"),
    Case("an early hour of the next day", page(stamp="14-03-2019 03:28", lead=MORNING),
         published="2019-03-14T03:28:00+07:00", event="2019-03-13"),
    Case("an early hour after a night", page(stamp="13-03-2019 03:28", lead="Rạng sáng 13-3, đoàn xe chở dầm cầu cuối "
         "cùng về tới công trường sau ba đêm đi đường."), published="2019-03-13T03:28:00+07:00"),
    Case("a stamp before the event is an error", page(stamp="Thứ hai, 11/03/2019 10:00", lead=MORNING),
         published=UNKNOWN, rejects=("2019-03-11T10:00:00+07:00",)),
    Case("an announcement is none", page(stamp="11/03/2019 10:00", lead="Ngày 13/3 tới, tỉnh sẽ thông xe cây cầu mới nối "
         "hai bờ sông sau ba năm thi công."), published="2019-03-11T10:00:00+07:00", event="2019-03-13"),
    Case("a forecast further down is none", page(stamp="11/03/2019 10:00", extra="Theo dự báo, mưa kéo dài đến ngày 14/3 "
         "rồi giảm dần, nước sông xuống chậm."), published="2019-03-11T10:00:00+07:00"),
    Case("no date is no date", page(), published=UNKNOWN, event=UNKNOWN),
    Case("the event across the new year", page(stamp="02/01/2021 08:00", lead="Chiều 31/12, tỉnh thông xe kỹ thuật cây "
         "cầu nối hai bờ sông sau ba năm thi công."), event="2020-12-31", published="2021-01-02T08:00:00+07:00"),
    Case("the event in the third paragraph", page(stamp="07/11/2021 20:15", text="office", lead="Bí thư yêu cầu các đơn vị "
         "giải quyết hồ sơ đúng hẹn cho người dân và doanh nghiệp.\n\nNgày 5/11, hội nghị giao ban bàn việc rút ngắn "
         "thời gian xử lý hồ sơ ở cơ sở."), event="2021-11-05"),
    Case("the event, not the document before it", page(stamp="07/11/2021 20:15", text="office", lead="Thực hiện Kế hoạch "
         "số 17-KH/TU ngày 29-12-2016, chiều 6/11, tỉnh họp bàn việc giải quyết hồ sơ cho dân."), event="2021-11-06"),
    Case("today is the day of publication", page(stamp="07/11/2021 20:15", lead="Sáng nay, tỉnh thông xe cây cầu mới nối "
         "hai bờ sông trong niềm vui của người dân."), event=DAY),
    Case("yesterday is the day before", page(stamp="07/11/2021 06:15", lead="Chiều qua, tỉnh thông xe cây cầu mới nối hai "
         "bờ sông trong niềm vui của người dân."), event="2021-11-06"),
    Case("today in brackets", page(stamp="07/11/2021 20:15", lead="Hôm nay (7/11), tỉnh thông xe cây cầu mới nối hai bờ "
         "sông trong niềm vui của người dân."), event=DAY),
    Case("a year bounded by the text", page(lead=EVENT, extra="Giá trị thi công 9 tháng đầu năm 2021 tăng mạnh; dự kiến năm "
         "2022, tỉnh làm tiếp cây cầu thứ hai."), published=DAY, confidence="medium", event=DAY),
    Case("a year bounded by the crawl", page(above=MAST.replace("14/05/2024", "14/05/2022"), lead=EVENT,
         extra="Vốn đầu tư công 9 tháng đầu năm 2021 của tỉnh giải ngân cao hơn cùng kỳ."), published=DAY),
    Case("a year left open", page(lead=EVENT, extra="Dự án có trong quy hoạch từ năm 2012, tầm nhìn đến năm 2030."),
         published=UNKNOWN),
    Case("a year not written at all", page(lead=EVENT), published=UNKNOWN),
    Case("the event with its year", page(lead="Sáng 7/11/2021, tỉnh làm lễ thông xe cây cầu mới nối hai bờ con sông lớn."),
         published=DAY, confidence="medium"),
    Case("an old day told of", page(lead="Ngày 7/11/2011, cây cầu cũ sập trong lũ. Năm 2021, cây cầu mới mới được "
         "xây xong, nối lại hai bờ sông."), published=UNKNOWN),
    Case("months without days", page(extra="Trong 3 tháng năm 2020, công trường phải tạm dừng vì nước sông lên cao."),
         published=UNKNOWN),
    Case("the label in the text is no stamp", page(extra="Tin đăng ngày 05/02/2018 trên trang của tỉnh từng gây xôn xao, "
         "nay đã được đính chính đầy đủ."), published=UNKNOWN),
)  # fmt: skip
