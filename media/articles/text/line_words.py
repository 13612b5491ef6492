"""Words that are typical of kinds of lines, in the languages of the press.

No word decides alone: they are signals that :mod:`media.articles.text.lines` weighs.
"""

import re
from typing import Final

CAPTION_LABEL: Final = r"(?:Image|Media|Photo|Picture|Video) caption"
"""A pattern: what a page sets before a caption for screen readers."""

_FURNITURE: Final = """
share|shares|subscribe|subscribers|subscription|newsletter|newsletters|sign up|sign in|log in|login
register|comments|comment|read more|see more|show more|load more|more from|more on|more coverage
most read|most popular|most viewed|most shared|popular|trending|related|recommended|you may also like
you might like|don't miss|read also|also read|see also|read next|up next|editor's picks|our picks
latest news|top stories|special project|follow us|follow|like us|tweet|facebook|twitter|whatsapp
instagram|linkedin|pinterest|telegram|email|e-mail|copy link|bookmark|privacy|cookie|cookies|terms
copyright|all rights reserved|contact us|about us|about the author|advertisement|advertising|sponsored
promoted|skip to|back to|download|watch|listen|video|videos|gallery|photos|posted|published|updated
last updated|min read|minute read|minutes read|ago|edition|tags|filed under|categories|support us|donate
breaking news|click here|learn more|view all|view comments|correction|reporting by|editing by
contributed to this report|©|teilen|merken|drucken|kommentare|kommentar|mehr zum thema|lesen sie auch
lesen sie mehr|weiterlesen|anzeige|werbung|abo|abonnieren|anmelden|registrieren|impressum|datenschutz
startseite|lesezeit|zur startseite|schlagworte|mehr dazu|auch interessant|meistgelesen|artikelrechte
aktualisiert|veröffentlicht|nach oben|feedback|leserbriefe|partager|lire aussi|à lire aussi|lire plus
abonnez-vous|s'abonner|abonnés|commentaires|publicité|suivez-nous|connexion|sur le même sujet|accueil
publié|mis à jour|imprimer|à la une|mots-clés|réagir|temps de lecture|compartir|leer más|lea también
lee también|te puede interesar|te recomendamos|suscríbete|suscribirse|comentarios|publicidad|boletín
síguenos|iniciar sesión|más noticias|relacionadas|relacionados|etiquetas|imprimir|últimas noticias
lo más leído|más leídas|notas relacionadas|ver más|vea también|compartilhe|compartilhar|leia mais
leia também|assine|comentários|publicidade|últimas notícias|veja também|condividi|leggi anche|abbonati
commenti|pubblicità|iscriviti|riproduzione riservata|seguici|potrebbe interessarti|lees ook|lees meer
reageer|reacties|abonneer|advertentie|inloggen|läs mer|läs också|kommentera|prenumerera|annons|logga in
les mer|les også|kommentarer|abonner|annonse|logg inn|læs mere|læs også|annonce|lue lisää|lue myös
kommentit|tilaa|mainos|kirjaudu|więcej|czytaj też|czytaj także|udostępnij|komentarze|reklama|skaitykite
skaitykite daugiau|dalintis|komentarai|sdílet|diskuse|čtěte také|megosztás|distribuie|citește și
читайте также|поделиться|подписаться|подписывайтесь|подпишитесь|комментарии|реклама|по теме|поділитися
читайте також|διαβάστε επίσης|paylaş|yorumlar|abone ol|reklam|baca juga|bagikan|komentar|berita terkait
chia sẻ|bình luận|xem thêm|tin liên quan|đăng ký|đăng nhập|soma pia|shiriki|اقرأ أيضا|مشاركة|تعليق
تعليقات|שתף|תגובות|评论|评论数|责任编辑|相关阅读|相关新闻|專題|訂閱|分享到|原標題|原标题|シェア|関連記事
ランキング|ログイン|続きを読む|記事一覧|あわせて読みたい|無断転載|관련기사|댓글|무단전재|재배포|로그인
기사제보|많이 본|더보기|페이스북|推荐阅读|关注我们|微信公众号|点击进入|相关链接|关联阅读|もっと読む
会員登録|有料会員|記事全文|기사입력|최종수정|구독하기|공유하기|follow us on|sign up for
join the conversation|slideshow|full article|full coverage|report this|i'm in|like this|enjoy this
need more|want more|más información|para saber más|weitere informationen|mehr informationen
en savoir plus|per saperne di più|läs även|also on|le puede interesar|puede interesarle
deja un comentario|leave a comment|leave a reply|mark as read|get the latest|audio|transcript
"""
_CAPTION: Final = """
left|right|center|centre|second left|second right|from left|pictured|seen|file photo|photo|photograph
image|picture|poses|pose|shown|is seen|are seen|is shown|is pictured|looks on|look on|view|general view
aerial view|portrait|illustration|rendering|screenshot|courtesy|handout|in this photo|in this image
undated|stands|stand|walks|walk|speaks|speak|arrives|arrive|attends|attend|waits|wait|holds|hold|sits
sit|gestures|reacts|celebrates|celebrate|waves|wave|gather|gathers|march through|enter|enters|leaves|leave|carry
carries|wears|wearing|watches|watch|smiles|listens|talks|addresses|performs|perform|performing|standing
sitting|holding|walking|speaking|posing|during|alongside|next to|in front of|links|rechts|mitte|v.l.
v.r.|im bild|auf dem bild|das bild zeigt|symbolbild|archivbild|während|zeigt|steht|spricht|à gauche
à droite|au centre|pendant|ici|izquierda|derecha|al centro|durante|en la imagen|imagen de|en la foto
esquerda|direita|sinistra|destra|nella foto|venstre|høyre|vänster|höger|vasemmalla|oikealla|слева|справа
на фото|на снимке|z lewej|z prawej|tampak|trong ảnh|图为|图注|왼쪽|오른쪽|모습|하고 있다
"""
_REPORTING: Final = """
said|says|told|added|according to|reported|announced|asked|explained|argued|noted|wrote|sagte|sagt
erklärte|laut|nach angaben|betonte|teilte|mitgeteilt|so der|hieß es|a déclaré|selon|a expliqué|explique
affirme|a annoncé|estime|dijo|según|afirmó|explicó|aseguró|señaló|indicó|disse|segundo|afirmou|ha detto
secondo|ha dichiarato|spiega|zei|aldus|volgens|säger|sade|enligt|sier|sa|ifølge|siger|kertoo|sanoo
mukaan|сказал|заявил|сообщил|отметил|по словам|powiedział|według|mengatakan|menurut|ujar|kata|cho biết
theo|表示|称|说|指出|透露|と述べた|という|によると|话|말했다|밝혔다|따르면|전했다|قال|وأضاف
"""


