"""What is the same said otherwise merges, and what only looks alike does not."""

import pytest

from shared.memory.facts import active, fold
from tests.support.claims import day, say

PARAPHRASES = [
    ("has_pet", "two cats", "2 cats"),
    ("has_pet", "cat", "a cat"),
    ("has_pet", "dog", "dog Rusty"),
    ("has_pet", "Luna", "cat Luna"),
    ("has_pet", "пять коз", "5 коз"),
    ("has_pet", "кот Барсик", "кота Барсика"),
    ("occupation", "paediatric nurse", "nurse paediatric"),
    ("occupation", "paediatric nurse", "pediatric nurse"),
    ("occupation", "nurse", "paediatric nurse"),
    ("occupation", "программист", "Программистом"),
    ("occupation", "бэкенд-разработчик", "разработчик бэкенд"),
    ("employer", "IKEA", "ikea"),
    ("employer", "Яндекс", "Yandex"),
    ("employer", "St. Mary's", "St Marys"),
    ("lives_in", "Казань", "в Казани"),
    ("lives_in", "Kazan", "Kazan, Russia"),
    ("origin", "Норильск", "Норильска"),
    ("likes", "coffee without sugar", "coffee, no sugar"),
    ("likes", "кофе без сахара", "без сахара кофе"),
    ("likes", "утренние пробежки", "утренняя пробежка"),
    ("likes", "хоккей", "смотреть хоккей"),
    ("likes", "jazz", "jazz music"),
    ("allergy", "peanuts", "peanut"),
    ("allergy", "мёд", "меда"),
    ("uses", "Saab", "old Saab"),
    ("uses", "айфон", "iPhone"),
    ("uses", "Самсунг", "Samsung"),
    ("speaks", "французский", "французский язык"),
    ("speaks", "German", "German B1"),
    ("knows", "Python", "Python 3"),
    ("birthday", "17 июля", "July 17"),
    ("child", "сын", "сын Платон"),
    ("goal", "quit smoking", "quitting smoking"),
    ("name", "Sam", "Sam Smith"),
    ("format", "no emojis", "without emojis"),
    ("format", "no emojis", "don't use emojis"),
    ("format", "без эмодзи", "не нужны эмодзи"),
    ("lives_in", "Санкт-Петербург", "Питер"),
]

LOOK_ALIKES = [
    ("knows", "Go", "Google"),
    ("knows", "Java", "JavaScript"),
    ("knows", "C", "C++"),
    ("knows", "C++", "C#"),
    ("knows", "React", "React Native"),
    ("knows", "Python 2", "Python 3"),
    ("likes", "milk", "oat milk"),
    ("likes", "кошки", "мышки"),
    ("likes", "рок", "урок"),
    ("likes", "чай", "чайки"),
    ("likes", "running", "morning running"),
    ("likes", "Rust", "rusty cars"),
    ("has_pet", "cat Luna", "cat Miso"),
    ("has_pet", "two cats", "three cats"),
    ("has_pet", "кот Барсик", "кот Мурзик"),
    ("has_pet", "dog", "dogfish"),
    ("child", "Anna", "Anya"),
    ("child", "Анна", "Аня"),
    ("child", "сын Платон", "дочь Соня"),
    ("sibling", "sister Kate", "sister Kat"),
    ("allergy", "nuts", "pine nuts"),
    ("allergy", "арахис", "арахисовое масло"),
    ("uses", "iPhone 14", "iPhone 15"),
    ("uses", "Windows 10", "Windows 11"),
    ("uses", "Xiaomi", "Xubuntu"),
    ("speaks", "немецкий", "ненецкий"),
    ("goal", "buy a house in York", "buy a house in Cork"),
    ("goal", "visit York", "visit New York"),
    ("condition", "type 1 diabetes", "type 2 diabetes"),
    ("format", "bullet points", "numbered points"),
    ("relative", "uncle Bob", "uncle Rob"),
    ("other", "I love Anna", "I love Anna and her sister"),
]

SUPERSEDING = [
    ("lives_in", "York", "New York"),
    ("lives_in", "Новгород", "Нижний Новгород"),
    ("occupation", "су-шеф", "шеф"),
    ("occupation", "engineer", "former engineer"),
    ("age", "33", "34"),
    ("likes", "кофе без сахара", "кофе с сахаром"),
    ("format", "emojis", "no emojis"),
    ("name", "Anna", "Anya"),
]


@pytest.mark.parametrize(("predicate", "one", "other"), PARAPHRASES)
@pytest.mark.parametrize("turned", [False, True])
def test_paraphrases_merge(predicate: str, one: str, other: str, turned: bool) -> None:
    first, second = (other, one) if turned else (one, other)
    facts = fold([say(1, predicate, first), say(2, predicate, second)], at=day(9))
    assert [(fact.status, len(fact.ids), len(fact.sources)) for fact in facts] == [("active", 2, 2)]


@pytest.mark.parametrize(("predicate", "one", "other"), LOOK_ALIKES)
def test_look_alikes_stay_apart(predicate: str, one: str, other: str) -> None:
    facts = active(fold([say(1, predicate, one), say(2, predicate, other)], at=day(9)))
    assert [fact.value for fact in facts] == [other, one]


@pytest.mark.parametrize(("predicate", "one", "other"), SUPERSEDING)
@pytest.mark.parametrize("turned", [False, True])
def test_what_cannot_be_both_supersedes(predicate: str, one: str, other: str, turned: bool) -> None:
    first, second = (other, one) if turned else (one, other)
    facts = fold([say(1, predicate, first), say(2, predicate, second)], at=day(9))
    assert [(fact.value, fact.status) for fact in facts] == [
        (second, "active"),
        (first, "superseded"),
    ]


def test_there_are_thirty_of_each() -> None:
    assert len(set(PARAPHRASES)) >= 30
    assert len(set(LOOK_ALIKES)) >= 30


@pytest.mark.parametrize("turned", [False, True])
def test_the_fuller_value_is_shown(turned: bool) -> None:
    values = ["dog Rusty", "dog"] if turned else ["dog", "dog Rusty"]
    [fact] = fold([say(day, "has_pet", v) for day, v in enumerate(values)], at=day(9))
    assert (fact.value, fact.text) == ("dog Rusty", "Has a pet: dog Rusty")
