"""Words that weigh less, or more, than others when two captions are compared; letters folded."""

from media.captions.letters import fold_letters
from media.captions.months import MONTHS, WEEKDAYS


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold_letters(word) for word in words.split())


FUNCTION_WORDS = _folded(
    """
    a an the of in on at to for from with by and or as is are was were be been being has have had it its
    this that these those also s t during while near beside
    der die das dem den des ein eine einer eines einem einen und oder im in am an auf mit von vom zu zum zur
    bei ist sind war waren wird auch sich
    le la les l un une des de du d et ou à au aux en dans par sur est sont pour avec qui que ce cette
    el los las lo una unos y e del al con por su es son en que
    il i gli uno di dello della dei degli delle nel nella sul sulla dal dalla è sono ed
    o os as um uma do da dos das no na nos nas em ao é são
    het een van op met te is zijn
    och ett av på med den det som i til og fra et
    и в на с из по от у к о во со за для а
    w z ze na do od za się oraz i we
    ve bir ile bu da de
    و في من على إلى عن
    の は が を に で と も へ や な た 的 了 在 和 与 與 は
    dan di ke yang ini itu
    """
)
"""Words that two desks put or leave out without saying anything else. Prepositions that place
something elsewhere (before, under, without) are not among them."""

PERSON_WORDS = _folded(
    "his her hers their its he she they him them ihr sein seine ihre son sa ses leur su sus suo sua"
)
"""Small words where one of them stands for none, another person where one stands for another."""

NUMBER_WORDS = _folded(
    """
    one two three four five six seven eight nine ten eleven twelve dozen dozens hundred hundreds thousand
    thousands million millions billion first second third fourth fifth half
    eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert tausend millionen erste zweite dritte
    deux trois quatre cinq sept huit neuf dix onze douze cent mille premier première deuxième troisième
    dos tres cuatro cinco seis siete ocho nueve diez cien mil primero primera segundo segunda
    due tre quattro cinque sei sette otto nove dieci cento
    dois duas três quatro oito dez
    twee drie vijf zes zeven negen tien honderd duizend
    один одна два две три четыре пять шесть семь восемь девять десять сто тысяч
    dwa trzy cztery pięć sześć osiem dziewięć dziesięć tysięcy
    iki üç dört beş altı yedi sekiz dokuz on yüz bin
    一 二 三 四 五 六 七 八 九 十 百 千 万 億
    """
)

CALENDAR_WORDS = frozenset(MONTHS) | WEEKDAYS - {"feira", "segunda"}

# Words of a few letters' difference that say another thing: never a slip of the pen.
_OTHER_SENSE = (
    "man men woman women",
    "boy boys girl girls",
    "son sons",
    "left right",
    "north south east west northern southern eastern western",
    "before after",
    "won lost",
    "killed injured",
    "mother father brother sister grandmother grandfather stepmother stepfather",
    "wife wives husband",
    "male female",
    "iran iraq",
    "niger nigeria",
    "austria australia",
    "slovakia slovenia",
    "gambia zambia",
    "standing sitting",
    "day days night",
    "black blank white",
    "inside outside",
    "legal illegal",
    "upper lower",
)


# Words with opposite meanings, or for the other one of two: replacing one by the other changes a fact.
# A boy in place of a girl is another picture, and in OTHER_SENSE below.
_OPPOSITES = (
    "interior exterior",
    "internal external",
    "inner outer",
    "inside outside",
    "indoor outdoor",
    "indoors outdoors",
    "entrance exit",
    "import export",
    "imports exports",
    "arrival departure",
    "arrives departs leaves",
    "arriving departing leaving",
    "left right",
    "north south east west",
    "northern southern eastern western",
    "before after",
    "front back rear",
    "top bottom",
    "upper lower",
    "up down",
    "over under",
    "above below",
    "won lost",
    "wins loses",
    "winning losing",
    "victory defeat",
    "victories defeats",
    "killed injured wounded",
    "alive dead",
    "first last",
    "opens closes",
    "opened closed",
    "opening closing",
    "open closed",
    "day night",
    "morning afternoon evening",
    "sunrise sunset",
    "dawn dusk",
    "guilty innocent",
    "rise fall",
    "rises falls",
    "increase decrease",
    "buys sells",
    "accepts rejects",
    "accepted rejected",
    "approves rejects",
    "approved rejected",
    "with without",
    "minimum maximum",
    "majority minority",
    "public private",
    "innen außen",
    "links rechts",
    "vor nach",
    "tag nacht",
    "gewonnen verloren",
    "getötet verletzt",
    "tote verletzte",
    "gauche droite",
    "avant après",
    "intérieur extérieur",
    "jour nuit",
    "tué blessé",
    "tués blessés",
    "izquierda derecha",
    "antes después",
    "interior exterior",
    "muertos heridos",
    "esquerda direita",
    "sinistra destra",
    "prima dopo",
    "interno esterno",
    "до после",
    "слева справа",
)


def _opposites() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for sense, words in enumerate(_OPPOSITES):
        for word in words.split():
            found.setdefault(fold_letters(word), set()).add(sense)
    return {word: frozenset(senses) for word, senses in found.items()}


_OPPOSITE_OF = _opposites()
_NEGATING = ("un", "in", "im", "il", "ir", "dis", "non", "anti", "mis")
_TURNING = (
    ("in", "ex"),
    ("im", "ex"),
    ("im", "em"),
    ("pre", "post"),
    ("over", "under"),
    ("up", "down"),
    ("pro", "anti"),
)
_LEAST_STEM = 4
"""Letters: shorter words that begin alike have nothing to do with one another."""


def are_opposed(one: str, other: str) -> bool:
    """Return whether two folded words are opposites: "interior" and "exterior", "legal" and "illegal"."""
    if not _OPPOSITE_OF.get(one, frozenset()).isdisjoint(_OPPOSITE_OF.get(other, frozenset())):
        return one != other
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= _LEAST_STEM and any(longer == prefix + shorter for prefix in _NEGATING):
        return True
    return any(
        first.startswith(left) and second.startswith(right) and first[len(left) :] == second[len(right) :]
        for left, right in _TURNING
        for first, second in ((one, other), (other, one))
        if len(first) - len(left) >= _LEAST_STEM
    )


def _senses() -> dict[str, int]:
    return {word: sense for sense, words in enumerate(_OTHER_SENSE) for word in words.split()}


OTHER_SENSE = _senses()
"""Words that are always different, however similar their spelling: equal numbers, another meaning."""
