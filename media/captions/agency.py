"""The words of credits: agencies and stock libraries, labels, and joining words.

Each list is general (agencies of all continents, labels of some forty languages); none of it is about one
publisher. Agencies are matched as written here, because many are also common words ("Keystone", "Polaris").
"""

import re
from typing import Final, TypeAlias

from media.captions.letters import fold_letters


def _names(lines: str) -> frozenset[str]:
    return frozenset(name for line in lines.split("\n") for name in line.split("|") if name)


def _words(lines: str) -> frozenset[str]:
    return frozenset(lines.split())


_Tree: TypeAlias = "dict[str, _Tree]"


def _one_of(lines: str) -> str:
    """Write the pattern of any of the names, the longest first, as a tree: ten times as fast as a list."""
    tree: _Tree = {}
    for name in _names(lines):
        node = tree
        for character in name:
            node = node.setdefault(character, {})
        node[""] = {}

    def written(node: _Tree) -> str:
        branches = [
            re.escape(character) + written(node[character]) for character in sorted(node) if character
        ]
        if not branches:
            return ""
        choice = branches[0] if len(branches) == 1 and "" not in node else f"(?:{'|'.join(branches)})"
        return choice + ("?" if "" in node else "")

    return f"(?:{written(tree)})"


_AGENCIES: Final = """
AP|AP Images|AP Photo|AP File Photo|AP Photos|A.P.|Associated Press|The Associated Press|ASSOCIATED PRESS
AFP|AFP Photo|AFP PHOTO|Agence France-Presse|Reuters|REUTERS|Thomson Reuters|Getty|GETTY|Getty Images
GETTY IMAGES|Getty Images Sport|Gettyimages|iStock|iStockphoto|Thinkstock|EPA|EPA-EFE|EPA/EFE|EFE|ANSA
LaPresse|Ansa|dpa|DPA|dpa-tmn|dpa-infocom|picture alliance|picture-alliance|Picture Alliance|APA
APA-PictureDesk|KEYSTONE|Keystone|KEYSTONE-SDA|Keystone-SDA|sda|IMAGO|imago|Imago|imago images|imago stock&people
imago-images|IMAGO Images|epd|KNA|ddp|ddp images|action press|ullstein bild|mauritius images|PA|PA Wire
PA Images|PA Media|PA Archive|Press Association|UPI|TASS|ТАСС|РИА Новости|РИА «Новости»|Sputnik|Спутник
ИТАР-ТАСС|Интерфакс|УНИАН|Укринформ|Kyodo|Kyodo News|KYODO|Jiji|Jiji Press|JIJI|Yonhap|YONHAP|Yonhap News
Newsis|Xinhua|XINHUA|China Daily|CNS|CNA|AAP|AAP Image|AAPIMAGE|CP|Canadian Press|The Canadian Press
THE CANADIAN PRESS|CP Images|Belga|BELGA|BELGAIMAGE|ANP|NTB|NTB scanpix|Scanpix|SCANPIX|TT|TT Nyhetsbyrån
Bildbyrån|Ritzau|Ritzau Scanpix|Lehtikuva|LEHTIKUVA|Compic|Lusa|LUSA|ČTK|ČTK/AP|CTK|MTI|PAP|TASR|Agerpres
AGERPRES|MEDIAFAX|Inquam Photos|BTA|БТА|Tanjug|HINA|Hina|PIXSELL|Pixsell|Cropix|STA|BoBo|BNS|LETA|ELTA
ANI|PTI|IANS|UNI|Bernama|BERNAMA|Antara|ANTARA|ANTARA FOTO|Anadolu|Anadolu Agency|Anadolu Ajansı|AA|IHA
İHA|DHA|TTXVN|VNA|WAM|IRNA|ISNA|Fars|Petra|MENA|MAP|APS|TAP|PANA|SABC|ZUMA|ZUMA Press|ZUMAPRESS
Zuma Press|ZUMA Wire|SIPA|Sipa|SIPA USA|Sipa USA|Sipa Press|Abaca|ABACA|ABACAPRESS|Abacapress|Abaca Press
MaxPPP|MAXPPP|PHOTOPQR|Hans Lucas|REA|Gamma-Rapho|Shutterstock|SHUTTERSTOCK|Rex|REX|Rex Features
REX Features|REX/Shutterstock|Alamy|ALAMY|Alamy Stock Photo|Alamy Live News|Adobe Stock|AdobeStock|Adobe
Unsplash|Pexels|Pixabay|Wikimedia|Wikimedia Commons|Wikipedia|Flickr|Creative Commons|NurPhoto|Nurphoto
Bloomberg|Bloomberg News|Redux|Redux Pictures|Magnum|Magnum Photos|Corbis|Polaris|Contour|WireImage
FilmMagic|LightRocket|Future Publishing|Hulton Archive|Bettmann|BACKGRID|Backgrid|Splash|Splash News
SplashNews|MEGA|Mega|SWNS|Caters|Barcroft|Barcroft Media|Avalon|INSTARimages|Everett|Everett Collection
Photofest|Depositphotos|depositphotos|Dreamstime|dreamstime|123RF|123rf|Fotolia|Freepik|Envato|Canva
Midjourney|DALL-E|Cuartoscuro|CUARTOSCURO|Notimex|Andina|ANDINA|Europa Press|EUROPA PRESS|EuropaPress|ACN
Agencia Uno|Agencia UNO|Aton|Télam|Telam|TELAM|NA|Noticias Argentinas|Colprensa|Agência Brasil
Agencia Brasil|Folhapress|FolhaPress|Estadão Conteúdo|Agência Estado|Agência O Globo|Prensa Latina
ACI Prensa|AVN|GFR Media|USA TODAY Sports|USA TODAY|USA Today|USA Today Sports|USA TODAY NETWORK|Imagn
Imagn Images|Icon Sportswire|NBAE|MediaNews Group|TNS|Tribune News Service|New York Times
The New York Times|NYT|Washington Post|The Washington Post|NASA|Nasa|ESA|NOAA|USGS|Maxar
Maxar Technologies|Planet Labs|DVIDS|U.S. Navy|U.S. Army|U.S. Air Force|Handout|HANDOUT|Pool|POOL
Stringer|STRINGER|Courtesy|Cortesía|Cedida|CEDIDA|Cedidas|Archivo|ARCHIVO|Archiv|ARCHIV|Archives|Archivio
Arkiv|Supplied|SUPPLIED|Contributed|Submitted|Facebook|Instagram|Twitter|YouTube|Youtube|TikTok|Telegram
Social media|Screenshot|Screengrab|Action Images|Allsport|Offside|Sportsfile|INPHO|Inpho|Rolling News
RollingNews|Photocall Ireland|SNS|SNS Group|PressEye|Pacemaker|Science Photo Library
SCIENCE PHOTO LIBRARY|SPL|National Geographic|iNaturalist
"""
_AMBIGUOUS: Final = _names("""
AA|ACN|ANI|ANP|AP|APS|Adobe|Alamy|Andina|Antara|Archiv|Archives|Archivio|Archivo|Arkiv|Associated Press
Aton|Avalon|BTA|Bloomberg|Bloomberg News|CNA|CNS|CP|Canva|China Daily|Contour|Contributed|Courtesy
Creative Commons|EPA|ESA|Everett|Facebook|Fars|Flickr|Fotolia|Getty|HANDOUT|HINA|Handout|Hina|Imagn
Instagram|KEYSTONE|Keystone|Lusa|MAP|MEGA|MENA|Magnum|Mega|Mena|Midjourney|NA|NASA|NOAA|NYT|Nasa
National Geographic|New York Times|Offside|PA|PANA|PAP|POOL|Petra|Planet Labs|Polaris|Pool|REA|REX|Redux
Rex|SABC|SNS|SPL|STA|Screenshot|Splash|Sputnik|Stringer|Submitted|Supplied|TAP|TASS|TNS|TT|Telegram
The Associated Press|The New York Times|The Washington Post|TikTok|Twitter|U.S. Air Force|U.S. Army
U.S. Navy|UNI|UPI|USA TODAY|USA Today|USGS|WAM|Washington Post|Wikipedia|Xinhua|YouTube|Youtube|ddp|sda
Спутник|ТАСС
""")

