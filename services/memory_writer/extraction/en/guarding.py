"""What makes an English sentence no statement: irony, others' words, and things supposed."""

import re

from services.memory_writer.extraction.sentences import Context, Sentence

_SARCASM = re.compile(
    r"\b(?:yeah,?\sright\b|oh,?\s(?:great|joy|sure|wonderful|fantastic|yay|brilliant|lovely)\b"
    r"|can't\syou\stell\b|exactly\swhat\si\b|just\swhat\si\s(?:needed|wanted|always)\b"
    r"|(?:i|we)\s(?:just|simply|so|absolutely)\s(?:love|adore|enjoy)\s(?:it\s)?(?:when|how|waiting|being|getting|paying|sitting|standing|having)\b"
    r"|obviously\si\b|totally\sa\s\w+\sperson\b|lucky\sme\b|how\slovely\b"
    r"|thrilled\b[^.!?]{0,60}\b(?:cancel|delay|broke|fail|late|again)"
    r"|(?:monday|tuesday|mondays)\sagain\b|what\sa\s(?:joy|treat|dream)\b"
    r"|because\swho\sdoesn't\b|as\sif\si\b|not\!\s*$|who\sdoesn't\slove\b"
    r"|my\sfavou?rite\spart\sof\s(?:the|any)\b"
    r"|i\slive\sfor\s(?:spreadsheets|meetings|mondays|deadlines|emails|paperwork)\b"
    r"|i\s(?:love|enjoy|adore)\s(?:waiting|being\signored|paying|getting\s(?:up|woken|yelled)|doing\smy\staxes|meetings\sabout)\b"
    r"|much\swow\b|big\ssurprise\b)"
    r"|/s\b|,\s(?:clearly|obviously)\W*$|🙄"
)
_SARCASTIC_START = re.compile(r"^\W*wow,|^\W*sure,\si\b")
_MISERY = (
    r"(?:paperwork|traffic(?:\sjams?)?|taxes|my\staxes|tax\s(?:forms?|returns?)|mondays?"
    r"|meetings?|queu(?:es|eing|ing)|standing\sin\s(?:line|queues?)|spam|pop-?ups?|red\stape"
    r"|bureaucracy|forms|delays?|deadlines|rush\shour|commuting|small\sprint|layovers?|chores"
    r"|overtime|mosquitoes|hangovers|hay\sfever|hold\smusic|being\s(?:on\shold|ghosted|ignored"
    r"|stuck\b)|root\scanals?|dentists?|parking\s(?:tickets|fines)|(?:legacy|spaghetti)\scode"
    r"|merge\sconflicts|bugs\sin\sproduction|potholes|bills|(?:5|6|five|six)\s?am\scalls"
    r"|unpaid\s\w+|power\scuts|cold\scalls|timesheets|captchas|cookie\sbanners)"
)
_GLAD = re.compile(
    r"\b(?:love|adore|enjoy|cherish|live\sfor|(?:can't|cannot)\s(?:get\senough\sof|wait\sfor"
    r"|beat)|nothing\s(?:beats|like)|crazy\sabout|so\smuch\sfun|favou?rite\s\w+(?:\sis|:))\s"
    r"(?:\w+\s){0,3}?" + _MISERY + r"\b"
)
_GLADLY = re.compile(
    r"^\W*(?:oh\s)?(?:sure|of\scourse|yay|right|great|fantastic|wonderful)[,!.]?\s(?:i\s|we\s)?"
    r"(?:just\s|really\s|simply\s|totally\s|absolutely\s)?(?:love|adore|enjoy)\b"
)
_REPORTED = re.compile(
    r"\b(?!i\b|we\b)(?:(?:he|she|they|who|someone|somebody|everyone|people|it|lyrics"
    r"|song|sign|book|article|poster|guy|girl|man|woman|boss|friend|colleague|teacher"
    r"|neighbou?r|brother|sister"
    r"|mum|mom|dad|mother|father|wife|husband|son|daughter|partner|roommate|flatmate"
    r"|coworker|manager|client|customer|aunt|uncle|cousin|ex|kid|cop|character|hero"
    r"|protagonist|narrator|descartes|note|e-?mail|mail|letter|message|text|caption|post|tweet"
    r"|review|bio|profile|advert|website|page|label|card|interviewer|patient|student|landlord"
    r"|landlady|host|guest|stranger|passenger|classmate|coach|trainer|recruiter)"
    r"|[a-z]+\b(?=\s(?:whispered|shouted|wrote|texted|claims|claimed|put\sit|replied)))"
    r"\s(?:just\s|always\s|once\s|often\s|then\s|also\s|keeps\s|even\s)*(?:said|says"
    r"|saying|told\sme|tells\sme|wrote|writes|whispered|texted(?:\sme)?|claims|claimed"
    r"|thinks|asked(?:\sme)?|asks|replied|shouted|goes|go|put\sit|was\slike|is\slike"
    r"|sings|sang|announced|insists|reads|emailed)\b(?!\ssomething|\salong|\ssee|\s[\w-]+(?:\s[\w-]+)?\s(?:on|in)\smy\b"
    r"|\s\w+\W*$)"
    r"|\b(?:according\sto|as\s\w+\sput\sit|quote:|quoting|i\squote|in\sthe\swords\sof"
    r"|the\slyrics|there's\s(?:this|a)\s(?:song|quote|line))\b"
)
# The verbs and phrases of `_REPORTED`: most sentences have none, and are done with faster.
_SPEECH = re.compile(
    r"\b(?:sa(?:id|ys|ying|ng)|told|tells|wr(?:ote|ites)|whispered|texted|claim(?:s|ed)"
    r"|thinks|ask(?:s|ed)|replied"
    r"|shouted|goes?|put|like|sings|announced|insists|reads|emailed|according|quot\w+"
    r"|words|lyrics|there's)\b"
)
_MEDICAL = re.compile(
    r"\b(?:doctor|doctors|gp|allergist|dermatologist|specialist|psychiatrist|therapist"
    r"|dentist|neurologist|cardiologist)\b"
)
_SUPPOSED = re.compile(
    r"\b(?:i\swish\b|if\sonly\b|would\si\b|i\s(?:could|might|may|would)\s(?:be"
    r"|have\sbeen)\b|as\sthough\si\b|in\sanother\slife\b|in\smy\sdreams?\b"
    r"|hypothetical\w*|suppose\b|imagine\b|let's\ssay\b|let's\spretend\b|pretend"
    r"(?:ing)?\b|what\sif\b|assuming\b|in\stheory\b)"
)


