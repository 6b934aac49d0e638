"""Word lists of both languages: stop words, negations, numbers, and different words for one thing.

All words are in lower case, with ё written as е.
"""


def words(text: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(text.split())


STOP_WORDS = words(
    """
    a an the and or but if then than so as at by for from in into of off on onto out over to up with
    about after before between during through under until while this that these those there here i
    me my mine myself we us our ours you your yours he him his she her hers it its they them their
    theirs is am are was were be been being do does did done have has had having will would shall
    should can could might must what which who whom whose when where why how all any both each few
    more most other some such only own same too very just also really quite please named called
    name's
    i'm i've i'd i'll you're it's that's what's who's where's how's let's there's 's 're 've 'll
    s t ve ll re d m got get let
    и в во на с со к ко у о об обо от ото до из изо за по под над при про для через между перед
    а но да или либо если то что чтобы как так же ли бы б ж ведь вот уже еще тоже также только
    лишь даже очень просто это этот эта эти этого этой этому этим этих тот та те того той тому тех
    я меня мне мной мы нас нам нами ты тебя тебе тобой вы вас вам вами он его ему им нем него нему
    она ее ей ею ней нее они их ими них мой моя мое мои моего моей моему моим моих мою моими
    твой твоя твое твои твоего твоей твою твоих ваш ваша ваше ваши вашего вашей вашу ваших
    наш наша наше наши нашего нашей нашу наших свой своя свое свои своего своей свою своих
    себя себе собой кто кого кому кем ком чего чему чем чём какой какая какое какие какого каком
    какую каких который которая которое которые которого которой где куда откуда когда почему зачем
    сколько есть быть был была было были будет будут буду является весь вся все всего всех сам сама
    сами там тут здесь
    now currently сейчас теперь санкт
    """
)
"""Words that say nothing of what a text is about. Negations are not among them."""

NEGATIONS = words(
    "no not never without non dont don't doesn't isn't cannot не нет без безо ни никогда"
)
"""Words that turn the next one into its opposite."""

CARRIERS = words("use add includ put want need использовать добавлять ставить нужный надо нужно")
"""Lemmas that hand a negation on to what they are about."""

_NUMBER_WORDS = (
    ("0", "zero ноль"),
    ("1", "one один одна одно одного одной"),
    ("2", "two два две двух двумя двое"),
    ("3", "three три трех тремя трое"),
    ("4", "four четыре четырех четверо"),
    ("5", "five пять пяти пятеро"),
    ("6", "six шесть шести шестеро"),
    ("7", "seven семь семи семеро"),
    ("8", "eight восемь восьми"),
    ("9", "nine девять девяти"),
    ("10", "ten десять десяти"),
    ("11", "eleven одиннадцать"),
    ("12", "twelve двенадцать"),
    ("13", "thirteen тринадцать"),
    ("14", "fourteen четырнадцать"),
    ("15", "fifteen пятнадцать"),
    ("16", "sixteen шестнадцать"),
    ("17", "seventeen семнадцать"),
    ("18", "eighteen восемнадцать"),
    ("19", "nineteen девятнадцать"),
    ("20", "twenty двадцать двадцати"),
    ("30", "thirty тридцать тридцати"),
    ("40", "forty сорок сорока"),
    ("50", "fifty пятьдесят пятидесяти"),
    ("60", "sixty шестьдесят шестидесяти"),
    ("70", "seventy семьдесят семидесяти"),
    ("80", "eighty восемьдесят восьмидесяти"),
    ("90", "ninety девяносто девяноста"),
    ("100", "hundred сто ста"),
)
NUMBERS = {word: digits for digits, words in _NUMBER_WORDS for word in words.split()}
"""Number words, the common oblique forms of Russian among them, to digits."""

TENS = frozenset(str(number) for number in range(20, 100, 10))
"""Numbers that a single digit may follow in words: twenty two."""

_PAIRS = """
paediatr=pediatr colour=color favourit=favorit grey=gray centr=center theatr=theater
programm=program aeroplan=airplan tyre=tire jewelleri=jewelri mum=mother mom=mother dad=father
kid=child st=saint film=movi bike=bicycl
айфон=iphon самсунг=samsung сяоми=xiaomi ксяоми=xiaomi гугл=googl яндекс=yandex
икея=ikea икее=ikea икею=ikea икеи=ikea
макбук=macbook виндовс=window винда=window линукс=linux убунта=ubuntu убунту=ubuntu
докер=docker кубернетес=kubernet телеграм=telegram телеграмм=telegram ютуб=youtub андроид=android
джава=java джаваскрипт=javascript постгрес=postgr тесла=tesla тойота=toyota
хонда=honda бмв=bmw мерседес=merced ауди=audi сааб=saab нокиа=nokia хуавей=huawei сбер=sber
английский=english русский=russian немецкий=german французский=french испанский=spanish
итальянский=italian португальский=portugues китайский=chines японский=japanes корейский=korean
польский=polish украинский=ukrainian турецкий=turkish татарский=tatar грузинский=georgian
армянский=armenian арабский=arab чешский=czech финский=finnish шведский=swedish
норвежский=norwegian голландский=dutch нидерландский=dutch греческий=greek хинди=hindi
казахский=kazakh латынь=latin латинский=latin
arabic=arab
golang=go js=javascript ts=typescript k8s=kubernet postgresql=postgr питон=python
питер=петербург спб=петербург мск=москва екб=екатеринбург
январь=januari февраль=februari март=march апрель=april май=may июнь=june июль=juli август=august
сентябрь=septemb октябрь=octob ноябрь=novemb декабрь=decemb
"""
SAME = dict(pair.split("=") for pair in _PAIRS.split())
"""Lemmas to the lemma that stands for them: spellings, brands, languages and months in Cyrillic."""
