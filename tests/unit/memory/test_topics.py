"""What is a topic, and that it is one however it is spelt."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.parts import Message, Role
from shared.memory.topics import LANDMARK, MOST, sound, topics_in, topics_of, weight_at


@pytest.mark.parametrize(
    ("spellings", "topic"),
    [
        ("Docker docker DOCKER докер Докер докера докером докере", "docker"),
        ("Python python's питон питона пайтон", "python"),
        ("Kubernetes k8s кубернетес кубернетеса кубер", "kubernetes"),
        ("PostgreSQL postgres постгрес постгреса", "postgresql"),
        ("Linux линукс линукса линуксе", "linux"),
        ("GitHub гитхаб гитхабе", "github"),
        ("JavaScript js джаваскрипт", "javascript"),
        ("Telegram телеграм телеграме", "telegram"),
        ("собака собаки собаке собак собаками", "собака"),
        ("Казань Казани Казанью", "казань"),
        ("recipe recipes Recipe recipe's", "recipe"),
        ("library libraries Library", "library"),
        ("свёкла свекла свеклой", "свекла"),
    ],
)
def test_spellings_and_forms_are_one_topic(spellings: str, topic: str) -> None:
    for spelling in spellings.split():
        assert topics_in(spelling) == (topic,), spelling
    assert topics_in(spellings) == (topic,)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Как запустить контейнер в докере?", {"контейнер", "docker"}),
        ("У меня есть собака, она любит гулять", {"собака"}),
        ("I have two dogs and three cats", {"dog", "cat"}),
        ("I don't live in Leeds, and we've no cats: they'll run", {"leeds", "cat"}),
        ("Mail bob.smith+news@example.org about the cello", {"mail", "cello"}),
        ("Explain photosynthesis briefly", {"photosynthesis"}),
        ("AI и ML в медицине", {"ai", "ml", "медицина"}),
        ("The weather in Berlin today", {"weather", "berlin"}),
        ("Привет! Как дела?", set()),
        ("Thanks, that was really helpful!", set()),
        ("Спасибо большое, всё понятно", set()),
        ("Why? What do you mean?", set()),
        ("12 345 6.7 q1 🦊", set()),
        ("https://example.com/docker me@docker.com", set()),
        ("```\nimport docker\n```", set()),
        ("", set()),
    ],
)
def test_nouns_and_names_are_topics(text: str, topics: set[str]) -> None:
    assert set(topics_in(text)) == topics


def test_the_most_frequent_come_first_and_are_few() -> None:
    words = "apple banana cherry date elderberry fig grape honeydew kiwi lemon"
    found = topics_in(f"{words} lemon lemon kiwi")
    assert len(found) == MOST
    assert found[:2] == ("lemon", "kiwi")


def test_only_a_user_has_topics() -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    roles: list[tuple[Role, tuple[str, ...]]] = [
        *(("user", ("docker",)), ("assistant", ())),
        *(("system", ()), ("tool", ())),
    ]
    for role, found in roles:
        message = Message(message_id="m", role=role, content="Docker", time=at, order=0)
        assert topics_of(message) == found


def test_names_sound_alike_in_both_alphabets() -> None:
    for latin, cyrillic in (("docker", "докер"), ("google", "гугл"), ("linux", "линукс")):
        assert sound(latin) == sound(cyrillic)
    assert sound("docker") != sound("tinker")


def test_a_weight_halves_in_two_weeks_and_adds_up_exactly() -> None:
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert weight_at(at) == pytest.approx(2 * weight_at(at - timedelta(days=14)), rel=1e-6)
    assert weight_at(LANDMARK - timedelta(days=9000)) == weight_at(LANDMARK)
    # No moment is out of its range.
    assert weight_at(datetime.max.replace(tzinfo=UTC)) > weight_at(at)
    weights = [weight_at(at - timedelta(hours=n)) for n in range(1000)]
    assert all(isinstance(weight, int) for weight in weights)


@pytest.mark.parametrize("piece", ["1", "a", "й", "a-", "`", "~~~", "http://", "a.", "x@", "a'"])
def test_a_megabyte_is_read_no_further_than_its_beginning(piece: str) -> None:
    assert topics_in(piece * 1_000_000 + " docker") == topics_in(piece * 10_000)
