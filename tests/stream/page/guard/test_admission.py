"""Who may see a session in a browser."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import pytest

from fsrf_live.stream.page.guard.admission import LONGEST_COOKIE_HEADER, MOST_COOKIES, MOST_OPEN, Admission

PORT = 8770
HOST = f"127.0.0.1:{PORT}"


def token_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["token"][0]


@pytest.fixture
def admission() -> Admission:
    return Admission(PORT)


@pytest.fixture
def admitted(admission: Admission) -> Mapping[str, str]:
    """Headers of a browser that has the cookie."""
    cookie = admission.exchange(token_of(admission.invite()))
    return {"host": HOST, "cookie": f"{admission.cookie}={cookie}"}


def test_an_address_is_of_this_machine_and_works_once(admission: Admission) -> None:
    address = admission.invite()
    assert address.startswith(f"http://{HOST}/?token=")
    assert admission.exchange(token_of(address)) is not None
    assert admission.exchange(token_of(address)) is None


def test_an_address_may_be_that_of_the_overlay(admission: Admission) -> None:
    address = admission.invite(overlay=True)
    assert parse_qs(urlsplit(address).query)["overlay"] == ["1"]
    assert admission.exchange(token_of(address)) is not None


@pytest.mark.parametrize("token", ["", "guess", "\ud800", "a" * 10_000])
def test_a_token_that_was_never_given_opens_nothing(admission: Admission, token: str) -> None:
    admission.invite()
    assert admission.exchange(token) is None


def test_two_addresses_and_their_cookies_differ(admission: Admission) -> None:
    tokens = [token_of(admission.invite()) for _ in range(2)]
    assert len({*tokens, *(admission.exchange(token) for token in tokens)}) == 4


def test_of_too_many_addresses_the_oldest_goes(admission: Admission) -> None:
    tokens = [token_of(admission.invite()) for _ in range(MOST_OPEN + 1)]
    assert admission.exchange(tokens[0]) is None
    assert all(admission.exchange(token) for token in tokens[1:])


def test_of_too_many_cookies_the_oldest_goes(admission: Admission, admitted: Mapping[str, str]) -> None:
    for _ in range(MOST_COOKIES):
        assert admission.refusal(admitted) is None
        admission.exchange(token_of(admission.invite()))
    assert admission.refusal(admitted) == "cookie"


def test_whoever_has_the_cookie_is_let_in(admission: Admission, admitted: Mapping[str, str]) -> None:
    assert admission.refusal(admitted) is None
    assert admission.refusal({**admitted, "origin": f"http://{HOST}"}, must_tell_origin=True) is None
    assert admission.refusal({**admitted, "host": f"localhost:{PORT}"}) is None


@pytest.mark.parametrize(
    "host", ["", "evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:80", "0.0.0.0:8770"]
)
def test_a_name_that_somebody_lets_point_here_is_none_of_ours(
    admission: Admission, admitted: Mapping[str, str], host: str
) -> None:
    assert admission.refusal({**admitted, "host": host}) == "host"


@pytest.mark.parametrize(
    "origin",
    ["null", "", "http://evil.example", "http://127.0.0.1", "http://127.0.0.1:9000", f"https://{HOST}"],
)
def test_another_page_is_refused_whatever_cookie_its_browser_has(
    admission: Admission, admitted: Mapping[str, str], origin: str
) -> None:
    assert admission.refusal({**admitted, "origin": origin}) == "origin"
    assert admission.refusal({**admitted, "origin": origin}, must_tell_origin=True) == "origin"


def test_who_must_tell_where_it_comes_from_and_does_not_is_refused(
    admission: Admission, admitted: Mapping[str, str]
) -> None:
    assert admission.refusal(admitted, must_tell_origin=True) == "origin"


@pytest.mark.parametrize(
    "cookie", ["", "fsrf-page-8770=", "fsrf-page-8770=guess", "fsrf-page-8771={}", "{}", "\x00=;;=", "a=b; c"]
)
def test_without_the_right_cookie_nobody_is_let_in(
    admission: Admission, admitted: Mapping[str, str], cookie: str
) -> None:
    value = admitted["cookie"].partition("=")[2]
    assert admission.refusal({"host": HOST, "cookie": cookie.format(value)}) == "cookie"
    assert admission.refusal({"host": HOST}) == "cookie"


def test_other_cookies_of_this_machine_do_not_matter_unless_they_are_endless(
    admission: Admission, admitted: Mapping[str, str]
) -> None:
    assert admission.refusal({**admitted, "cookie": f"theme=dark; {admitted['cookie']}; a=b"}) is None
    for odd in ('g_state={"i_l":0}', "flag", "a=b c", "u=é", "version=1.2", f"a={'b' * 4100}", "=", "a=b,c"):
        assert admission.refusal({**admitted, "cookie": f"{odd}; {admitted['cookie']}; {odd}"}) is None, odd
    endless = f"{admitted['cookie']}; a={'b' * LONGEST_COOKIE_HEADER}"
    assert admission.refusal({**admitted, "cookie": endless}) == "cookie"


def test_with_tls_other_names_another_scheme_and_a_usual_port() -> None:
    admission = Admission(443, ("lab.example", "192.168.1.7"), secure=True)
    assert admission.invite().startswith("https://lab.example:443/?token=")
    cookie = admission.exchange(admission.invite().partition("token=")[2])
    sent = {"cookie": f"{admission.cookie}={cookie}"}
    ours = {"host": "lab.example", "origin": "https://lab.example", **sent}
    assert admission.refusal(ours, must_tell_origin=True) is None
    assert admission.refusal({**ours, "host": "192.168.1.7"}) == "origin"
    assert admission.refusal({**ours, "origin": "http://lab.example"}) == "origin"
    for host in ("127.0.0.1", "localhost", "evil.example", "lab.example:8443"):
        assert admission.refusal({"host": host, **sent}) == "host"
