"""The versions of fingerprints and matching rules, in one module that imports nothing.

A scan that finds nothing new needs only these, and does not import the code that decodes and compares pictures.
A change that gives other values must raise the version here: values of the old version are then renewed
(:mod:`catalog.store.versions`).
"""

from collections.abc import Mapping

RECIPE_VERSION = 5
"""The version of decoding pictures (:mod:`media.pictures.decode`) and making their thumbnails. A new recipe makes new
fingerprints."""

PRINT_VERSIONS: Mapping[str, int] = {
    "phash": 10 * RECIPE_VERSION + 1,
    "dhash": 10 * RECIPE_VERSION + 1,
    "blobs": 10 * RECIPE_VERSION + 1,
    "pixels": 2,
    "making": 2,
}
"""The version of each fingerprint, by its method: :mod:`media.pictures.phash`, :mod:`media.pictures.local_features`.
``pixels`` is ``pixels_sha256`` (as bytes, empty if there is none; version 1 was not kept among the fingerprints):
:mod:`media.pictures.decode`. ``making`` belongs to :mod:`media.pictures.making`."""

CREDIT_VERSION = 1
"""The version of separating credits from captions (:mod:`media.captions.credit`), which all readers of articles and
pictures share: a new one reads all of these again."""

MATCH_VERSION = 8
"""The version of the rules by which pictures match: :mod:`media.matching.pictures.pairs`; kept with every match."""

FINDING_VERSIONS: Mapping[str, int] = {"stories": 2, "furniture": 2, "credits": 1}
"""The versions of the rules by which stories and furniture are found and credits learned:
:mod:`media.matching.articles.stories`, :mod:`media.matching.furniture`, :mod:`media.matching.captions.credits`. A new
version finds all of them again, from the catalogue."""
