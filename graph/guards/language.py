"""Guard of the language: a light detector by the small words that no sentence does without."""

import re
import unicodedata

from graph.guards.stage import Finding, Stage, spans, words

PROFILES: dict[str, frozenset[str]] = {
    "en": frozenset(
        "the of and to in is it that was for on are as with his they at be this have from or had by not but what all were "
        "we when your can said there use an each which she do how their if will up other about out many then them these "
        "so some her would make like him into time has look more go see no way could my than been who its now did get i "
        "you he me i'm i've i'd i'll it's that's don't you've you're".split()
    ),
    "de": frozenset(
        "der die das und ist ich nicht sie es ein eine einen mit auf für den dem des im von zu dass habe hat haben wir ihr "
        "ihre ihnen ihrem auch noch nur aber wenn wie was mir mich niemand seit kein keine sind war bin bei nach aus über "
        "um hier schon jetzt gerne vielen dank".split()
    ),
    "fr": frozenset(
        "le la les de des du un une et est je ne pas que qui vous nous il elle ce cette dans pour sur avec plus mais "
        "au aux mon ma mes votre vos personne rien depuis j'ai c'est n'ai m'a suis été merci beaucoup aide".split()
    ),
    "es": frozenset(
        "el la los las de del un una y es que no en por para con se su sus lo al mi me yo usted pero como más muy "
        "ya está estaba tengo nadie nada dicen dicho mis soy debo aún sin hay gracias".split()
    ),
    "it": frozenset(
        "il lo la i gli le di del della un una e è che non in per con si mi ma come più ho sono ero nessuno niente "
        "mio mia vostro suo davanti alla senza da questo nel c'è scritto devo cosa grazie".split()
    ),
    "nl": frozenset(
        "de het een en van ik niet dat is op te in met voor zijn er maar om hem ze wij jullie u uw heb heeft ben kan "
        "weet geen nog al aan bij ook vier staan kiezen wat hulp dank".split()
    ),
    "pt": frozenset(
        "o a os as de do da um uma e é que não em por para com se seu sua no na mas como mais eu você tenho sei "
        "ninguém nada está estava consigo sem já obrigado".split()
    ),
    "pl": frozenset(
        "i w na nie to się z że do jest jak co ale tak po za od o mi mnie mam był była byłam byłem wasz mój moja "
        "nikt nic tylko czy już obok".split()
    ),
    "da": frozenset(
        "og i at det en et den til er som på de med han af for ikke der var mig sig men har om vi min havde ham hun nu over "
        "jeg jeres uden mit hjemme ingen".split()
    ),
    "sv": frozenset(
        "och i att det en ett den till är som på de med han av för inte der var mig sig men har om vi min hade honom hon nu "
        "jag er utan mitt ingen".split()
    ),
}  # fmt: skip
PROFILES["en"] |= frozenset(
    "there's always never here here's am were isn't are wasn't didn't won't can't a i o too any only then than just said "
    "still nothing nobody another much very same why where before after again off down over those you'd he's she's i'd "
    "won't they're you'll that'll tell say says ask asked want need think know".split()
)
PROFILES.update({code: small - PROFILES["en"] for code, small in PROFILES.items() if code != "en"})
"""Small words by language code. A card in another language is only checked for its script."""
LEAST_WORDS = 6
"""Shorter text is left alone: a list of names has no language."""
FOREIGN = 0.22
"""Share of another language's small words from which a sentence is taken to be in it."""
NATIVE = 0.12
"""Share of the own language's small words below which a long passage is no sentence of it."""
LONG_ENOUGH = 9
_PROSE = re.compile(r"\b[a-zà-ÿ]{2,}\b")


def other_language(text: str, stage: Stage) -> Finding | None:
    """Find a sentence in another language than the card's, in another script, or in none."""
    if (found := _other_script(text, stage.card.language)) is not None:
        return found
    own = PROFILES.get(stage.card.language)
    if own is None:
        return None
    for start, end in spans(text):
        spoken = words(text[start:end])
        if len(spoken) >= LEAST_WORDS and (code := _foreign(spoken, stage.card.language)):
            return Finding("language", f"a sentence in {code!r} for a card in {stage.card.language!r}", (start, end))
    prose = [word for word in words(text) if _PROSE.fullmatch(word.replace("'", ""))]
    if len(prose) >= LONG_ENOUGH and sum(word in own for word in prose) < NATIVE * len(prose):
        return Finding("language", f"no sentence of {stage.card.language!r}", (0, len(text)))
    return None


def _foreign(spoken: list[str], language: str) -> str:
    """Return the code of the other language that ``spoken`` is in; empty where there is none."""
    share = {code: sum(word in known for word in spoken) / len(spoken) for code, known in PROFILES.items()}
    likeliest = max(share, key=lambda code: share[code])
    far = share[likeliest] >= FOREIGN and share[likeliest] > 2 * share[language]
    return likeliest if far and likeliest != language else ""


def _other_script(text: str, language: str) -> Finding | None:
    """Find letters that are not Latin in a card whose language is written in Latin ones."""
    if language not in PROFILES:
        return None
    strange = [at for at, sign in enumerate(text) if sign.isalpha() and not _latin(sign)]
    if len(strange) < 3:
        return None
    return Finding("language", "another script", (strange[0], strange[-1] + 1))


def _latin(sign: str) -> bool:
    return unicodedata.name(sign, "").startswith(("LATIN", "FEMININE", "MASCULINE", "MODIFIER"))
