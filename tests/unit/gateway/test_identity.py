"""Who is asking, by what a request carries."""

from collections.abc import Iterable

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from structlog.testing import capture_logs

from services.gateway.identity import IdentityResolver
from shared.auth import (
    SESSION_COOKIE,
    Identity,
    InvalidCredentialError,
    WeakSecretError,
    anonymous_id,
    issue_session,
    issue_token,
    verify_token,
)

SECRET = "s" * 32


@pytest.fixture(autouse=True)
def _log_can_be_captured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A logger that another test has used already may be cached, and deaf to capture_logs."""
    structlog.reset_defaults()
    monkeypatch.setattr("services.gateway.identity.log", structlog.get_logger())


CURL = "curl/8.5.0"
TOKEN = issue_token(SECRET, user="ivan", admin=True)
SESSION = issue_session(SECRET, user_id="s-1")


def request(
    *headers: tuple[str, str], client: tuple[str, int] | None = ("192.0.2.7", 5_000)
) -> Request:
    raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers]
    return Request({"type": "http", "headers": raw, "client": client})


def resolve(asked: Request, proxies: Iterable[str] = ()) -> Identity:
    return IdentityResolver(SECRET, list(proxies)).resolve(asked)


def forwarded(*values: str, peer: str = "10.0.0.1") -> Request:
    hops = [("x-forwarded-for", value) for value in values]
    return request(*hops, ("user-agent", CURL), client=(peer, 1))


def anonymous(address: str, user_agent: str = CURL) -> Identity:
    return Identity(user_id=anonymous_id(SECRET, address, user_agent), kind="anonymous")


def test_a_token_comes_before_a_session() -> None:
    found = resolve(
        request(("authorization", f"Bearer {TOKEN}"), ("cookie", f"{SESSION_COOKIE}={SESSION}"))
    )
    assert found == verify_token(SECRET, TOKEN)
    assert found.admin


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_the_scheme_has_no_case(scheme: str) -> None:
    assert resolve(request(("authorization", f"{scheme} {TOKEN}"))).kind == "token"


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        f"Bearer {SESSION}",
        f"Bearer {TOKEN} {TOKEN}",
        f"Bearer {TOKEN[:-8]}",
        "Bearer \xff\xfe",
        "Bearer " + "a" * 100_000,
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_an_invalid_token_is_never_taken_for_an_anonymous_caller(value: str) -> None:
    with pytest.raises(InvalidCredentialError):
        resolve(request(("authorization", value), ("cookie", f"{SESSION_COOKIE}={SESSION}")))


def test_two_authorization_headers_are_refused() -> None:
    with pytest.raises(InvalidCredentialError, match="more than one"):
        resolve(request(("authorization", f"Bearer {TOKEN}"), ("authorization", "Bearer x")))


def test_another_scheme_is_a_proxys_business() -> None:
    found = resolve(request(("authorization", "Basic eDp5"), ("user-agent", CURL)))
    assert found == anonymous("192.0.2.7")


def test_a_session_cookie_names_its_user() -> None:
    found = resolve(request(("cookie", f"theme=dark; {SESSION_COOKIE}={SESSION}")))
    assert found == Identity(user_id="s-1", kind="session")


@pytest.mark.parametrize("cookie", ["", "nonsense", TOKEN, "\xff"])
def test_an_invalid_cookie_is_ignored_with_a_log_line(cookie: str) -> None:
    asked = request(("cookie", f"{SESSION_COOKIE}={cookie}"), ("user-agent", CURL))
    with capture_logs() as lines:
        assert resolve(asked) == anonymous("192.0.2.7")
    assert lines[0]["event"] == "session cookie ignored"


def test_otherwise_address_and_user_agent_tell_clients_apart() -> None:
    here = resolve(request(("user-agent", CURL)))
    assert here == anonymous("192.0.2.7")
    assert here == resolve(request(("user-agent", CURL), client=("192.0.2.7", 9)))
    assert here != resolve(request(("user-agent", "other")))
    assert here != resolve(request(("user-agent", CURL), client=("192.0.2.8", 1)))


def test_localhost_is_one_client_by_either_protocol() -> None:
    four = resolve(request(("user-agent", CURL), client=("127.0.0.1", 1)))
    assert four == resolve(request(("user-agent", CURL), client=("::1", 1)))
    assert four == resolve(request(("user-agent", CURL), client=("::ffff:127.0.0.1", 1)))


def test_a_missing_user_agent_or_address_is_no_error() -> None:
    assert resolve(request()) == anonymous("192.0.2.7", "")
    assert resolve(request(client=None)) == anonymous("", "")
    assert resolve(request(client=("/run/membus.sock", 0))) == anonymous("", "")


def test_only_the_beginning_of_a_long_user_agent_counts() -> None:
    assert resolve(request(("user-agent", "x" * 70_000))) == anonymous("192.0.2.7", "x" * 512)


def test_a_forwarded_address_counts_for_nothing_from_an_unknown_peer() -> None:
    assert resolve(forwarded("198.51.100.9")) == anonymous("10.0.0.1")
    assert resolve(forwarded("198.51.100.9"), ["10.0.0.2"]) == anonymous("10.0.0.1")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["198.51.100.9"], "198.51.100.9"),
        (["198.51.100.9, 10.2.3.4"], "198.51.100.9"),
        (["198.51.100.9", "10.2.3.4"], "198.51.100.9"),
        (["6.6.6.6, 198.51.100.9"], "198.51.100.9"),
        (["6.6.6.6", "198.51.100.9"], "198.51.100.9"),
        (["127.0.0.1, 198.51.100.9:4711"], "198.51.100.9"),
        (["[2001:db8::1]:443"], "2001:db8::1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["::ffff:198.51.100.9"], "198.51.100.9"),
        (["198.51.100.9, nonsense"], "10.0.0.1"),
        (["unknown, 10.9.9.9"], "10.9.9.9"),
        (["10.9.9.9"], "10.9.9.9"),
        ([""], "10.0.0.1"),
        ([], "10.0.0.1"),
        (["6.6.6.6," * 5_000 + "198.51.100.9"], "198.51.100.9"),
    ],
)
def test_a_trusted_proxy_names_its_nearest_untrusted_hop(values: list[str], expected: str) -> None:
    assert resolve(forwarded(*values), ["10.0.0.0/8"]) == anonymous(expected)


def test_proxies_are_addresses_or_networks() -> None:
    assert resolve(forwarded("198.51.100.9"), ["10.0.0.1"]) == anonymous("198.51.100.9")
    asked = forwarded("198.51.100.9", peer="fd00::5")
    assert resolve(asked, ["10.0.0.1", "fd00::/8"]) == anonymous("198.51.100.9")
    with pytest.raises(ValueError, match="not an address"):
        IdentityResolver(SECRET, ["not an address"])


def test_a_weak_secret_stops_the_start() -> None:
    with pytest.raises(WeakSecretError, match="make up"):
        IdentityResolver("", [])


def test_the_same_client_keeps_its_id_over_a_restart() -> None:
    asked = request(("user-agent", CURL))
    assert IdentityResolver(SECRET, []).resolve(asked) == IdentityResolver(SECRET, []).resolve(
        asked
    )


def test_a_debug_line_tells_how_it_was_resolved() -> None:
    with capture_logs() as lines:
        found = resolve(forwarded("198.51.100.9"), ["10.0.0.1"])
    assert lines == [
        {
            "event": "identity resolved",
            "log_level": "debug",
            "kind": "anonymous",
            "user_id": found.user_id,
            "via": "address and user agent",
            "proxy_trusted": True,
        }
    ]


@given(st.text(), st.text(), st.text())
def test_no_header_is_an_unknown_error(authorization: str, cookie: str, hops: str) -> None:
    asked = request(("authorization", authorization), ("cookie", cookie), ("x-forwarded-for", hops))
    try:
        assert resolve(asked, ["192.0.2.0/24"]).user_id
    except InvalidCredentialError:
        assert authorization[:6].lower() == "bearer"