def _pattern(lines: str) -> re.Pattern[str]:
    names = {name for line in lines.split("\n") for name in line.split("|") if name}
    longest_first = [re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name))]
    spaced = "|".join(name for name in longest_first if not _UNSPACED.search(name))
    unspaced = "|".join(name for name in longest_first if _UNSPACED.search(name))
    either = rf"(?<!\w)(?:{spaced})(?!\w)" + (f"|{unspaced}" if unspaced else "")
    return re.compile(either, re.IGNORECASE)


_OFFERS: Final = """
subscribe|subscribing|subscriber|subscription|newsletter|newsletters|sign up|sign in|log in|privacy policy
privacy notice|cookie policy|terms of use|terms of service|all rights reserved|submitting a comment|our comments
comments section|keep comments|comment policy|community guidelines|join the conversation|unlimited access
digital access|click here|get the latest|delivered to your|your inbox|download the app|support our journalism
donate|affiliate commission|become a member|happy reading|special offers|read our
abonnieren|newsletter-anmeldung|datenschutzerklärung|jetzt anmelden|mehr informationen zu|kommentarfunktion
abonnez-vous|s'abonner|inscrivez-vous|conditions d'utilisation|suscríbete|suscribirse|regístrate|términos y condiciones
assine|cadastre-se|abbonati|iscriviti|aanmelden|prenumerera|registrera dig|abonner|tilaa|подпишитесь|подписывайтесь
abone ol|berlangganan|đăng ký|订阅|版权所有|未经授权|無断転載|会員登録|무단전재|اشترك|التعليقات
"""
_AUTHOR: Final = """
is a freelance|is a writer|is a reporter|is a journalist|is a staff writer|is a senior writer|is a senior editor
is an editor|is the editor|is the author|is an author|is a correspondent|is a producer|is a columnist|is a contributor
is a contributing|writes about|covers politics|covers business|follow him on|follow her on|has written for
ist redakteur|ist redakteurin|ist korrespondent|ist autor|arbeitet als|est journaliste|es periodista|è giornalista
"""

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
FURNITURE: Final = _pattern(_FURNITURE)
"""Words of page furniture: share bars, menus, teasers, footers."""
CAPTION: Final = _pattern(_CAPTION)
"""Words that captions use: positions in the picture, the picture itself, what is seen."""
REPORTING: Final = _pattern(_REPORTING)
"""Words of reported speech, the mark of body text."""
OFFERS: Final = _pattern(_OFFERS)
"""Phrases that address a page's readers: offers, terms, rules for comments."""
AUTHOR: Final = _pattern(_AUTHOR)
"""Phrases about a page's authors."""
