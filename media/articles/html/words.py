"""Lines of an article page that are not part of the story: calls to the reader, links to other stories, rights."""

import re
from typing import Final


def speaks_to_reader(text: str) -> bool:
    """Return whether a line is not part of the story: it calls on the reader, or leads to other stories."""
    start = _folded(text).lstrip(" •►▶▸>»«-–—*[(|#_'\"“”„")
    word = start[:30].split(" ", 1)[0]
    if word in _FIRST_WORDS and start.startswith(_OPENINGS):
        return True
    if word in _CALLS and _PLATFORM.search(start):
        return True
    if start[:1] in _FIRST_LETTERS and start.startswith(_SINGLE):
        return True
    if "newsletter" in start or "subscriber" in start:
        return any(words in start for words in _OFFERS)
    if not start.isascii() and _EASTERN_OFFERS.search(start) is not None:
        return True
    return _may_state_terms(start) and _states_terms(start)


def _may_state_terms(text: str) -> bool:
    """Return whether a text holds the ASCII letters of terms or opinions, or some of another script: seldom, and quick
    to ask. A search among ASCII letters takes a tenth of the time of one in text that has a single letter more.
    """
    plain = text if text.isascii() else text.encode("ascii", "ignore").decode("ascii")
    for words in _PLAIN_LETTERS:
        if words in plain:
            return True
    if len(text) - len(plain) < _LEAST_LETTERS:
        return False
    return any(words in text for words in _OTHER_LETTERS)


def _states_terms(text: str) -> bool:
    """Return whether a text is about the site's terms: it names two of privacy, use, rules and rights, or says whose
    the opinions are. ``text`` is in small letters.
    """
    if any(words in text for words in _OPINIONS):
        return True
    first = next((words for words in _TERMS if words in text), None)
    return first is not None and any(
        words in text for words in _TERMS if words not in first and first not in words
    )


def _folded(text: str) -> str:
    """Return a text with its case folded; where it is ASCII, lower case is the same, and quicker."""
    return text.lower() if text.isascii() else text.casefold()


def calls_in_passing(text: str) -> bool:
    """Return whether a sentence of a text calls on the reader: "...: Follow our channel on WhatsApp"."""
    shown = _folded(text)
    if any(words in shown for words in _HOUSE_CALLS):
        return True
    return _PLATFORM.search(shown) is not None and any(
        found[1] in _CALLS for found in _SENTENCE_BEGINS.finditer(shown)
    )


_SENTENCE_BEGINS = re.compile(r"(?:[.:!?]\s+|\A\W*)(\w+)")
_HOUSE_CALLS: Final = (
    "happy reading",
    "support our journalism",
    "support our work",
    "become a member",
    "your inbox",
)
_TERMS: Final = (
    "privacy policy", "privacy notice", "cookie policy", "terms of use", "terms of service", "terms and conditions",
    "community guidelines", "comment policy", "community standards", "datenschutzerklärung", "nutzungsbedingungen",
    "kommentarregeln", "netiquette", "politique de confidentialité", "conditions d'utilisation", "charte de modération",
    "política de privacidad", "términos de uso", "términos y condiciones", "normas de participación",
    "política de privacidade", "termos de uso", "informativa sulla privacy", "condizioni d'uso", "privacybeleid",
    "gebruiksvoorwaarden", "integritetspolicy", "personvern", "polityka prywatności", "regulamin",
    "политика конфиденциальности", "политикой конфиденциальности", "пользовательское соглашение",
    "سياسة الخصوصية", "شروط استخدام", "شروط الاستخدام", "إرشادات الاستخدام",
    "隐私政策", "使用条款", "プライバシーポリシー", "利用規約",
)  # fmt: skip
_OPINIONS: Final = (
    "not necessarily reflect the view", "not necessarily reflect the opinion", "not necessarily those of",
    "views expressed in this article", "opinions expressed in this article", "opinions expressed below",
    "gibt nicht zwangsläufig die meinung der redaktion", "gibt nicht unbedingt die meinung der redaktion",
    "no reflejan necesariamente", "não refletem necessariamente", "ne reflètent pas nécessairement",
    "n'engagent que leur", "non riflettono necessariamente", "может не совпадать с мнением", "لا تعبر عن رأي",
    "لا تعبر بالضرورة",
)  # fmt: skip
_PLAIN: Final = {words: words.encode("ascii", "ignore").decode("ascii") for words in (*_TERMS, *_OPINIONS)}
_PLAIN_LETTERS: Final = tuple(plain for plain in _PLAIN.values() if len(plain) > 4)
_OTHER_LETTERS: Final = tuple(words for words, plain in _PLAIN.items() if len(plain) <= 4)
"""The ASCII letters of each; those that have hardly any, as they are."""
_LEAST_LETTERS: Final = min(len(words) - len(_PLAIN[words]) for words in _OTHER_LETTERS)


