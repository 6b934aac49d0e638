"""Illnesses, aids and states of health that last, and what they are called."""

import re

from services.memory_writer.extraction.en.words import word_set

_CONDITIONS = word_set(
    """asthma diabetes epilepsy adhd autism asd aspergers asperger's dyslexia dyspraxia dyscalculia
    tinnitus migraine migraines anxiety depression ptsd ocd bpd bipolar schizophrenia eczema
    psoriasis rosacea acne vitiligo arthritis osteoporosis fibromyalgia lupus gout scoliosis
    sciatica hypertension hypotension hypothyroidism hyperthyroidism hashimoto's hashimotos
    graves anaemia anemia thalassemia haemophilia hemophilia celiac coeliac crohn's crohns
    colitis ibs ibd gerd reflux pcos endometriosis insomnia narcolepsy apnea apnoea sleep_apnea
    sleep_apnoea glaucoma cataracts astigmatism ms parkinson's parkinsons alzheimer's cancer
    leukaemia leukemia hiv copd emphysema cystic_fibrosis long_covid cfs me/cfs tourette's
    tourettes vertigo raynaud's raynauds pots eds kidney_stones back_pain knee_pain bad_back
    bad_knee bad_knees bad_hip high_blood_pressure low_blood_pressure high_cholesterol
    heart_condition heart_murmur arrhythmia afib angina hay_fever hayfever rhinitis sinusitis
    lactose_intolerance hernia slipped_disc herniated_disc carpal_tunnel tennis_elbow
    plantar_fasciitis flat_feet hearing_loss stutter stammer lisp heartburn pacemaker
    cerebral_palsy muscular_dystrophy spina_bifida down_syndrome aphantasia synaesthesia
    synesthesia prosopagnosia social_anxiety panic_attacks eating_disorder anorexia bulimia
    prediabetes restless_legs chronic_pain chronic_fatigue iron_deficiency claustrophobia
    arachnophobia agoraphobia sickle_cell hemochromatosis neuropathy myopia hyperopia"""
)
_CONDITION_ENDING = re.compile(
    r"(?:itis|osis|algia|pathy|phobia|emia|aemia|plegia|trophy|sclerosis"
    r"|\s(?:syndrome|disease|disorder|deficiency|intolerance|cancer|condition|palsy"
    r"|dystrophy|fibrosis))$"
)
_PASSING = re.compile(
    r"\b(?:headache|cold|flu|fever|cough|hangover|sore\sthroat|bug|stomach\s?ache"
    r"|runny\snose|cramps?|hiccups"
    r"|toothache|food\spoisoning|sunburn|jet\s?lag|problem|issue|question|feeling)\b"
)
STATES = {
    "diabetic": "diabetes",
    "asthmatic": "asthma",
    "epileptic": "epilepsy",
    "dyslexic": "dyslexia",
    "dyspraxic": "dyspraxia",
    "autistic": "autism",
    "insomniac": "insomnia",
    "celiac": "celiac disease",
    "coeliac": "coeliac disease",
    "lactose intolerant": "lactose intolerance",
    "gluten intolerant": "gluten intolerance",
    "histamine intolerant": "histamine intolerance",
    "fructose intolerant": "fructose intolerance",
    "lactose-intolerant": "lactose intolerance",
    "gluten-intolerant": "gluten intolerance",
    "prediabetic": "prediabetes",
    "pre-diabetic": "prediabetes",
    "anaemic": "anaemia",
    "anemic": "anemia",
    "haemophiliac": "haemophilia",
    "hemophiliac": "hemophilia",
    "claustrophobic": "claustrophobia",
    "colour-blind": "colour-blind",
    "colour blind": "colour-blind",
    "colourblind": "colour-blind",
    "color-blind": "color-blind",
    "color blind": "color-blind",
    "colorblind": "color-blind",
    "red-green colour-blind": "red-green colour-blind",
    "deaf": "deaf",
    "partially deaf": "partially deaf",
    "half deaf": "half deaf",
    "hard of hearing": "hard of hearing",
    "blind": "blind",
    "legally blind": "legally blind",
    "partially sighted": "partially sighted",
    "visually impaired": "visually impaired",
    "short-sighted": "short-sighted",
    "shortsighted": "short-sighted",
    "nearsighted": "nearsighted",
    "near-sighted": "nearsighted",
    "far-sighted": "far-sighted",
    "bipolar": "bipolar",
    "hiv positive": "HIV positive",
    "hypertensive": "hypertension",
    "pregnant": "pregnant",
    "breastfeeding": "breastfeeding",
    "immunocompromised": "immunocompromised",
    "left-handed": "left-handed",
    "left handed": "left-handed",
    "neurodivergent": "neurodivergent",
    "paraplegic": "paraplegia",
    "tetraplegic": "tetraplegia",
    "quadriplegic": "quadriplegia",
    "disabled": "disabled",
    "wheelchair user": "wheelchair user",
    "wheelchair-bound": "wheelchair user",
    "smoker": "smoker",
    "non-smoker": "non-smoker",
    "nonsmoker": "non-smoker",
    "teetotal": "teetotal",
    "teetotaler": "teetotal",
    "teetotaller": "teetotal",
    "recovering alcoholic": "recovering alcoholic",
    "cancer survivor": "cancer survivor",
    "amputee": "amputee",
}
"""What somebody is, and what they have by that."""

AIDS = (
    r"(?:hearing\saids?|a\scochlear\simplant|glasses|contact\slenses|contacts|"
    r"(?:an?\s)?(?:electric\s)?wheelchair|a\spacemaker"
    r"|an\sinsulin\spump|a\scpap(?:\smachine)?|a\sprosthetic\s\w+|prosthesis|crutches"
    r"|a\swalking\sstick|a\scane|a\swhite\scane"
    r"|a\srollator|a\sstoma|an\sepipen|an\sinhaler|orthotics|braces|a\sback\sbrace"
    r"|a\sscreen\sreader|a\sguide\sdog|dentures|a\swalker)"
)


def condition(value: str) -> str | None:
    """Return the condition that a noun phrase names, or None: a cold passes, and is none."""
    low = value.lower()
    if _PASSING.search(low):
        return None
    state = STATES.get(re.sub(r"^(?:a|an|very|severely|mildly|strict|chain|heavy)\s", "", low))
    if state is not None:
        return state
    typed = re.match(r"type[\s-](?:1|2|one|two|i|ii)\sdiabet(?:ic|es)$", low)
    if typed:
        return re.sub("diabetic$", "diabetes", value.replace("Diabetic", "diabetes"))
    words = low.split(" ")
    for size in (3, 2, 1):
        if " ".join(words[-size:]) in _CONDITIONS:
            return value
    if "'s " in low and "crohn" not in low and "parkinson" not in low and "hashimoto" not in low:
        return None
    return value if _CONDITION_ENDING.search(low) else None
