"""Who may ask the studio, and what: refusals are one line of JSON, whatever is asked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from serving import Answer, Served

from symgen.studio.context import Settings
from symgen.studio.security import COOKIE, start_link

NONE = {"Authorization": ""}


def refusal(answer: Answer, status: int) -> str:
    """Return what a request was refused with."""
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/json"
    assert answer.body.count(b"\n") == 1
    assert answer.headers["x-content-type-options"] == "nosniff"
    told: dict[str, Any] = json.loads(answer.body)
    assert list(told) == ["error"]
    return str(told["error"])


def cookie(served: Served) -> dict[str, str]:
    found = served.ask("GET", f"/?token={served.token}", headers=NONE).headers["set-cookie"]
    return {**NONE, "Cookie": found.partition(";")[0]}


def test_the_start_link_sets_a_cookie_and_leads_to_the_page(served: Served) -> None:
    answer = served.ask("GET", f"/?token={served.token}", headers=NONE)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    name, *flags = answer.headers["set-cookie"].split("; ")
    assert name == f"{COOKIE}-{served.port}={served.token}"
    assert set(flags) == {"HttpOnly", "SameSite=Strict", "Path=/"}
    page = served.ask("GET", "/", headers=cookie(served))
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    "headers",
    [
        NONE,
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic abc"},
        {**NONE, "Cookie": f"{COOKIE}=wrong"},
        {**NONE, "Cookie": "\x01=;;;"},
        {"Authorization": "Bearer \u00e9"},
    ],
)
def test_without_the_token_nothing_is_served(served: Served, headers: dict[str, str]) -> None:
    for path in ("/", "/api/about", "/page/app.js", "/api/soundfont", "/?token=wrong", "/nothing"):
        assert "start link" in refusal(served.ask("GET", path, headers=headers), 401)


def test_another_host_is_refused(served: Served) -> None:
    for host in (
        "example.org",
        f"example.org:{served.port}",
        "127.0.0.1",
        "127.0.0.1:1",
        f"127.0.0.1.example.org:{served.port}",
    ):
        told = refusal(served.ask("GET", "/api/about", headers={"Host": host}), 421)
        assert "Host" in told
    local = served.ask("GET", "/api/about", headers={"Host": f"localhost:{served.port}"})
    assert local.status == 200


def test_another_origin_is_refused(served: Served) -> None:
    for origin in (
        "http://example.org",
        "null",
        "http://127.0.0.1:1",
        f"https://127.0.0.1:{served.port}",
    ):
        told = refusal(served.ask("GET", "/api/about", headers={"Origin": origin}), 403)
        assert "Origin" in told
    assert served.ask("GET", "/api/about", headers={"Origin": served.url}).status == 200


def test_a_cookie_alone_changes_nothing(served: Served) -> None:
    """Cookies go along to every port of this machine: a page of another program must not use ours."""
    with_cookie = cookie(served)
    answer = served.ask("DELETE", "/api/about", headers=with_cookie)
    assert "Origin" in refusal(answer, 403)
    for site in ("cross-site", "same-site"):
        sent = {**with_cookie, "Sec-Fetch-Site": site}
        assert "another page" in refusal(served.ask("GET", "/api/about", headers=sent), 403)
    ours = {**with_cookie, "Sec-Fetch-Site": "same-origin", "Origin": served.url}
    assert served.ask("GET", "/api/about", headers=ours).status == 200
    refusal(served.ask("DELETE", "/api/about", headers=ours), 405)


def test_paths_that_lead_elsewhere_are_none(served: Served) -> None:
    for path in (
        "/page/../app.py",
        "/page/%2e%2e/app.py",
        "/page/..%2fapp.py",
        "/page//etc/passwd",
        "/page/app.js%00.html",
        "/page/app.py",
        "/page/",
        "/page/\\app.js",
        "/page/vendor",
    ):
        refusal(served.ask("GET", path), 404)
    refusal(served.ask("GET", "/page/" + "a" * 4000), 414)
    assert served.ask("GET", "/page/app.js").status == 200


def test_methods_and_bodies_are_bounded(served: Served) -> None:
    refusal(served.ask("PATCH", "/api/about"), 405)
    refusal(served.ask("POST", "/api/about", {}), 405)
    refusal(served.ask("GET", "/api/about", b"x"), 413)
    refusal(served.ask("POST", "/api/x", b"x" * 70_000), 413)
    refusal(served.ask("POST", "/api/x", b"{}", {"Content-Type": "text/plain"}), 415)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"\xff",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b'{"a":' * 50 + b"1" + b"}" * 50,
        b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    ],
)
def test_what_is_no_sound_json_is_refused(served: Served, body: bytes) -> None:
    told = refusal(served.ask("POST", "/api/x", body, {"Content-Type": "application/json"}), 400)
    assert "JSON" in told


def test_the_start_link_of_a_network_names_an_address_of_it() -> None:
    from pathlib import Path

    settings = Settings(Path("x"), "t" * 16, "192.0.2.7", 80)
    assert start_link(settings) == "http://192.0.2.7:80/?token=tttttttttttttttt"
    assert "tttt" not in repr(settings)
