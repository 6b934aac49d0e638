"""What well-known things are, so that "What car do I have?" finds a Saab."""

from collections.abc import Iterable
from functools import cache

from shared.lexemes import lemmas

_KINDS = (
    (
        "language язык",
        (
            "english russian german french spanish italian portuguese chinese japanese korean "
            "polish ukrainian turkish tatar georgian armenian arabic czech dutch greek hindi"
        ),
    ),
    (
        "phone smartphone телефон смартфон",
        "iphone samsung galaxy xiaomi redmi poco pixel huawei honor nokia motorola oneplus realme",
    ),
    (
        "car drive машина автомобиль ездить водить",
        (
            "saab tesla toyota bmw audi mercedes honda ford volkswagen kia hyundai volvo renault "
            "skoda mazda nissan subaru opel peugeot vespa лада жигули уаз хендай форд киа рено "
            "шкода мазда ниссан"
        ),
    ),
    ("laptop computer ноутбук компьютер", "macbook thinkpad lenovo dell asus acer"),
    (
        "operating system os система",
        "linux ubuntu arch debian fedora mint nixos windows macos freebsd дебиан",
    ),
    ("editor ide редактор", "vim neovim emacs vscode pycharm intellij sublime nano"),
    (
        "dog собака пёс",
        "corgi puppy labrador poodle husky щенок овчарка лабрадор корги пудель такса",
    ),
    ("cat кошка кот", "kitten kitty котёнок котик"),
    ("drink пить напиток", "coffee tea beer wine juice кофе чай пиво вино сок"),
    (
        "sport спорт",
        (
            "run football tennis hockey swim basketball bouldering yoga бег пробежка футбол хоккей "
            "теннис плавание баскетбол йога"
        ),
    ),
    ("music музыка", "jazz rock pop techno metal opera band группа джаз рок поп опера рэп"),
    (
        "programming программирование",
        "rust go golang python java javascript typescript kotlin swift ruby php c c++ c# питон",
    ),
    (
        "instrument инструмент",
        "cello guitar piano violin drums flute гитара пианино скрипка виолончель флейта барабан",
    ),
)


def kinds_of(value: str) -> tuple[str, ...]:
    """Return the words in both languages for what the things in a value are; often none."""
    return tuple(
        dict.fromkeys(kind for lemma in lemmas(value) for kind in _by_lemma().get(lemma, ()))
    )


@cache
def _by_lemma() -> dict[str, tuple[str, ...]]:
    """Return the kinds by the lemmas of the things."""
    return dict(_rows())


def _rows() -> Iterable[tuple[str, tuple[str, ...]]]:
    """Yield each lemma with its kinds."""
    for kinds, things in _KINDS:
        for lemma in lemmas(things):
            yield lemma, tuple(kinds.split())