_ANOTHER = re.compile(
    r"^\W*(?:(?:and|but|so|also|well|hey|hi|ok)\W+)*(?:he|she|they|(?:my|our|his|her|their|the|a)\s(?:\w+\s)?"
    r"(?:flatmate|roommate|housemate|friend|boss|colleague|coworker|neighbou?r|brother|sister|mum|mom"
    r"|dad|mother|father|wife|husband|son|daughter|partner|girlfriend|boyfriend|aunt|uncle|cousin"
    r"|niece|nephew|kid|child|baby|client|customer|guest|host|teacher|student|landlord|landlady"
    r"|grandma|grandpa|granny|grandmother|grandfather|intern|trainee|guy|girl|lady|man|woman|manager|assistant|tenant"
    r"|nanny|chef|nurse|driver|mate|buddy|bestie|date|ex|doctor|dentist)s?)"
    r"(?:\s\w+)?(?:'s|\s(?:is|are|was|were|has|have|got|both|says|loves?|likes?|lives?|works?))\b"
)
_MYSELF = re.compile(r"\b(?:i|i'm|i've|i'd|we|we're|we've|me)\b")


def is_of_another(before: str) -> bool:
    """Tell whether what comes next is said of somebody else: "my flatmate is vegan and …"."""
    return bool(_ANOTHER.match(before)) and not _MYSELF.search(before)


def is_ironic(low: str) -> bool:
    """Tell whether a sentence (lower case) says the contrary of what it means."""
    return bool(
        _SARCASTIC_START.match(low)
        or _SARCASM.search(low)
        or _GLADLY.match(low)
        or _GLAD.search(low)
    )


def is_supposed(low: str) -> bool:
    """Tell whether a sentence (lower case) is about what is not so."""
    return bool(_SUPPOSED.search(low))


def is_quoted(sentence: Sentence, context: Context) -> bool:
    """Tell whether somebody else said a sentence: "My boss wrote:" stands in a line before.

    What they said ends with an empty line.
    """
    after = sentence.start
    for before in reversed(context.before):
        end = before.start + len(before.text)
        if "\n\n" in context.text[end:after]:
            return False
        if before.text.endswith(":"):
            low = before.speech.lower()
            return bool(_REPORTED.search(low)) and not _MEDICAL.search(low)
        after = before.start
    return False


def reported_from(low: str) -> int:
    """Return where the words of somebody else begin in a sentence (lower case), or its length.

    A doctor who tells the author what they have is believed.
    """
    match = _REPORTED.search(low) if _SPEECH.search(low) else None
    if match is None or _MEDICAL.search(low, 0, match.end()):
        return len(low)
    return match.start()
