"""The estimate of tokens, pinned against counts of Qwen2.5's own vocabulary."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.context.tokens import estimate_tokens

# Counted with the demonstration model's vocabulary (llama.cpp, /tokenize).
COUNTED = [
    ("Как настроить Docker?", 6),
    ("Привет! Меня зовут Иван, я программист из Новосибирска и люблю кошек.", 29),
    (
        "Kubernetes - это оркестратор контейнеров, который автоматически разворачивает приложения.",
        25,
    ),
    ("Hello! My name is John, I am a nurse and I live in Leeds with two cats.", 20),
    ('for index, item in enumerate(items):\n    print(f"{index}: {item}")\n', 17),
    ('{"user_id": "a-19f3", "facts": [{"id": 7, "text": "Likes tea"}]}', 29),
    ("2026-03-04T12:01:59.123456Z 10.0.0.12 GET /api/v1/users/8841 200", 52),
    ("我叫小明，我在北京工作，喜欢喝茶。", 12),
    ("私は東京に住んでいます。猫が好きです。", 13),
    ("제 이름은 민수이고 서울에 살고 있습니다.", 13),
    ("Ich heiße Jürgen und wohne seit zwölf Jahren in München.", 19),
    ("Мене звати Оксана, я живу в Києві і працюю лікаркою.", 30),
    ("اسمي علي وأعيش في القاهرة", 7),
    ("मेरा नाम राहुल है और मैं दिल्ली में रहता हूँ।", 45),
    ("🚀🔥🎉😀👍🏽", 6),
    ("СРОЧНО ОТВЕТЬ НА ВОПРОС", 16),
    ("192.168.100.200 / 4111 1111 1111 1111", 36),
    ("d41d8cd98f00b204e9800998ecf8427e", 30),
]


@pytest.mark.parametrize(("text", "counted"), COUNTED)
def test_it_is_close_to_the_count_and_never_far_below(text: str, counted: int) -> None:
    assert 0.9 * counted <= estimate_tokens(text) <= 1.7 * counted + 4


def test_all_of_them_together_are_not_underestimated() -> None:
    assert sum(estimate_tokens(text) for text, _ in COUNTED) >= sum(count for _, count in COUNTED)


def test_nothing_is_nothing() -> None:
    assert estimate_tokens("") == 0


@given(st.text())
def test_every_character_counts_for_something_and_no_more_than_its_bytes(text: str) -> None:
    visible = "".join(text.split())
    assert bool(visible) <= estimate_tokens(text) <= 2 * len(text.encode()) + 1


@example("0" * 15, ":::\x08" + "\x80" * 14)
@given(st.text(), st.text())
def test_lines_together_are_not_dearer_than_apart(one: str, two: str) -> None:
    apart = estimate_tokens(one) + estimate_tokens("\n" + two)
    assert estimate_tokens(f"{one}\n{two}") <= apart


def test_a_long_text_is_estimated_in_time_proportional_to_its_length() -> None:
    assert estimate_tokens(" " * 200_000) < 10
    assert estimate_tokens("\n" * 2_000) <= 2_000
