"""Credits of captions in Arabic, Persian, Hebrew and Hindi: agencies by their names in these scripts."""

import re
from typing import Final

_AGENCIES: Final = (
    # Arabic
    "رويترز|وكالة الأناضول|الأناضول|الاناضول|أ ف ب|أ.ف.ب|ا ف ب|ا.ف.ب|أف ب|فرانس برس|وكالة فرانس برس"
    "|الفرنسية|أ ب|أ.ب|أسوشيتد برس|أسوشييتد برس|اسوشيتد برس|أسوشيتدبرس|الأوروبية|الأوربية|الألمانية|د ب أ|د.ب.أ"
    "|غيتي إيميجز|غيتي|جيتي|شينخوا|سبوتنيك|وكالات|الجزيرة|العربية|وفا|سانا|واس|وام|بترا|قنا|كونا|شاترستوك"
    "|مواقع التواصل الاجتماعي|مواقع التواصل|وسائل التواصل|تويتر|فيسبوك|إنستغرام|يوتيوب"
    "|أرشيف|أرشيفية|صورة أرشيفية|من الأرشيف|الأرشيف"
    # Persian
    "|رویترز|ایرنا|ایسنا|مهر|تسنیم|گتی ایمجز|گتی|خبرگزاری فارس|آرشیو"
    # Hebrew
    '|רויטרס|איי פי|אי פי|אי אף פי|איי אף פי|פלאש 90|פלאש90|לע"מ|דובר צה"ל|גטי|באדיבות המשפחה|ארכיון'
    # Hindi
    "|रॉयटर्स|एएफपी|एएनआई|पीटीआई|गेटी इमेजेज|गेटी"
)
_WORDS: Final = ("الفرنسية", "الألمانية", "الأوروبية", "العربية", "مهر", "واس")
"""Also words of the language: credits in brackets only."""
_NAME: Final = r"[\w.’'\"-]+(?:\s[\w.’'\"-]+){0,3}"
_IN_BRACKETS = re.compile(rf"(?:{_NAME}\s?[-–/،,]\s?)?(?:{_AGENCIES})(?:\s?[-–/،,]\s?{_NAME})?")
_SURE: Final = "|".join(name for name in _AGENCIES.split("|") if name not in _WORDS)
_AT_END = re.compile(rf"(?:\s[-–—/|]\s?|/|\|)(?P<credit>(?:{_NAME}\s?/\s?)?(?:{_SURE}))\s?\.?\Z")
_SCRIPT = re.compile("[\u0590-\u06ff\u0900-\u097f]")


def is_west_asian_credit(text: str) -> bool:
    """Return whether the text in brackets is an agency, with or without a name beside it."""
    return _SCRIPT.search(text) is not None and _IN_BRACKETS.fullmatch(text) is not None


def west_asian_credit(text: str) -> int | None:
    """Find where the agency begins that ends a caption after a dash or a slash; None without one."""
    base = max(0, len(text) - 80)
    if not _SCRIPT.search(text, base):
        return None
    found = _AT_END.search(text, base)
    return found.start("credit") if found else None
