"""Whether a value is something that can be known of somebody, or a scrap of a sentence.

Rules find their values by what stands around them, and people do not talk as rules expect: "love
it", "I like to come", "same here". A value that means nothing without its sentence is worse in a
memory than none.
"""

from shared.memory.predicates import type_of


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_AS_THEY_ARE = _words("answer_style family pet health")
"""Types whose values may be anything that the rules know: "no more of it", a partner, a dog."""

_PRONOUNS = _words(
    "it them him you me us this that these those someone anyone everyone это этого этому этим этом "
    "эту ним ней них нём тебя тебе тобой вас вам вами меня мне мной нас нам нами чего-то кого-то"
)
_OPENING = _words("as and but or of with than и но а или чтобы")
_CLOSING = _words(
    "about of to with for from at by and or but the a an my your our their his her through near "
    "into as than that which who how where when new more like similar very too some any "
    "makes make relaxes calms helps brings gives keeps gets is are was were "
    "в во на с со по для от до из к ко у о об за при и или а но что как чтобы мой моя свой очень"
)
_NOTHING_BY_ITSELF = _words(
    "going being doing having getting making taking giving trying using creating sharing playing "
    "working talking listening looking seeing coming bringing putting throwing keeping finding "
    "adding starting sinking escaping come go do make exist create get have be overcome "
    "time way thing things stuff lot bit idea ideas mindset energy structure connection theme "
    "content opportunity chance fact sense feeling rush support help answer answers response "
    "reply suggestion advice rewards smell lesson seat vibe part kind place places moment moments "
    "look sound process concept concepts approach question questions something anything everything "
    "new same here there home town city country peace hard another "
    "возможность возможности идея идеи мысль время дело дела вещь вещи ответ ответы помощь "
    "внимание момент штука штуки способ вопрос ошибка проблема подход вариант место места тема "
    "делать быть иметь что-то всё"
)
_NO_NAMES = _words(
    "same here there nature life work weather everything everyone everybody nothing nobody "
    "something someone somebody all this that it he she they we you what who which still back "
    "right wrong out over up down in on off another new hello hi hey thanks ok okay yes no not "
    "sorry good great fine well sure so now today tomorrow just only also home done ready "
    "привет спасибо да нет это всё все тут здесь там ещё уже хорошо ладно просто снова опять"
)
_MARKS = ".,;:!?…—–-«»\"'()[]"


def implausible(predicate: str, value: str) -> str | None:
    """Return why a value cannot be what a predicate asks for, in a word, or None where it can.

    Titles keep their capitals ("It", "Stand by Me"), and are left alone.
    """
    words = [word for word in (word.strip(_MARKS) for word in value.split()) if word]
    if not words:
        return "no_value"
    if predicate in {"name", "full_name"}:
        return "no_name" if words[0].casefold() in _NO_NAMES else None
    if type_of(predicate) in _AS_THEY_ARE:
        return None
    return _scrap(words, place=predicate == "lives_in")


def _scrap(words: list[str], *, place: bool) -> str | None:
    first, last = words[0].casefold(), words[-1]
    if len(words) == 1:
        # Rules give places their capitals, whatever they are.
        vague = (first if place else words[0]) in _NOTHING_BY_ITSELF
        return "vague" if vague else None
    if not _PRONOUNS.isdisjoint(words):
        return "pronoun"
    return "cut_short" if first in _OPENING or last in _CLOSING else None