AGENCY: Final = _one_of(_AGENCIES)
"""Pattern of an agency's name; put boundaries around it."""

AGENCY_WORD: Final = re.compile(rf"(?<![^\W_]){AGENCY}(?![^\W_])")
"""An agency's name standing as words of its own."""

AGENCY_WORDS: Final = frozenset(word for name in _names(_AGENCIES) for word in re.findall(r"\w+", name))
"""The words of all agencies' names."""


def is_ambiguous(agency: str) -> bool:
    """Return whether an agency's name is also a common subject of captions.

    Such a name is not enough by itself at the end of a sentence ("a meeting with the EPA", "visits NASA").
    """
    return agency in _AMBIGUOUS


SITES: Final = _names(
    "Facebook|Instagram|Twitter|YouTube|Youtube|TikTok|Telegram|LinkedIn|Pinterest|WhatsApp|X"
)
"""Sites that pictures are taken from and that share bars name: alone they say nothing."""

_LABELS: Final = """
photo|photos|photograph|photographs|photography|picture|pictures|image|images|pic|pics|illustration
graphic|rendering|renderings|image credit|photo credit|photo credits|picture credit|image source
photo source|credit|credits
mandatory credit|source|file photo|file picture|file image|archive photo|stock photo|screenshot
screengrab|courtesy|courtesy photo|photo courtesy|image courtesy|handout photo|copyright|drawing|cartoon|map
artwork|foto|fotos|fotó|fotók
fotografía|fotografia|fotografie|fotograaf|fotoğraf|fotografi|fotograf|fotoarchiv|archivfoto|archivbild
symbolfoto|symbolbild|bild|bilder|bildquelle|bildnachweis|bildrechte|quelle|grafik|montage|collage
titelbild|aufmacherbild|fotomontage|fotokredit|fotocredit|crédit photo|crédits photo|crédit|crédits
crédit image|photo d'archives|photos d'archives|photo archives|photo d'illustration|photo d’illustration|archives
dessin|droits réservés|tous droits réservés
photographie|visuel|crédito|créditos|crédito de la foto|foto de archivo|imagen|imágenes|imagen de archivo
fuente|cortesía|infografía|captura|ilustración|foto di|credito|crediti|immagine|immagini|fonte|fotogramma
fotografo|foto d'archivio|imagem|imagens|reprodução|divulgação|ilustração|foto arquivo|arquivo|beeld
afbeelding|bron|archieffoto|fotobron|foto's|billede|arkivfoto|arkivbild|arkiv|illustrasjonsfoto|illustrasjonsbilde
illustrationsfoto|illustrationsbild|genrebild|genrefoto|pressefoto|pressfoto|kuva
kuvat|kuvaaja|kuvituskuva|arkistokuva|ljósmynd|mynd|zdjęcie|zdjęcia|fot.|fot|źródło|autor|autor zdjęcia
zdroj|foto zdroj|snímek|ilustrační foto|ilustračné foto|izvor|vir|foto izvor|fotoaparat|forrás|kép
illusztráció|sursa foto|sursa|nuotr.|nuotrauka|foto autors|avots|фото|фотография|фотографии|источник
иллюстрация|коллаж|архив|архивное фото|изображение|автор|автор фото|снимка|снимки|слика|фотографія|світлина|джерело
ілюстрація|колаж|кадр|скриншот|φωτογραφία|φωτογραφίες|φωτό|φωτο|πηγή|εικόνα|görsel|resim|kaynak|arşiv
gambar|sumber|dok|dok.|dokumentasi|ảnh|ảnh minh họa|nguồn|nguồn ảnh|hình|hình ảnh|larawan|kuha ni|litrato
picha|picha na|isithombe|izithombe|umthombo|foto deur|تصوير|الصورة|صورة|المصدر|مصدر الصورة|عکس|منبع|صور
צילום|תמונה|קרדיט|מקור|फोटो|छवि|तस्वीर|ছবি|படம்|ภาพ|ที่มา|เครดิต|写真|写真提供|撮影|画像|出典|提供|図
イラスト|写真＝|图|图片|图源|图片来源|供图|摄影|来源|資料照片|圖|圖片|圖源|圖片來源|攝影|사진|사진 제공
사진제공|출처|자료사진|그래픽|이미지
"""
LABEL: Final = _one_of(_LABELS)
"""Pattern of a word that introduces a credit when a colon, "by" or a name follows; ignore case."""

LABEL_WORDS: Final = frozenset(
    word
    for label in (*_names(_LABELS), "by via for the from of courtesy")
    for word in re.findall(r"\w+", fold_letters(label))
)
"""The words of all labels, and those that join them to a name; they are not names."""

SUFFIX: Final = _one_of("""
photo|photos|foto|fotos|file photo|file|files|image|images|picture|pictures|pic|handout|nuotr|nuotr.
arkiv|archiv|archive|archives|archivo|arquivo|divulgação|reprodução|kuva|bild|illustration|graphic
screenshot
""")
"""Words that end a credit ("Bernama photo", "Reuters file", "LRT nuotr."); ignore case."""

CONNECTORS: Final = _words(
    """
    & (c) + - / // a abu agency pic pics staff photographer al al- and archive archives arkiv avec/ ben bin
    by contributed courtesy
    da das de dei del della den der des di do dos du durch e el et file files for fra from från für
    handout i ibn image images ja jr la le les nuotr nuotr. och of og par para per photo photos pool por
    pour provided screengrab screenshot stringer supplied the through und undated van via vom von vía x y
    | © · – — •
    """
)
"""Words in lower case that may stand in a credit."""
