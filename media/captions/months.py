"""Names of months and weekdays in the languages of the press, letters folded."""
# ruff: noqa: E501 (a table reads by its rows)

from media.captions.letters import fold_letters

# One row a language, twelve months, each with the forms that captions use: nominative, genitive,
# abbreviation. Letters are compared folded (:mod:`media.captions.letters`).
_MONTH_TABLE = """
english:    january jan|february feb febr|march|april apr|may|june|july|august aug|september sept sep|october oct|november nov|december dec
german:     januar jänner|februar feber|märz maerz mrz|april|mai|juni|juli|august|september|oktober okt|november|dezember dez
french:     janvier janv|février févr fév|mars|avril avr|mai|juin|juillet juil|août|septembre|octobre|novembre|décembre déc
spanish:    enero|febrero|marzo|abril abr|mayo|junio|julio|agosto|septiembre setiembre|octubre|noviembre|diciembre
italian:    gennaio genn|febbraio febbr|marzo|aprile|maggio magg|giugno|luglio|agosto|settembre sett|ottobre|novembre|dicembre
portuguese: janeiro|fevereiro fev|março|abril|maio|junho jun|julho jul|agosto|setembro|outubro|novembro|dezembro
dutch:      januari|februari|maart mrt|april|mei|juni|juli|augustus|september|oktober|november|december
russian:    январь января янв|февраль февраля февр фев|март марта|апрель апреля апр|май мая|июнь июня|июль июля|август августа авг|сентябрь сентября сент|октябрь октября окт|ноябрь ноября нояб|декабрь декабря дек
ukrainian:  січень січня|лютий лютого|березень березня|квітень квітня|травень травня|червень червня|липень липня|серпень серпня|вересень вересня|жовтень жовтня|листопад листопада|грудень грудня
polish:     styczeń stycznia|luty lutego|marzec marca|kwiecień kwietnia|maj maja|czerwiec czerwca|lipiec lipca|sierpień sierpnia|wrzesień września|październik października|listopad listopada|grudzień grudnia
czech:      leden ledna|únor února|březen března|duben dubna|květen května|červen června|červenec července|srpen srpna|září|říjen října|listopad listopadu|prosinec prosince
turkish:    ocak|şubat|mart|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık
swedish:    januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december
danish:     januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december
norwegian:  januar|februar|mars|april|mai|juni|juli|august|september|oktober|november|desember
finnish:    tammikuuta|helmikuuta|maaliskuuta|huhtikuuta|toukokuuta|kesäkuuta|heinäkuuta|elokuuta|syyskuuta|lokakuuta|marraskuuta|joulukuuta
indonesian: januari|februari|maret|april|mei|juni|juli|agustus|september|oktober|november|desember
romanian:   ianuarie|februarie|martie|aprilie|mai|iunie|iulie|august|septembrie|octombrie|noiembrie|decembrie
greek:      ιανουαρίου|φεβρουαρίου|μαρτίου|απριλίου|μαΐου|ιουνίου|ιουλίου|αυγούστου|σεπτεμβρίου|οκτωβρίου|νοεμβρίου|δεκεμβρίου
hebrew:     ינואר בינואר|פברואר בפברואר|מרץ במרץ|אפריל באפריל|מאי במאי|יוני ביוני|יולי ביולי|אוגוסט באוגוסט|ספטמבר בספטמבר|אוקטובר באוקטובר|נובמבר בנובמבר|דצמבר בדצמבר
egyptian:   يناير|فبراير|مارس|أبريل ابريل إبريل|مايو|يونيو يونيه|يوليو يوليه|أغسطس اغسطس|سبتمبر|أكتوبر اكتوبر|نوفمبر|ديسمبر
levantine:  |شباط|آذار اذار|نيسان|أيار ايار|حزيران|تموز|آب|أيلول ايلول|||
maghrebi:   جانفي|فيفري||أفريل افريل|ماي|جوان|جويلية|أوت|شتنبر||نونبر|دجنبر
"""

# Abbreviations that are words of some language ("set", "ago", "mar"): only between a day and a year.
_WEAK_TABLE = """
gen ene sty oca|lut şub|mar|kwi nis|mag maj|giu cze haz|lug lip tem|ago ağu sie|set wrz eyl|out ott paź eki|lis kas|dic gru ara
"""

# Levantine months of two words: the first word and the second.
PAIRED_MONTHS = {"كانون": {"الثاني": 1, "الاول": 12}, "تشرين": {"الثاني": 11, "الاول": 10}}

_WEEKDAYS_TABLE = """
monday tuesday wednesday thursday friday saturday sunday
montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
lundi mardi mercredi jeudi vendredi samedi dimanche
lunes martes miércoles jueves viernes sábado domingo
lunedì martedì mercoledì giovedì venerdì sabato domenica
segunda terça quarta quinta sexta feira
maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
понедельник вторник среда среду четверг пятница пятницу суббота субботу воскресенье
poniedziałek wtorek środa środę czwartek piątek sobota sobotę niedziela niedzielę
pazartesi salı çarşamba perşembe cuma cumartesi pazar
الاثنين الإثنين الثلاثاء الأربعاء الاربعاء الخميس الجمعة السبت الأحد الاحد
måndag tisdag onsdag torsdag fredag lördag söndag mandag tirsdag lørdag
senin selasa rabu kamis jumat sabtu minggu
"""


def _month_names(table: str) -> dict[str, int]:
    names: dict[str, int] = {}
    for row in table.strip().splitlines():
        for month, forms in enumerate(row.rpartition(":")[2].strip(" ").split("|"), start=1):
            names.update((fold_letters(form), month) for form in forms.split())
    return names


MONTHS = _month_names(_MONTH_TABLE)
WEAK_MONTHS = {name: month for name, month in _month_names(_WEAK_TABLE).items() if name not in MONTHS}
WEEKDAYS = frozenset(fold_letters(name) for name in _WEEKDAYS_TABLE.split())
WEEKDAY_ABBREVIATIONS = frozenset(("Mon", "Tue", "Tues", "Wed", "Thu", "Thur", "Thurs", "Fri", "Sat", "Sun"))
