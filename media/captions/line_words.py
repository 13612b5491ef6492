"""Words by which a line of a page shows what it is, in the languages of the press.

None of them decides anything by itself: they are signals that :mod:`media.captions.lines` weighs.
"""

import re
from typing import Final

_FURNITURE: Final = """
share|shares|subscribe|subscribers|subscription|newsletter|newsletters|sign up|sign in|log in|login
register|comments|comment|read more|see more|show more|load more|more from|more on|more coverage
most read|most popular|most viewed|most shared|popular|trending|related|recommended|you may also like
you might like|don't miss|read also|also read|see also|read next|up next|editor's picks|our picks
latest news|top stories|special project|follow us|follow|like us|tweet|facebook|twitter|whatsapp
instagram|linkedin|pinterest|telegram|email|e-mail|print|copy link|bookmark|save|privacy|cookie|cookies
terms|copyright|all rights reserved|contact us|about us|about the author|advertisement|advertising
sponsored|promoted|menu|search|home|skip to|back to|close|download|app|watch|listen|video|videos|gallery
photos|live|posted|published|updated|last updated|min read|minute read|minutes read|ago|edition|topics
tags|filed under|categories|support us|donate|breaking news|click here|learn more|view all|view comments
correction|reporting by|editing by|contributed to this report|©|teilen|merken|drucken|kommentare
kommentar|mehr zum thema|lesen sie auch|lesen sie mehr|weiterlesen|anzeige|werbung|abo|abonnieren
anmelden|registrieren|impressum|datenschutz|startseite|lesezeit|folgen|themen|zur startseite|quelle
autor|schlagworte|mehr dazu|auch interessant|meistgelesen|artikelrechte|aktualisiert|veröffentlicht|uhr
nach oben|feedback|leserbriefe|partager|lire aussi|à lire aussi|lire plus|abonnez-vous|s'abonner|abonnés
commentaires|publicité|suivez-nous|connexion|sur le même sujet|accueil|publié|mis à jour|imprimer|vidéo
à la une|mots-clés|réagir|temps de lecture|compartir|leer más|lea también|lee también|te puede interesar
te recomendamos|suscríbete|suscribirse|comentarios|publicidad|boletín|síguenos|seguir|iniciar sesión
más noticias|relacionadas|relacionados|etiquetas|temas|imprimir|actualizado|publicado|últimas noticias
lo más leído|más leídas|notas relacionadas|ver más|vea también|compartilhe|compartilhar|leia mais
leia também|assine|comentários|publicidade|últimas notícias|veja também|condividi|leggi anche|leggi
abbonati|commenti|pubblicità|iscriviti|riproduzione riservata|seguici|potrebbe interessarti|lees ook
lees meer|delen|reageer|reacties|abonneer|advertentie|inloggen|läs mer|läs också|dela|kommentera
prenumerera|annons|logga in|les mer|les også|del|kommentarer|abonner|annonse|logg inn|læs mere|læs også
annonce|lue lisää|lue myös|jaa|kommentit|tilaa|mainos|kirjaudu|więcej|czytaj też|czytaj także|udostępnij
komentarze|reklama|skaitykite|skaitykite daugiau|dalintis|komentarai|sdílet|diskuse|čtěte také|megosztás
distribuie|citește și|читайте также|поделиться|подписаться|подписывайтесь|подпишитесь|комментарии
реклама|новости|по теме|главная|войти|поділитися|читайте також|διαβάστε επίσης|paylaş|yorumlar|abone ol
reklam|baca juga|bagikan|komentar|berita terkait|simak|chia sẻ|bình luận|xem thêm|tin liên quan|đăng ký
đăng nhập|soma pia|shiriki|اقرأ أيضا|مشاركة|تعليق|تعليقات|שתף|תגובות|分享|评论|评论数|责任编辑|相关
相关阅读|相关新闻|推荐|订阅|登录|版权|编辑|来源|点击|热门|專題|訂閱|分享到|原標題|原标题|返回|打印|字号
关注|微信|シェア|関連|関連記事|ランキング|会員|ログイン|購読|続きを読む|記事一覧|有料|あわせて読みたい
コメント|トップ|一覧|無断転載|공유|관련기사|댓글|구독|무단전재|재배포|로그인|기사제보|입력|수정|추천
많이 본|더보기|페이스북
"""
_CAPTION: Final = """
left|right|center|centre|second left|second right|from left|pictured|seen|file photo|photo|photograph
image|picture|poses|pose|shown|is seen|are seen|is shown|is pictured|looks on|look on|view|general view
aerial view|portrait|illustration|rendering|screenshot|courtesy|handout|in this photo|in this image
undated|stands|stand|walks|walk|speaks|speak|arrives|arrive|attends|attend|waits|wait|holds|hold|sits
sit|gestures|reacts|celebrates|celebrate|waves|wave|gather|gathers|march|enter|enters|leaves|leave|carry
carries|wears|wearing|watches|watch|smiles|listens|talks|addresses|performs|perform|performing|standing
sitting|holding|walking|speaking|posing|during|alongside|next to|in front of|links|rechts|mitte|v.l.
v.r.|im bild|auf dem bild|das bild zeigt|symbolbild|archivbild|bei|während|zeigt|steht|spricht|à gauche
à droite|au centre|lors|pendant|ici|izquierda|derecha|al centro|durante|en la imagen|imagen de
en la foto|esquerda|direita|sinistra|destra|nella foto|venstre|høyre|vänster|höger|vasemmalla|oikealla
слева|справа|на фото|на снимке|z lewej|z prawej|kiri|kanan|saat|tampak|trong ảnh|左|右|中央|中|图为|图注
図|왼쪽|오른쪽|모습|하고 있다
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
    return re.compile(rf"(?<!\w)(?:{spaced})(?!\w)|{unspaced}", re.IGNORECASE)


_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
FURNITURE: Final = _pattern(_FURNITURE)
"""Words of page furniture: share bars, menus, teasers, footers."""
CAPTION: Final = _pattern(_CAPTION)
"""Words that captions use: positions in the picture, the picture itself, what is seen."""
REPORTING: Final = _pattern(_REPORTING)
"""Words of reported speech, the mark of body text."""
