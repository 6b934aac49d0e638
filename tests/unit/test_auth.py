"""Credentials are accepted for exactly what they were issued for."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.auth import (
    Identity,
    InvalidCredentialError,
    WeakSecretError,
    anonymous_id,
    issue_session,
    issue_token,
    verify_session,
    verify_token,
)
from shared.contracts.ids import SUBJECT_TOKEN

SECRET = "s" * 32
OTHER = "o" * 32
NOW = datetime.now(UTC)
CLAIMS = {
    "iss": "membus",
    "aud": "membus-api",
    "sub": "u-0123456789abcdef0123",
    "iat": NOW,
    "exp": NOW + timedelta(days=1),
}


def forged(algorithm: str | None = "HS256", key: str = SECRET, **changes: object) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    return jwt.encode(claims, key, algorithm)


def raw(header: object, signature: str = "x") -> str:
    parts = [urlsafe_b64encode(json.dumps(part).encode()) for part in (header, {"sub": "a"})]
    return b".".join(part.rstrip(b"=") for part in parts).decode() + f".{signature}"


def test_a_token_names_its_user_by_an_opaque_id() -> None:
    identity = verify_token(SECRET, issue_token(SECRET, user="Иван"))
    assert identity.kind == "token"
    assert not identity.admin
    assert identity.user_id.startswith("u-")
    assert len(identity.user_id) == 22
    assert SUBJECT_TOKEN.match(identity.user_id)


def test_the_same_name_is_the_same_user_for_good() -> None:
    def user_id(name: str, secret: str = SECRET) -> str:
        return verify_token(secret, issue_token(secret, user=name)).user_id

    assert user_id("ivan") == user_id(" ivan ") == "u-91cb91bec6ed4f23d122"
    assert user_id("й") == user_id("и\u0306")
    assert user_id("ivan") != user_id("Ivan")
    assert user_id("ivan") != user_id("ivan", OTHER)


def test_an_admin_token_is_one_only_when_issued_so() -> None:
    assert verify_token(SECRET, issue_token(SECRET, user="root", admin=True)).admin
    assert not verify_token(SECRET, forged(admin="yes")).admin
    assert not verify_token(SECRET, forged(admin=1)).admin


def test_a_session_names_its_user() -> None:
    session = issue_session(SECRET, user_id="s-1")
    assert verify_session(SECRET, session) == Identity(user_id="s-1", kind="session")


def test_a_session_can_claim_no_admin_rights() -> None:
    assert not verify_session(SECRET, forged(aud="membus-page", admin=True)).admin


@pytest.mark.parametrize(
    ("verify", "credential"),
    [
        (verify_token, issue_session(SECRET, user_id="s-1")),
        (verify_session, issue_token(SECRET, user="ivan")),
    ],
)
def test_neither_is_accepted_as_the_other(
    verify: Callable[[str, str], Identity], credential: str
) -> None:
    with pytest.raises(InvalidCredentialError, match="not for this purpose"):
        verify(SECRET, credential)


def test_they_expire() -> None:
    token = issue_token(SECRET, user="ivan", days=3, now=NOW - timedelta(days=3, minutes=1))
    with pytest.raises(InvalidCredentialError, match=r"expired.*make token"):
        verify_token(SECRET, token)
    verify_token(SECRET, issue_token(SECRET, user="ivan", days=3, now=NOW - timedelta(days=2)))
    session = issue_session(SECRET, user_id="s-1", now=NOW - timedelta(days=366))
    with pytest.raises(InvalidCredentialError, match="expired"):
        verify_session(SECRET, session)


def test_a_clock_that_is_a_little_ahead_does_no_harm() -> None:
    verify_token(SECRET, issue_token(SECRET, user="ivan", now=NOW + timedelta(seconds=15)))
    with pytest.raises(InvalidCredentialError):
        verify_token(SECRET, issue_token(SECRET, user="ivan", now=NOW + timedelta(hours=1)))


@pytest.mark.parametrize(
    "token",
    [
        forged(algorithm="none", key=""),
        forged(algorithm="HS512", key=SECRET * 2),
        forged(key=OTHER),
        forged(iss="somebody"),
        forged(aud=None),
        forged(aud=["membus-api", "membus-page"]),
        forged(sub=None),
        forged(exp=None),
        forged(sub="memory.>"),
        forged(sub="a" * 65),
        forged(sub=""),
        raw({"alg": "none"}, ""),
        raw({"alg": "HS256"}),
        raw({"alg": ["HS256"]}),
        raw({"alg": {"HS256": 1}}),
        raw([]),
        "",
        ".",
        "..",
        "a.b.c",
        "не токен",
        "\ud800",
        "\0",
        urlsafe_b64encode(b"[" * 2_900).decode() + ".e30.x",
        "a" * 1_000_000,
    ],
    ids=lambda token: ascii(token)[:24],
)
def test_nothing_else_is_accepted(token: str) -> None:
    for verify in (verify_token, verify_session):
        with pytest.raises(InvalidCredentialError):
            verify(SECRET, token)


@given(st.text())
def test_garbage_is_refused_and_nothing_worse(text: str) -> None:
    with pytest.raises(InvalidCredentialError):
        verify_token(SECRET, text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    ),
    st.sampled_from(["alg", "kid", "crit", "b64", "typ"]),
)
def test_any_header_is_refused_and_nothing_worse(value: object, name: str) -> None:
    with pytest.raises(InvalidCredentialError):
        verify_token(SECRET, raw({"alg": "HS256", name: value}))


@given(st.data())
def test_one_changed_character_spoils_it(data: st.DataObject) -> None:
    token = issue_token(SECRET, user="ivan", admin=False, now=NOW)
    # The last character carries bits that base64 does not read.
    place = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from("ABCxyz019-_.").filter(lambda new: new != token[place]))
    with pytest.raises(InvalidCredentialError):
        verify_token(SECRET, token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("secret", ["", "short", "x" * 31])
def test_a_weak_secret_is_refused_with_the_remedy(secret: str) -> None:
    for use in (
        lambda: issue_token(secret, user="ivan"),
        lambda: issue_session(secret, user_id="s-1"),
        lambda: verify_token(secret, forged()),
        lambda: verify_session(secret, forged()),
        lambda: anonymous_id(secret, "127.0.0.1", "curl"),
    ):
        with pytest.raises(WeakSecretError, match=r"SECRET_KEY.*32 bytes.*make up"):
            use()


@pytest.mark.parametrize("user", ["", " \t"])
def test_a_token_needs_a_name(user: str) -> None:
    with pytest.raises(ValueError, match="USER="):
        issue_token(SECRET, user=user)


def test_a_token_needs_a_lifetime() -> None:
    with pytest.raises(ValueError, match="DAYS"):
        issue_token(SECRET, user="ivan", days=0)


@given(st.text(), st.text())
def test_an_anonymous_id_is_opaque_and_steady(address: str, user_agent: str) -> None:
    found = anonymous_id(SECRET, address, user_agent)
    assert found == anonymous_id(SECRET, address, user_agent)
    assert SUBJECT_TOKEN.match(found)
    assert found.startswith("a-")
    assert len(found) == 22
    assert found != anonymous_id(OTHER, address, user_agent)


def test_an_anonymous_id_survives_a_restart() -> None:
    assert anonymous_id(SECRET, "127.0.0.1", "curl/8.5.0") == "a-ab2e3f2b50bb200c1fcc"
