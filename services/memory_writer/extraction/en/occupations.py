"""What is a profession in English: by its word, or by its ending."""

import re

from services.memory_writer.extraction.en.words import word_set

_HEADS = word_set(
    """nurse anaesthetist anesthetist orthodontist hygienist stylist cartoonist columnist novelist
    doctor lawyer attorney solicitor barrister chef cook pilot student paramedic emt
    mechanic surgeon dentist vet architect accountant consultant assistant attendant judge
    midwife barista clerk counsel cto ceo cfo coo cio dev sysadmin devops intern apprentice
    freelancer nanny priest nun pastor vicar monk imam rabbi professor scientist tutor coach
    guide guard host hostess analyst lead director president secretary captain sailor soldier
    marine cop officer agent broker realtor cashier bookkeeper housekeeper maid butler janitor
    caretaker carer caregiver model actor actress dancer poet author artist dj athlete therapist
    physio pharmacist technician scholar postdoc lecturer researcher homemaker housewife
    househusband farmer fisherman florist butcher baker grocer blacksmith tailor cobbler
    gardener welder electrician plumber carpenter mason roofer bricklayer miner machinist
    operator trucker courier conductor steward stewardess bouncer bartender waiter waitress
    sommelier entrepreneur founder co-founder cofounder translator interpreter economist actuary
    auditor trader banker investor recruiter pm qa diplomat politician astronaut detective
    paralegal notary undertaker lifeguard referee jockey clown magician lumberjack ranger
    curator archivist copywriter blogger youtuber streamer sre dba programmer coder engineer
    developer designer teacher writer editor photographer painter plasterer decorator driver
    cleaner hairdresser barber beautician tattooist librarian manager supervisor foreman
    contractor surveyor planner strategist marketer salesman saleswoman salesperson seller
    shopkeeper merchant optician optometrist osteopath chiropractor podiatrist radiographer
    sonographer dietitian nutritionist psychologist psychiatrist counsellor counselor
    social_worker worker postman mailman policeman policewoman fireman firefighter businessman
    businesswoman craftsman handyman cameraman chairman docker longshoreman crane_operator
    labourer laborer picker packer presenter journalist reporter producer composer musician
    singer drummer guitarist pianist violinist cellist retiree pensioner veteran professional
    executive administrator receptionist stenographer typist au_pair civil_servant cabin_crew
    estate_agent head_chef sous_chef trainee registrar gp head principal vp beekeeper zookeeper
    groundskeeper goalkeeper seamstress dressmaker shoemaker watchmaker cabinetmaker filmmaker
    animator illustrator calligrapher ceramicist potter jeweller jeweler goldsmith glazier
    locksmith chimney_sweep upholsterer surveyor geologist statistician phd_student shepherd
    freelance self-employed stay-at-home_mum stay-at-home_mom stay-at-home_dad"""
)
_ENDING = re.compile(
    r"(?:ologist|ographer|icist|ician|smith|wright|maker|keeper|worker|master|(?:police"
    r"|fire|post|trades?"
    r"|sales|camera|crafts)(?:wo)?man|fitter|layer|trainer|instructor|inspector|operator|tester"
    r"|pathist|therapist|analyst|engineer|developer|manager|handler|dresser|logist|nomist|iatrist)$"
)
_NO_ENDING = word_set("homeowner dungeon_master game_master peacemaker troublemaker haymaker")
_NO_PROFESSION = re.compile(
    r"\b(?:former|ex|aspiring|future|wannabe|failed|terrible|bad|lousy|awful|good|great"
    r"|decent|better|worse|best"
    r"|worst|hopeless|home|hobby|amateur|excellent|mediocre|slow|nervous|fast|careful"
    r"|quick|rubbish|huge|big"
    r"|would-be|budding|born|armchair|team(?!\slead)|picky|visual|kinesthetic|early|night|people|morning)\b"
)


def is_occupation(value: str) -> bool:
    """Tell whether a noun phrase names a profession, by its last words ("head of sales" too)."""
    low = value.lower()
    head = re.split(r"\s(?:of|for|in|at)\s", low)[0]
    last = head.rsplit(" ", 1)[-1]
    if last in _NO_ENDING or head in _NO_ENDING:
        return False
    pair = " ".join(head.split(" ")[-2:])
    if pair in _HEADS and " " in pair:
        return True
    if _NO_PROFESSION.search(low):
        return False
    return bool(last in _HEADS or pair in _HEADS or _ENDING.search(last))


DRIVEN = (
    r"(?:tram|bus|taxi|cab|truck|lorry|train|forklift|ambulance|van|coach|tractor|crane"
    r"|uber|limo|minibus|rickshaw|metro|subway|delivery\svan|school\sbus|garbage\struck"
    r"|tuk-tuk)"
)
"""What somebody drives for a living: whoever "drives buses" is a bus driver."""

_AGENTS = {
    "clean": "cleaner",
    "paint": "painter",
    "build": "builder",
    "sell": "seller",
    "write": "writer",
    "bake": "baker",
    "design": "designer",
    "drive": "driver",
    "teach": "teacher",
    "make": "maker",
    "translate": "translator",
    "train": "trainer",
    "edit": "editor",
    "install": "installer",
    "restore": "restorer",
    "breed": "breeder",
    "grow": "grower",
    "tune": "tuner",
    "program": "programmer",
    "test": "tester",
    "manage": "manager",
    "groom": "groomer",
    "walk": "walker",
    "cut": "cutter",
    "deliver": "deliverer",
    "inspect": "inspector",
    "photograph": "photographer",
    "weld": "welder",
    "lay": "layer",
    "coach": "coach",
    "tutor": "tutor",
    "farm": "farmer",
    "carve": "carver",
}


def agent(verb: str, thing: str) -> str | None:
    """Return who does that for a living: "clean houses" makes a house cleaner."""
    base = base_form(verb)
    doer = _AGENTS.get(base)
    return f"{singular(thing)} {doer}".strip() if doer else None


def base_form(verb: str) -> str:
    """Return the plain form of a verb that ends in -ing, by what the lists know."""
    if not verb.endswith("ing"):
        return verb
    stem = verb[:-3]
    candidates = (stem, stem + "e", stem[:-1])
    return next((each for each in candidates if each in _AGENTS), verb)


def singular(noun: str) -> str:
    """Return a noun in the singular, by its ending."""
    if re.search(r"(?:ss|us|is|ics|ths)$", noun):
        return noun
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    if re.search(r"(?:ch|sh|x|ss|bus|tax)es$", noun):
        return noun[:-2]
    return noun.removesuffix("s")
