"""The sentence of every predicate in Russian and English, and how a value is put into it."""

import re

from shared.contracts.parts import Language
from shared.lexemes import inflect

SENTENCES: dict[str, tuple[str, str]] = {
    "name": ("Зовут {value}", "Is called {value}"),
    "full_name": ("Полное имя: {value}", "Full name: {value}"),
    "age": ("Возраст: {value}", "Age: {value}"),
    "birthday": ("День рождения: {value}", "Birthday: {value}"),
    "gender": ("Пол: {value}", "Gender: {value}"),
    "nationality": ("Национальность: {value}", "Nationality: {value}"),
    "lives_in": ("Живёт {in}", "Lives in {value}"),
    "origin": ("Родом {from}", "Comes from {value}"),
    "timezone": ("Часовой пояс: {value}", "Time zone: {value}"),
    "occupation": ("Род занятий: {value}", "Occupation: {value}"),
    "employer": ("Работает {in}", "Works at {value}"),
    "studies_at": ("Учится {in}", "Studies at {value}"),
    "field_of_study": ("Специальность: {value}", "Field of study: {value}"),
    "likes": ("Любит {accs}", "Likes {value}"),
    "dislikes": ("Не любит {accs}", "Dislikes {value}"),
    "favorite": ("Любимое: {value}", "Favourite: {value}"),
    "spouse": ("Супруг или супруга: {value}", "Spouse: {value}"),
    "child": ("Ребёнок: {value}", "Child: {value}"),
    "parent": ("Родитель: {value}", "Parent: {value}"),
    "sibling": ("Брат или сестра: {value}", "Sibling: {value}"),
    "grandchild": ("Внук или внучка: {value}", "Grandchild: {value}"),
    "relative": ("Родственник: {value}", "Relative: {value}"),
    "status": ("Семейное положение: {value}", "Family status: {value}"),
    "has_pet": ("Питомец: {value}", "Has a pet: {value}"),
    "allergy": ("Аллергия на {accs}", "Allergic to {value}"),
    "diet": ("Питание: {value}", "Diet: {value}"),
    "condition": ("Здоровье: {value}", "Health: {value}"),
    "speaks": ("Говорит на {loct}", "Speaks {value}"),
    "knows": ("Знает, умеет: {value}", "Knows {value}"),
    "learning": ("Изучает: {value}", "Is learning {value}"),
    "goal": ("Планы: {value}", "Plans: {value}"),
    "uses": ("Пользуется {ablt}", "Uses {value}"),
    "language": ("Язык ответов: {value}", "Language of answers: {value}"),
    "answer_style": ("Как отвечать: {value}", "How to answer: {value}"),
    "length": ("Длина ответов: {value}", "Length of answers: {value}"),
    "format": ("Оформление ответов: {value}", "Format of answers: {value}"),
    "units": ("Единицы измерения: {value}", "Units: {value}"),
    "tone": ("Тон ответов: {value}", "Tone of answers: {value}"),
    "address": ("Обращение: {value}", "Form of address: {value}"),
    "model": ("Модель: {value}", "Model: {value}"),
}
"""By predicate, Russian and English. `{value}` is the value as it is, `{accs}`, `{ablt}`, `{loct}`
are cases of it; `{in}` and `{from}` have their prepositions."""

_VO = re.compile(r"^(?:[вф][бвгджзклмнпрстфхцчшщ]|льв|рж|мн)", re.IGNORECASE)
_NA = re.compile(
    r"^(?:камчатк|сахалин|кипр|куб[аеу]|мальт|бали\b|урал|алтай|аляск|гавай|шри-ланк|чукотк|"
    r"филиппин|мальдив|кавказ|ферм|дач|завод|фабрик|вокзал|почт|стройк|рынок|рынк|склад|предприяти|"
    r"производств|факультет|кафедр|север|юг|радио|телевидени)",
    re.IGNORECASE,
)


def sentence(predicate: str, value: str, lang: Language) -> str:
    """Return the sentence of a fact in a language, whatever language its value is in.

    A predicate that is not in the table names itself.
    """
    templates = SENTENCES.get(predicate)
    if templates is None:
        name = predicate.replace("_", " ").strip()
        return f"{name[:1].upper()}{name[1:]}: {value}"
    if lang == "en":
        return templates[1].replace("{value}", value)
    template = templates[0]
    form = template[template.index("{") + 1 : template.index("}")]
    return template.replace(f"{{{form}}}", _formed(value, form))


def _formed(value: str, form: str) -> str:
    """Return a value as a Russian template wants it."""
    match form:
        case "in":
            if _NA.match(value):
                return f"на {inflect(value, 'loct')}"
            preposition = "во" if _VO.match(value) and not value.isupper() else "в"
            return f"{preposition} {inflect(value, 'loc2')}"
        case "from":
            return f"из {inflect(value, 'gent')}"
        case "accs" | "ablt" | "loct":
            return inflect(value, form)
        case _:
            return value
