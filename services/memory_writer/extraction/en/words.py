"""English words that the rules know: where a phrase ends, and kinds of things."""


def word_set(words: str) -> frozenset[str]:
    """Return a set of words; an underscore stands for a blank."""
    return frozenset(word.replace("_", " ") for word in words.split())


DETERMINERS = word_set("a an the my our some any these those such own his her their")
STOPS = word_set(
    """any and but so because cause cuz coz since although though while when whenever if unless that
    which who whom where whose what why how btw tbh lol lmao haha hehe pls please plz thanks thx
    now today tomorrow yesterday tonight lately anymore again too already right for in at on
    with from by to until till before after during this last next every as than then or is are
    was were it it's its i i'm im i've i'd i'll we we're we've my you your you're u he she they
    them he's she's they're am be been has have had do does did don't doesn't can could would
    should will won't can't may might must not no never about into onto over under without
    within anyway everyone everybody like also though, however except especially currently
    recently here there & plus around near via using used whether just only still really very
    more less most best better isn't aren't wasn't me us him someone something anything nothing
    everything everywhere because literally basically actually honestly apparently obviously
    maybe perhaps probably sadly unfortunately pretty quite fairly somewhat called named instead
    ideally mostly usually often sometimes always ever once twice"""
)
CONNECTORS = word_set("of a an the very much and or for in at on with by to from so lot myself")
VERBS = word_set(
    """hate love like enjoy use work live think know would could should do don't am was were is are
    been got get go going make try play drive speak need want have has had can can't cannot will
    won't just was wondering looking need_ help please what how why which where who when any
    ideas suggestions recommendations tips advice i i'm we my our he she it they you your
    married divorced single hope wish feel start stop keep give take tell find prefer moved quit
    left joined never always usually now also then maybe not so really wanted thinking trying
    wonder ride code write teach run study dislike adore allergic vegan vegetarian works loves
    likes hates wants needs said says"""
)

PETS = word_set(
    """cat dog puppy kitten kitty pup doggo hamster gerbil rabbit bunny parrot budgie budgerigar
    canary cockatiel cockatoo parakeet lovebird finch tortoise turtle terrapin lizard gecko
    iguana snake ferret chinchilla hedgehog rat mouse goldfish fish horse pony donkey mule goat
    sheep lamb cow pig piglet chicken hen rooster duck goose llama alpaca bee axolotl tarantula
    chameleon corgi poodle labrador lab beagle dachshund pug terrier bulldog husky greyhound
    whippet spaniel retriever collie shepherd chihuahua mastiff rottweiler doberman dalmatian
    malamute samoyed shiba akita boxer setter pointer hound mutt labradoodle cockapoo cavapoo
    goldendoodle schnauzer pomeranian maltese spitz newfoundland pinscher weimaraner vizsla
    borzoi saluki basset bloodhound lurcher staffie westie yorkie frenchie siamese ragdoll
    sphynx tabby tortie calico bengal persian python boa crow raven guinea_pig bearded_dragon
    maine_coon border_collie golden_retriever german_shepherd hermit_crab jack_russell
    great_dane sugar_glider stick_insect betta cavy degu pigeon macaw rescue_dog shih_tzu
    saint_bernard french_bulldog border_terrier british_shorthair russian_blue tomcat"""
)
ODD_PETS = word_set(
    """python mouse rat fish chicken duck boxer lab pointer shepherd lamb cow pig bee crow setter
    persian bengal terrier hen goose pigeon hound sheep collie raven boa pup tabby calico"""
)
"""Kinds of pets that mean other things too: "my mouse", "my fish"."""