def heads_comments(text: str) -> bool:
    """Return whether a line is the heading of what readers say to a story ("12 Comments")."""
    return len(text) < MAX_HEADING and _folded(text).strip(_AROUND) in _COMMENTS


def heads_stories(text: str) -> bool:
    """Return whether a line is the heading of other stories, or of the author's account."""
    return len(text) < MAX_HEADING and _folded(text).strip(_AROUND) in _STORIES


def is_label(text: str) -> bool:
    """Return whether a line is a word of the page's own: "Advertisement", "Share"."""
    return len(text) < MAX_HEADING and _folded(text).strip(_AROUND) in _LABELS


def names_control(text: str) -> bool:
    """Return whether a line is the label of a player, a pager or a gallery: "Ver video", "Slideshow (15 images)"."""
    return len(text) < _MAX_CONTROL and _CONTROL.fullmatch(text.strip(_BRACKETS)) is not None


_MAX_CONTROL: Final = 60
"""Characters: a button says no more."""
_BRACKETS: Final = " •►▶▸>»«*[]|#_:…."
_COUNT: Final = r"[\(\[]?\s?\d{1,4}\s?(?:/|of|von|de|di|sur|av|af|van|из|\|)\s?\d{1,4}\s?[\)\]]?"
_TIME: Final = r"\d{1,2}:\d{2}(?::\d{2})?(?:\s?(?:min|sec|h)\.?)?"
_SHOWN: Final = (
    r"(?:images?|photos?|pictures?|slides?|videos?|clips?|gallery|galleries|slideshow|bilder?|fotos?|fotogalerie|imagen"
    r"|imágenes|vídeos?|galería|galerie|vidéos?|immagini|immagine|foto|imagem|imagens|bilde|billeder?|kuvat?|фото|видео)"
)
_CONTROL = re.compile(
    rf"""(?:
      {_COUNT} | {_SHOWN}\s?\#?{_COUNT} | {_SHOWN}\s?\#?\d{{1,3}}
    | (?:slideshow|gallery|photo\ gallery|bildergalerie|fotostrecke|galería|galerie|diaporama)?\s?
      [\(\[]?\s?\d{{1,3}}\s{_SHOWN}\s?[\)\]]?
    | (?:audio|video|vídeo|vidéo|duration|dauer|länge)?:?\s?{_TIME}
    | (?:ver|watch|see|view|play|open|show|launch|voir|regarder|guarda|vedi|assista|veja|jetzt|zum|zur|die|le|la|el|il)
      \s(?:the\s|all\s|full\s|más\s)?{_SHOWN}(?:\s(?:ansehen|starten|anzeigen|öffnen|here))?
    | {_SHOWN}\s(?:ansehen|starten|anzeigen|öffnen|abspielen)
    | (?:video|audio|media)\s?player(?:\s(?:is\ )?loading)? | now\ playing | up\ next | next\ up | playing\ next
    | (?:image|photo|picture)\s(?:copyright|source|caption|credit|unavailable) | caption | credits? | current\ time
    | (?:next|previous|prev|play|pause|mute|unmute|share|close|expand|enlarge|zoom|fullscreen|full\ screen|autoplay
      |replay|skip\ ad|loading|live|buy\ photo|download|siguiente|anterior|suivant|précédent|weiter|zurück|avanti
      |indietro|próxima|próximo)
    | (?:listen\sto|écouter|escuchar?|ouvir|ouça|ascolta|(?:an)?hören|luister\snaar|lyssna\spå|lyt\stil|lytt\stil
      |kuuntele|posłuchaj|прослушать|слушать)(?:\s(?:this|the|cet|l['’]|este|esta|la|il|o|a|dit|dette|den|der|diesen))?\s?\w+
    | (?:artikel|beitrag|bericht)\s(?:an|vor)?(?:hören|lesen\slassen)
    | (?:lecture\sen\scours|en\scours\sde\slecture|reproduciendo|reproduzindo|chargement|cargando|carregando|caricamento
      |wird\sgeladen|laddar|ładowanie|загрузка)(?:\s?[.…]+)?
    | (?:powiększ|agrandir|ampliar|vergrößern|ingrandisci|vergroten|förstora|forstørr|suurenna|увеличить|büyüt)
      (?:\s(?:zdjęcie|l['’]image|la\simagen|bild|l['’]immagine|bilden|bildet|kuva|фото))?
    | (?:click|tap)\s(?:here\ )?to\s\w+(?:\s\w+){{0,3}} | open\ image\ modal | hide\ caption | toggle\ caption
    )""",
    re.IGNORECASE | re.VERBOSE,
)

