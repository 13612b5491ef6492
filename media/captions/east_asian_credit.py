"""Credits of Chinese, Japanese and Korean captions: suffixes, agencies and labels without spaces."""

import re
from typing import Final


def east_asian_credit(text: str) -> int | None:
    """Find where the credit at the end of a caption begins ("＝共同", "新华社记者 李明 摄"); None without."""
    base = max(0, len(text) - 120)
    tail = text[base:]
    if tail.isascii() or not _SCRIPT.search(tail):
        return None
    tail = tail.translate(_NARROW)
    found = _TAIL.search(tail)
    if not found or found.lastgroup is None:
        return None
    if found.lastgroup == "after_comma" and "＝" not in tail:
        return None  # a list ("...、共同")
    if found.lastgroup == "after_equals" and not _SCRIPT.search(
        tail, max(0, found.start() - 20), found.end()
    ):
        return None  # "Jaafar ASHTIYEH / AFP"
    return base + found.start(found.lastgroup)


def is_east_asian_credit(text: str) -> bool:
    """Return whether what stands in brackets is a credit ("潟沼義樹撮影", "警視庁提供", "연합뉴스 제공")."""
    if len(text) > 40 or _DATED.fullmatch(text):
        return False
    return _IN_BRACKETS.search(text.translate(_NARROW)) is not None


_NARROW: Final = {code: code - 0xFEE0 for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
"""Full-width letters as the others: one for one, so that places stay."""
_SCRIPT = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_TAKEN: Final = "(?:摄影|攝影|摄|攝|撮影)"
_SUPPLIED: Final = "(?:供图|供圖|提供)"
_DATED = re.compile(
    rf"[\d０-９]{{1,4}}[年月日/.-][\d０-９年月日时時分/.:：、,\s-]*[午前後上中下头頭頃に]{{0,3}}(?:{_TAKEN}|资料图|資料写真|資料照片)"
)
"""A date that says when the picture was taken, not by whom."""
_CHINESE_AGENCY: Final = "(?:新华社|新華社|中新社|中新网|人民网|中央社|本报|央视|视觉中国|視覺中國)"
_JAPANESE_AGENCY: Final = "(?:共同|時事|ロイター|AFP時事|AFP|AP|EPA|UPI|PA|DPA|Getty|ゲッティ)"
_KOREAN_AGENCY: Final = (
    "(?:연합뉴스|뉴시스|뉴스1|로이터|신화통신|게티이미지(?:뱅크|코리아)?|공동취재(?:단|사진)?"
    "|국회사진기자단|사진공동취재단)"
)
_IN_BRACKETS = re.compile(
    rf"(?:{_TAKEN}|{_SUPPLIED}|写す|資料照片|资料图|資料写真|기자|제공)\Z"
    rf"|(?:\A|[=＝/：: ]){_KOREAN_AGENCY}|{_CHINESE_AGENCY}"
    r"|(?:共同|時事|時事通信|共同通信|ロイター|ゲッティ|(?<![A-Za-z])(?:AFP|AP|EPA|UPI))\Z"
    r"|\A(?:图源|图片来源|圖片來源|圖源|写真|画像|出典|사진)|\A(?:图|圖|图片|圖片)\s?[/／:：=＝]"
)
_TAIL = re.compile(
    rf"""(?:
      [＝=／/]\s?(?P<after_equals>(?:写真は?)?[^＝=。、\s/]{{0,15}}(?:撮影|提供|写す|{_JAPANESE_AGENCY}))\s?
    | (?<=、)\s?(?P<after_comma>[\u3040-\u30ff\u4e00-\u9fff]{{2,10}}(?:撮影|写す)|共同|時事|ロイター|AFP(?:時事)?|AP)
    | (?:^|(?<=[。.!?」）\)\s/|]))\s?(?P<chinese_agency>
        (?:{_CHINESE_AGENCY}\s?(?:记者|記者|发|發)?|[\u4e00-\u9fff]{{1,8}}[社报網网]\s?(?:记者|記者|发|發))
        \s?[\u4e00-\u9fff\s、·]{{0,16}}(?:{_TAKEN}|{_SUPPLIED}|图)?)
    | (?:^|(?<=[。.!?」）\)\s|]))(?P<taken_by>
        (?:(?:本报|特约|通讯|新华社)?(?:记者|員|员)\s?)?[\u4e00-\u9fff·]{{2,4}}(?:\s[\u4e00-\u9fff]{{1,3}})?\s?{_TAKEN}
        |[\u4e00-\u9fff·]{{2,12}}\s?{_SUPPLIED})
    | (?:^|(?<=[.!?다\s)/|]))\s?(?P<korean>(?:사진\s?[=:]?\s?)?
        (?:[가-힣]{{2,4}}\s(?:선임|사진|인턴)?기자(?:\s[\w.-]+@[\w.-]+)?|프리랜서\s[가-힣]{{2,4}}
        |[\w가-힣·]{{0,12}}\s?[/=]?\s?{_KOREAN_AGENCY}|[가-힣A-Za-z]{{2,15}}\s제공))
    | (?P<labelled>
        (?:图片来源|图源|图片|图|圖片來源|圖源|圖|写真|撮影|写真提供|画像|画像提供|提供|出典|사진|사진\s?제공|자료|출처)
        \s?[:：＝=/／・]\s?[^。]{{1,30}})
    )\s?[。.)）]?\Z""",
    re.VERBOSE,
)