LANGUAGES = word_set(
    """english german french spanish italian portuguese dutch russian ukrainian polish czech slovak
    slovene slovenian croatian serbian bosnian bulgarian romanian hungarian finnish swedish
    norwegian danish icelandic estonian latvian lithuanian greek turkish arabic hebrew persian
    farsi urdu hindi bengali punjabi tamil telugu marathi gujarati kannada malayalam chinese
    mandarin cantonese japanese korean vietnamese thai indonesian malay tagalog filipino swahili
    yoruba igbo hausa zulu xhosa afrikaans amharic somali kazakh uzbek kyrgyz tajik georgian
    armenian azerbaijani azeri mongolian nepali burmese khmer lao sinhala pashto kurdish catalan
    basque galician welsh irish gaelic scots latin esperanto belarusian albanian macedonian
    maltese luxembourgish tatar twi hokkien shanghainese maori hawaiian quechua wolof bsl asl
    flemish swiss_german romansh low_german ladin friulian faroese sami frisian castilian
    tigrinya yiddish"""
)
NATIONALITIES = word_set(
    """american british english scottish welsh irish german french spanish italian portuguese dutch
    belgian swiss austrian polish czech slovak hungarian romanian bulgarian greek turkish russian
    ukrainian belarusian finnish swedish norwegian danish icelandic estonian latvian lithuanian
    croatian serbian bosnian slovenian albanian macedonian canadian mexican brazilian argentinian
    chilean colombian peruvian venezuelan cuban jamaican indian pakistani bangladeshi nepali chinese
    japanese korean vietnamese thai indonesian malaysian filipino singaporean australian egyptian
    moroccan algerian tunisian nigerian ghanaian kenyan ethiopian somali israeli lebanese syrian
    iraqi iranian persian afghan kazakh uzbek georgian armenian azerbaijani mongolian taiwanese
    kiwi aussie brit scot texan catalan ugandan tanzanian zimbabwean senegalese south_african
    new_zealander puerto_rican sri_lankan saudi jordanian palestinian kurdish ecuadorian bolivian"""
)
DIETS = word_set(
    """vegan vegetarian veggie pescatarian pescetarian kosher halal keto paleo gluten-free
    gluten_free dairy-free dairy_free low-carb low_carb lactose-free flexitarian plant-based
    plant_based carnivore sugar-free sugar_free low-fodmap low_fodmap low-sodium low_sodium
    fruitarian raw_vegan ketogenic mediterranean nut-free lacto-vegetarian ovo-vegetarian omad
    whole30"""
)
_NAMES_OF_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
MONTHS = {
    name: month
    for month in _NAMES_OF_MONTHS
    for name in (
        month.lower(),
        month[:3].lower(),
        "sept" if month == "September" else month.lower(),
    )
}
HOLIDAYS = {
    "valentine's day": "14 February",
    "valentines day": "14 February",
    "christmas eve": "24 December",
    "christmas day": "25 December",
    "christmas": "25 December",
    "boxing day": "26 December",
    "new year's eve": "31 December",
    "new years eve": "31 December",
    "new year's day": "1 January",
    "new years day": "1 January",
    "halloween": "31 October",
    "st patrick's day": "17 March",
    "st. patrick's day": "17 March",
    "saint patrick's day": "17 March",
    "april fools' day": "1 April",
    "april fool's day": "1 April",
    "april fools": "1 April",
    "the fourth of july": "4 July",
    "the 4th of july": "4 July",
    "bastille day": "14 July",
    "leap day": "29 February",
    "groundhog day": "2 February",
    "guy fawkes night": "5 November",
    "bonfire night": "5 November",
    "may day": "1 May",
    "epiphany": "6 January",
    "earth day": "22 April",
    "international women's day": "8 March",
    "women's day": "8 March",
}
FIRST_NAMES = word_set(
    """adam alex alexander alice alina amanda amy ana andrea andrew andy angela anita anna anne
    anthony anton ari arthur ash barbara ben bella beth bill bob brian carla carlos carol
    caroline charlie charlotte chris christina claire daniel dan dana daria dave david debbie
    dennis diana diego dima dylan ed eddie elena eli elias elif elisa elizabeth ella ellie emily
    emma eric erik ethan eva evan felix fiona finn frank fred gabriel george greg hana hannah
    harry helen henry holly ian igor ingrid irina isaac isabel ivan jack jackie jacob jake james
    jamie jan jane jason jen jenny jess jessica jim joe joel john jon jonas jordan jose joseph
    josh juan julia julian julie karen karim kate katie katya kelly ken kevin kim kyle lara
    laura lea lena leo liam lily linda lisa liz lucas lucia lucy luis luke maria marie mark
    marta martin mary mateo matt max maya megan mel mia michael miguel mike mila mohamed
    mohammed monica nadia natalie nate nathan neil nick nicole nina nora noah olga oliver olivia
    omar oscar pat patrick paul paula pedro pete peter phil priya rachel ravi rebecca rick rita
    rob robert rosa rose ruth ryan sam samantha sara sarah sasha scott sean simon sofia sophie
    stella steve sue susan tanya tara tess tessa theo thomas tim tina tom tommy tony vera vic
    victor vlad will yuki zoe zack"""
)
"""For greetings without capitals: "hi im tessa"."""