_AROUND: Final = ' •►▶▸>»«-–—*[](){}|#_:…."“”„0123456789'
MAX_HEADING: Final = 40
"""Characters: what is longer heads nothing of these."""
_COMMENTS: Final = frozenset((
    "comments", "comment", "top rated comments", "top comments", "reader comments", "leave a comment",
    "leave a reply", "post a comment", "join the conversation", "join the discussion", "discussion", "replies",
    "kommentare", "kommentar", "leserkommentare", "kommentar schreiben", "commentaires", "réactions",
    "laisser un commentaire", "comentarios", "deja un comentario", "comentários", "deixe um comentário",
    "commenti", "lascia un commento", "reacties", "kommentarer", "kommentit", "keskustelu", "комментарии",
    "коментарі", "komentarze", "komentáře", "hozzászólások", "comentarii", "yorumlar", "σχόλια", "komentar",
    "bình luận", "ý kiến", "maoni", "评论", "网友评论", "评论区", "コメント", "댓글", "التعليقات", "تعليقات",
))  # fmt: skip
_STORIES: Final = frozenset((
    "related stories", "related articles", "related news", "related posts", "related content", "more stories",
    "more news", "most read", "most popular", "most viewed", "trending", "trending now", "recommended",
    "recommended for you", "you may also like", "you might also like", "more from this author", "about the author",
    "about the authors", "latest news", "latest stories", "read next", "up next", "sponsored content",
    "mehr zum thema", "mehr artikel", "meistgelesen", "das könnte sie auch interessieren", "auch interessant",
    "weitere artikel", "über den autor", "über die autorin", "à lire aussi", "sur le même sujet",
    "sur le même thème", "les plus lus", "articles liés", "à propos de l'auteur", "artículos relacionados",
    "noticias relacionadas", "lo más leído", "más leídas", "más noticias", "te puede interesar",
    "sobre el autor", "notícias relacionadas", "mais lidas", "veja também", "leia também", "articoli correlati",
    "leggi anche", "i più letti", "lees ook", "meest gelezen", "les også", "läs mer", "læs også", "lue myös",
    "luetuimmat", "читайте также", "по теме", "самое читаемое", "czytaj także", "polecane", "najczęściej czytane",
    "ilgili haberler", "çok okunanlar", "tin liên quan", "baca juga", "berita terkait", "相关阅读", "相关新闻",
    "推荐阅读", "延伸阅读", "関連記事", "おすすめ記事", "アクセスランキング", "관련기사", "많이 본 뉴스",
))  # fmt: skip
_LABELS: Final = frozenset((
    "advertisement", "advertising", "ad", "advert", "sponsored", "anzeige", "werbung", "annons", "annonce",
    "publicité", "publicidad", "publicidade", "pubblicità", "advertentie", "reklama", "reklame", "reklam",
    "mainos", "реклама", "διαφήμιση", "quảng cáo", "iklan", "广告", "廣告", "広告", "광고", "إعلان",
    "share", "share this", "share this article", "teilen", "partager", "compartir", "compartilhar", "condividi",
    "delen", "del", "dela", "jaa", "поделиться", "udostępnij", "paylaş", "分享", "シェア", "공유", "شارك",
    "print", "drucken", "imprimer", "imprimir", "stampa", "save", "copy link", "link copied", "loading", "close",
    "caption", "listen to this article", "artikel anhören", "read more", "view comments", "show more",
    "story continues below",
    "story continues below advertisement", "article continues below", "continue reading", "weiterlesen",
))  # fmt: skip
_PLATFORM = re.compile(
    r"(?:facebook|twitter|instagram|whats\s?app|telegram|youtube|tik\s?tok|linkedin|google (?:news|discover|\+)|threads"
    r"|bluesky|mastodon|flipboard|newsletters?|podcasts?|rss|app store|google play|微信|公众号|微博)(?!\w)"
)
_CALLS: Final = frozenset((
    # Words that call on the reader, as they begin a line; a platform or a newsletter has to follow.
    "follow", "subscribe", "sign", "join", "get", "download", "click", "check", "read", "watch", "listen",
    "share", "like", "find", "visit", "log", "register", "support", "stay", "want", "enjoy", "keep",
    "folge", "folgen", "folgt", "folgst", "abonnieren", "abonniere", "jetzt", "lesen", "hören", "teilen",
    "melde", "suivez", "abonnez-vous", "inscrivez-vous", "retrouvez", "téléchargez", "cliquez", "partagez",
    "sigue", "síguenos", "siga", "suscríbete", "suscribirse", "únete", "descarga", "recibe", "comparte",
    "seguici", "segui", "iscriviti", "leggi", "scarica", "ricevi", "clicca", "assine", "inscreva-se",
    "leia", "receba", "baixe", "clique", "volg", "lees", "abonneer", "meld", "følg", "læs", "tilmeld",
    "abonner", "följ", "läs", "prenumerera", "seuraa", "lue", "tilaa", "подписывайтесь", "подпишитесь",
    "читайте", "следите", "присоединяйтесь", "subskrybuj", "obserwuj", "czytaj", "zapisz", "sledujte",
    "čtěte", "abone", "takip", "cek", "ikuti", "baca", "simak", "dapatkan", "theo", "đọc", "jiunge",
    "fuata",
))  # fmt: skip
_OPENINGS: Final = (
    # How lines begin that speak to the reader, lead to other stories or name rights and staff.
    "read more", "see more", "read also", "read next", "also read", "see also", "watch more", "listen now",
    "learn more", "find out more", "more on ", "more from", "more about", "related:", "related |",
    "related stor", "related article", "related content", "related post", "related news", "related roundup",
    "related link", "recommended:", "recommended for you", "you may also", "you might also", "don't miss",
    "don’t miss", "must read", "read:", "watch:", "watch |", "listen:", "read |", "also on ",
    "like this story", "click here", "sign up for", "sign up to", "log in to", "subscribe to our",
    "subscribe now", "this article was originally", "this article originally", "this article first",
    "this story was originally", "this story originally", "this story first", "this post was originally",
    "originally published", "originally appeared", "first published", "this article has been adapted",
    "copyright", "©", "(c) ", "all rights reserved", "to view the full story", "join now", "advertisement",
    "share this", "lesen sie auch", "lesen sie mehr", "lesen sie hier", "hören sie auch", "sehen sie auch",
    "mehr zum thema", "mehr dazu", "mehr artikel", "mehr lesen", "jetzt weiterlesen", "auch interessant",
    "das könnte sie auch", "alle rechte vorbehalten", "dieses thema im programm", "diesen artikel teilen",
    "artikel teilen", "lire aussi", "lire également", "lire la suite", "à lire aussi", "a lire aussi",
    "à lire également", "voir aussi", "sur le même sujet", "tous droits réservés", "lee también",
    "lea también", "leer más", "lea más", "te puede interesar", "te recomendamos", "le puede interesar",
    "más información", "mira también", "vea también", "ver también", "noticias relacionadas",
    "todos los derechos", "todos os direitos", "leggi anche", "potrebbe interessarti", "tutti i diritti",
    "leia também", "leia mais", "veja também", "saiba mais", "lees ook", "lees meer", "les også",
    "læs også", "läs också", "läs mer", "läs även", "lue myös", "lue lisää", "lue seuraavaksi",
    "lue aiheesta", "читайте также", "читать также", "читайте ещё", "смотрите также", "по теме:",
    "czytaj też", "czytaj także", "zobacz też", "zobacz także", "czytaj więcej", "baca juga", "simak juga",
    "xem thêm", "đọc thêm", "ilgili haber", "taip pat skaitykite", "čtěte také", "čtěte taky", "citește și",
    "citiți și", "soma pia", "funda olunye",
    # Consent to what others show on the page, and adverts for the site's own app.
    "we use cookies", "this website uses cookies", "this site uses cookies", "to view this content",
    "to see this content", "please accept cookies", "please enable javascript", "javascript is disabled",
    "allow twitter content", "allow x content", "allow instagram content", "allow youtube content",
    "allow facebook content", "allow tiktok content", "we need your permission", "we need your consent to load",
    "an dieser stelle finden sie", "an dieser stelle befindet sich", "empfohlener redaktioneller inhalt",
    "externer inhalt", "externe inhalte", "ich bin damit einverstanden, dass mir", "mit ihrer zustimmung wird",
    "wir benötigen ihre zustimmung", "um diesen inhalt", "bitte aktivieren sie javascript",
    "ce contenu est bloqué", "pour afficher ce contenu", "para ver este contenido", "utilizamos cookies",
    "usamos cookies", "per visualizzare questo contenuto", "utilizziamo i cookie", "om deze inhoud te",
    "wij gebruiken cookies", "vi bruger cookies", "vi använder kakor", "vi använder cookies",
    "download the app", "download our app", "get the app", "get our app", "scan the qr code", "jetzt die app",
    "laden sie die app", "laden sie sich die", "téléchargez l'app", "téléchargez notre app", "descarga la app",
    "descarga nuestra app", "scarica l'app", "scarica la nostra app", "baixe o app", "baixe o aplicativo",
    "download de app", "download appen", "hent appen", "lataa sovellus", "pobierz aplikację",
    "скачайте приложение", "установите приложение", "unduh aplikasi", "tải ứng dụng",
    "関連記事", "【関連", "あわせて読みたい", "続きを読む", "相关阅读", "相关新闻",
    "相关报道", "延伸阅读", "推荐阅读", "责任编辑", "責任編輯", "原标题", "原標題",
    "관련기사", "관련 기사", "اقرأ أيضا", "اقرأ أيضًا",
)  # fmt: skip
_OFFERS: Final = (
    "to our newsletter", "for our newsletter", "our free newsletter", "our daily newsletter",
    "our weekly newsletter", "free weekly newsletter", "free daily newsletter", "already a subscriber",
)  # fmt: skip
_EASTERN_OFFERS = re.compile("会員登録が必要|会員の方のみ|未经授权|轉載請|转载请|无断転載|無断転載")
_FIRST_WORDS: Final = frozenset(opening.split(" ", 1)[0] for opening in _OPENINGS)
_SINGLE: Final = tuple(opening for opening in _OPENINGS if " " not in opening)
_FIRST_LETTERS: Final = frozenset(opening[0] for opening in _SINGLE)
