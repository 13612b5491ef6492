"""The language of a text, where its letters and its commonest words make it plain."""

import re
from collections import Counter
from typing import Final


def guess_language(text: str) -> str | None:
    """Guess a BCP 47 language from the first 20,000 characters; None where it is not plain.

    A script of only one language decides on its own. Languages that share a script are recognised by their commonest
    words: at least one word in eight of the text, and clearly more than for any other language.
    """
    head = text[:20_000]
    scripts = Counter[str]()
    for character, times in Counter(head[:4000]).items():
        if character.isalpha():
            scripts[_script(character)] += times
    letters = scripts.total()
    if letters < 20:
        return None
    if scripts["kana"] > letters * 0.05:
        return "ja"
    script, count = scripts.most_common(1)[0]
    if count < letters * 0.5:
        return None
    if script in _BY_SCRIPT:
        return _BY_SCRIPT[script]
    words = _WORD.findall(head.casefold())
    if len(words) < 12:
        return None
    seen = Counter(words)
    ranked = sorted(
        ((sum(seen[word] for word in common), language) for language, common in _COMMON.items()), reverse=True
    )
    (best, language), (second, _) = ranked[0], ranked[1]
    return language if best >= len(words) * 0.1 and best >= second * 1.15 else None


def _script(character: str) -> str:
    code = ord(character)
    for name, first, last in _RANGES:
        if first <= code <= last:
            return name
    return "other"


_WORD: Final = re.compile(r"[^\W\d_]+")
_RANGES: Final = (
    ("latin", 0x41, 0x24F),
    ("latin", 0x1E00, 0x1EFF),
    ("greek", 0x370, 0x3FF),
    ("cyrillic", 0x400, 0x52F),
    ("hebrew", 0x590, 0x5FF),
    ("arabic", 0x600, 0x6FF),
    ("devanagari", 0x900, 0x97F),
    ("bengali", 0x980, 0x9FF),
    ("tamil", 0xB80, 0xBFF),
    ("thai", 0xE00, 0xE7F),
    ("georgian", 0x10A0, 0x10FF),
    ("armenian", 0x530, 0x58F),
    ("kana", 0x3040, 0x30FF),
    ("han", 0x3400, 0x9FFF),
    ("hangul", 0xAC00, 0xD7AF),
)
_BY_SCRIPT: Final = {
    "greek": "el",
    "hebrew": "he",
    "bengali": "bn",
    "tamil": "ta",
    "thai": "th",
    "georgian": "ka",
    "armenian": "hy",
    "han": "zh",
    "hangul": "ko",
}
_COMMON: Final = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the of and to in a is that for it was on with as by at from he his are be this have an they",
        "de": "der die das und in den von zu mit ist im des auf für nicht ein eine sich dem auch es an",
        "fr": "de la le et les des en un une du est que dans qui pour au sur par plus ne se pas il ce avec à",
        "es": "de la que el en y los se del las un por con no una su para es al lo como más o fue ha",
        "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao foi",
        "it": "di e il la che in un a per è una del si con non i da le al dei sono della nel gli ha lo",
        "nl": "de van het een en in is dat op te zijn met voor niet aan er om ook als bij door maar uit",
        "sv": "och i att en som på är av för med till den det har de inte om ett han men var från vi",
        "da": "og i at det en til er som på de med af for ikke der den et har om var fra han blev til",
        "nb": "og i det er på som en til å for av med at har de ikke den et om fra var han etter ble jeg",
        "fi": "ja on ei se että oli hän mutta myös kun ovat joka mukaan tai jos vain sen kuin niin ole olla",
        "pl": "w i na z się do nie to że jest o od po za jak przez dla są ale co ma by już oraz tym",
        "cs": "a v se na je že s z do o i to k ve pro za by ale jako po jsou od který podle byl",
        "hu": "a az és hogy nem is egy ez volt meg de csak már még van el mint vagy ki azt után szerint",
        "ro": "de și în a la cu o pe care din un nu să este mai pentru ca au fi sau ce fost prin al",
        "tr": "ve bir bu da de için ile olarak çok daha en olan gibi sonra kadar ise ne var göre olduğu",
        "id": "yang dan di untuk dengan ini itu dari pada dalam tidak akan ke juga ada telah oleh para",
        "vi": "và của là có cho không được trong một các với người những đã này khi để đến tại từ về như",
        "lt": "ir kad į su yra iš tai kaip bet dar jau ar nuo po buvo ne už apie jis prie taip pat labai",
        "sw": "na ya wa kwa ni katika za la kuwa hiyo huo alisema amesema cha hilo vya pia hizo wake",
        "zu": "ukuthi uma futhi nje kodwa lapho yakhe wakhe ngoba uthe bathi kanye zakhe kusho lokhu uthi",
        "ru": "и в на что с не по он как из к его это но от за для о был у до они также при года",
        "uk": "і в на що з не у та до про як за від його для це він але які був під також що року",
        "bg": "на и да в от се за че с по е са не ще като към си той до при която който това след бе",
        "ar": "في من على إلى أن التي عن مع هذا الذي ما بعد لا كان هذه قال بين أو كما خلال ذلك قد",
        "fa": "و در به از که این را با است برای آن یک بر خود تا کرد شده های می اما نیز هم",
        "hi": "के में की है और से को का पर ने कि यह इस भी हैं नहीं एक लिए कर था तो",
    }.items()
}
