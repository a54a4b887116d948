"""The rules of push: where to, what, how long, how often."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from vendorapp.notices import rules
from vendorapp.notices.rules import Action, BadSubscription, EndpointRefused, Result

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)


# Endpoints ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://fcm.googleapis.com/fcm/send/a:b_c-d", "https://fcm.googleapis.com"),
        ("https://fcm.googleapis.com:443/wp/x", "https://fcm.googleapis.com"),
        ("https://jmt17.google.com/fcm/send/x", "https://jmt17.google.com"),
        ("https://android.googleapis.com/gcm/send/x", "https://android.googleapis.com"),
        (
            "https://updates.push.services.mozilla.com/wpush/v2/gAAA=",
            "https://updates.push.services.mozilla.com",
        ),
        ("https://eu.push.services.mozilla.com/x", "https://eu.push.services.mozilla.com"),
        ("https://web.push.apple.com/QAbc", "https://web.push.apple.com"),
        ("https://a.b.push.apple.com/x", "https://a.b.push.apple.com"),
        (
            "https://wns2-pn1p.notify.windows.com/w/?token=BQ%3d%3d",
            "https://wns2-pn1p.notify.windows.com",
        ),
        ("HTTPS://FCM.GoogleAPIs.com/Send", "https://fcm.googleapis.com"),
        ("https://fcm.googleapis.com/@evil.example", "https://fcm.googleapis.com"),
    ],
)
def test_known_services_are_welcome(endpoint: str, origin: str) -> None:
    assert rules.check_endpoint(endpoint) == origin


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "https://fcm.googleapis.com",  # no path: not a subscription
        "http://fcm.googleapis.com/x",
        "http://fcm.googleapis.com:443/x",
        "ftp://fcm.googleapis.com/x",
        "//fcm.googleapis.com/x",
        "https://fcm.googleapis.com:444/x",
        "https://fcm.googleapis.com:80/x",
        "https://fcm.googleapis.com:/x",
        "https://fcm.googleapis.com:0443/x",
        "https://fcm.googleapis.com:99999/x",
        "https://fcm.googleapis.com./x",
        "https://.push.apple.com/x",
        "https://push.apple.com/x",
        "https://notify.windows.com/x",
        "https://-.notify.windows.com/x",
        "https://evilpush.apple.com/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://evil.example/?.push.apple.com",
        "https://googleapis.com/x",
        "https://storage.googleapis.com/x",
        "https://user@fcm.googleapis.com/x",
        "https://user:word@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@evil.example/x",
        "https://fcm.googleapis.com\\@evil.example/x",
        "https://fcm.googleapis.com/x\\y",
        "https://evil.example#.push.apple.com/x",
        "https://fcm.googleapis.com/x#part",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/x",
        " https://fcm.googleapis.com/x",
        "https://fcm.googleapis.com/x\n",
        "https://fcm.google\tapis.com/x",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com/x\r\nHost: evil",
        "https://fcm.googleapis.com/ü",
        "http\u017f://fcm.googleapis.com/x",  # a long s, which ignores case to "s"
        "https://fcm。googleapis.com/x",  # an ideographic full stop
        "https://" + "a" * 64 + ".notify.windows.com/x",
        "https://fcm.googleapis.com/" + "x" * 2_022,
    ],
)
def test_other_endpoints_are_refused(endpoint: str) -> None:
    with pytest.raises(EndpointRefused):
        rules.check_endpoint(endpoint)


def test_the_longest_endpoint() -> None:
    endpoint = "https://fcm.googleapis.com/" + "x" * 2_021
    assert len(endpoint) == 2_048
    rules.check_endpoint(endpoint)


@pytest.mark.parametrize(
    ("endpoint", "allow", "origin"),
    [
        ("http://127.0.0.1:9090/push/1", ["127.0.0.1:9090"], "http://127.0.0.1:9090"),
        ("http://127.0.0.1:9090/push/1", ["127.0.0.1"], "http://127.0.0.1:9090"),
        ("https://push.example/x", ["push.example"], "https://push.example"),
        ("https://push.example/x", ["push.example:443"], "https://push.example"),
        ("https://push.example:8443/x", ["push.example:8443"], "https://push.example:8443"),
        ("http://Push.Example/x", ["push.example:80"], "http://push.example"),
        ("http://push_service:80/x", ["push_service"], "http://push_service"),
        ("http://[::1]:9090/x", ["[::1]:9090"], "http://[::1]:9090"),
        ("https://fcm.googleapis.com/x", ["push.example"], "https://fcm.googleapis.com"),
    ],
)
def test_configured_hosts_are_exempt(endpoint: str, allow: list[str], origin: str) -> None:
    assert rules.check_endpoint(endpoint, allow) == origin


@pytest.mark.parametrize(
    ("endpoint", "allow"),
    [
        ("http://127.0.0.1:9091/push/1", ["127.0.0.1:9090"]),
        ("http://127.0.0.1/push/1", ["127.0.0.1:9090"]),
        ("http://push.example/x", ["push.example:443"]),
        ("http://sub.push.example/x", ["push.example"]),
        ("http://user@push.example/x", ["push.example"]),
        ("ftp://push.example/x", ["push.example"]),
        ("http://fcm.googleapis.com/x", ["push.example"]),
    ],
)
def test_the_exemption_is_narrow(endpoint: str, allow: list[str]) -> None:
    with pytest.raises(EndpointRefused):
        rules.check_endpoint(endpoint, allow)


# Keys -----------------------------------------------------------------------------------------


def b64(raw: bytes, *, padded: bool = False) -> str:
    text = base64.urlsafe_b64encode(raw).decode()
    return text if padded else text.rstrip("=")


def point() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


AUTH = bytes(range(16))


@pytest.mark.parametrize("padded", [False, True])
def test_good_keys(padded: bool) -> None:
    for _ in range(50):
        raw = point()
        assert rules.check_keys(b64(raw, padded=padded), b64(AUTH, padded=padded)) == (raw, AUTH)


def bad_keys() -> dict[str, tuple[str, str]]:
    good, other_curve = point(), ec.generate_private_key(ec.SECP256K1()).public_key()
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    x, y = int.from_bytes(good[1:33]), int.from_bytes(good[33:])
    compressed = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), good).public_bytes(
        Encoding.X962, PublicFormat.CompressedPoint
    )
    foreign = other_curve.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {
        "off the curve": (b64(b"\4" + x.to_bytes(32) + ((y + 1) % p).to_bytes(32)), b64(AUTH)),
        "other curve": (b64(foreign), b64(AUTH)),
        "zeros": (b64(b"\4" + bytes(64)), b64(AUTH)),
        "wrong mark": (b64(b"\6" + good[1:]), b64(AUTH)),
        "compressed": (b64(compressed), b64(AUTH)),
        "64 bytes": (b64(good[:-1]), b64(AUTH)),
        "66 bytes": (b64(good + b"\0"), b64(AUTH)),
        "no point": ("", b64(AUTH)),
        "infinity": (b64(b"\0"), b64(AUTH)),
        "not base64url": (b64(good)[:-1] + "*", b64(AUTH)),
        "spaces": (" " + b64(good), b64(AUTH)),
        "newline": (b64(good) + "\n", b64(AUTH)),
        "one letter left over": (b64(good) + "AA", b64(AUTH)),
        "padding in the middle": (b64(good)[:40] + "==" + b64(good)[40:], b64(AUTH)),
        "non-ascii": (b64(good)[:-1] + "é", b64(AUTH)),
        "auth of 15": (b64(good), b64(AUTH[:-1])),
        "auth of 17": (b64(good), b64(AUTH + b"\0")),
        "no auth": (b64(good), ""),
        "auth of 1 letter": (b64(good), "A"),
        "swapped": (b64(AUTH), b64(good)),
    }


@pytest.mark.parametrize("case", bad_keys())
def test_bad_keys_are_one_error(case: str) -> None:
    with pytest.raises(BadSubscription):
        rules.check_keys(*bad_keys()[case])


def test_a_coordinate_beyond_the_field_is_refused() -> None:
    """x + p names the same point, but OpenSSL refuses it: so must we, before storing it."""
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    x = next(
        x for x in range(1_000) if pow(x**3 - 3 * x + b, (p - 1) // 2, p) == 1
    )  # a small x whose y exists
    y = pow(x**3 - 3 * x + b, (p + 1) // 4, p)
    rules.check_keys(b64(b"\4" + x.to_bytes(32) + y.to_bytes(32)), b64(AUTH))
    with pytest.raises(BadSubscription):
        rules.check_keys(b64(b"\4" + (x + p).to_bytes(32) + y.to_bytes(32)), b64(AUTH))


def test_the_rules_are_cheap_to_import() -> None:
    """The web process checks keys; it must not pay for the sender's 250 ms of imports."""
    code = (
        "import sys; from vendorapp.notices import rules;"
        "heavy = {'pywebpush', 'cryptography', 'urllib3', 'aiohttp', 'flask', 'sqlalchemy'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    bare = (
        "import sys, types, pathlib\n"
        "for name in ('vendorapp', 'vendorapp.notices'):\n"  # without the packages' __init__
        "    module = sys.modules[name] = types.ModuleType(name)\n"
        "    module.__path__ = [str(pathlib.Path(*name.split('.')))]\n"
    )
    done = subprocess.run([sys.executable, "-c", bare + code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_vapid_public_key() -> None:
    """The pair of RFC 8291, appendix A (the application server's)."""
    private, public = (
        "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
        "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
    )
    assert rules.vapid_public_key(private) == public
    assert rules.vapid_public_key(private + "=") == public
    for wrong in ("", "AAAA", b64(bytes(32)), private + "AAAA", "*" * 43):
        with pytest.raises(ValueError, match="VAPID") as caught:
            rules.vapid_public_key(wrong)
        assert not wrong or wrong not in str(caught.value)


# Topic, urgency, lifetime ---------------------------------------------------------------------


def test_topic() -> None:
    topic = rules.topic_for(b"secret", "change:17")
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", topic)
    assert topic == rules.topic_for(b"secret", "change:17")
    assert topic != rules.topic_for(b"secret", "change:18")
    assert topic != rules.topic_for(b"other", "change:17")
    assert rules.topic_for(b"secret", "दूध")  # any words will do


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("change_proposed", "high"),
        ("order_requested", "high"),
        ("order_offered", "high"),
        ("payment_claimed", "high"),
        ("record_disputed", "high"),
        ("change_accepted", "normal"),
        ("pause_asked", "normal"),
        ("payment_confirmed", "normal"),
        ("reminder", "normal"),
        ("anything_else", "normal"),
    ],
)
def test_urgency(kind: str, expected: str) -> None:
    assert rules.urgency(kind) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("change_proposed", timedelta(days=7)),
        ("order_requested", timedelta(days=7)),
        ("order_offered", timedelta(days=7)),
        ("change_withdrawn", timedelta(days=7)),
        ("change_accepted", timedelta(hours=24)),
        ("change_declined", timedelta(hours=24)),
        ("order_accepted", timedelta(hours=24)),
        ("payment_claimed", timedelta(days=3)),
        ("payment_confirmed", timedelta(days=3)),
        ("payment_declined", timedelta(days=3)),
        ("adjustment_made", timedelta(days=3)),
        ("statement_ready", timedelta(days=7)),
        ("reminder", timedelta(days=7)),
        ("payment_reversed", timedelta(days=3)),
        ("payment_promised", timedelta(days=3)),
        ("invoice_made", timedelta(days=7)),
        ("bill_made", timedelta(days=7)),
        ("statement_accepted", timedelta(days=7)),
        ("pause_asked", timedelta(days=7)),
        ("pause_ended", timedelta(days=7)),
        ("customer_linked", timedelta(days=7)),
        ("customer_unlinked", timedelta(days=7)),
        ("record_changed", timedelta(hours=48)),
        ("record_disputed", timedelta(hours=48)),
        ("order_served", timedelta(hours=48)),
        ("comment_added", timedelta(hours=48)),
        ("change_expired", timedelta(hours=24)),
        ("order_declined", timedelta(hours=24)),
        ("order_cancelled", timedelta(hours=24)),
        ("order_ended", timedelta(hours=24)),
        ("tomorrow_changes", timedelta(hours=24)),
        ("test", timedelta(minutes=10)),
        ("anything_else", timedelta(hours=24)),
    ],
)
def test_lifetime(kind: str, expected: timedelta) -> None:
    assert rules.lifetime(kind, now=NOW) == expected


def test_a_proposal_lives_no_longer_than_its_deadline() -> None:
    def life(days: float) -> timedelta:
        return rules.lifetime("change_proposed", now=NOW, deadline=NOW + timedelta(days=days))

    assert life(2) == timedelta(days=2)
    assert life(8) == timedelta(days=7)
    assert life(-1) == timedelta(0)
    # Other news has no deadline.
    assert rules.lifetime("reminder", now=NOW, deadline=NOW) == timedelta(days=7)


def test_a_pause_is_news_until_it_is_over_but_for_a_day_at_least() -> None:
    def life(days: float) -> timedelta:
        return rules.lifetime("pause_asked", now=NOW, deadline=NOW + timedelta(days=days))

    assert life(3) == timedelta(days=3)
    assert life(30) == timedelta(days=7)
    assert life(0.5) == life(-1) == timedelta(days=1)


def test_todays_delivery_is_news_until_local_midnight() -> None:
    midnight = datetime(2026, 3, 11, tzinfo=ZoneInfo("Asia/Kolkata"))  # 18:30 UTC
    assert rules.lifetime("record_changed", now=NOW, midnight=midnight) == timedelta(hours=12.5)
    late = NOW + timedelta(hours=13)
    assert rules.lifetime("record_changed", now=late, midnight=midnight) == timedelta(0)
    eve = midnight + timedelta(days=1)
    assert rules.lifetime("tomorrow_changes", now=NOW, midnight=eve) == timedelta(hours=36.5)


def test_ttl_is_what_is_left() -> None:
    assert rules.ttl(NOW + timedelta(seconds=90.9), NOW) == 90
    assert rules.ttl(NOW, NOW) == 0
    assert rules.ttl(NOW - timedelta(days=1), NOW) == 0


# Answers and tries ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "statuses"),
    [
        (Result.ACCEPTED, [200, 201, 202, 204, 299]),
        (Result.GONE, [404, 410]),
        (Result.RETRY_LATER, [429, 503]),
        (Result.RETRY, [408, 500, 502, 504, 599]),
        (Result.DROPPED, [300, 301, 302, 307, 308, 400, 402, 405, 413, 418, 422]),
        (Result.OUR_FAULT, [401, 403]),
    ],
)
def test_what_a_status_means(result: Result, statuses: list[int]) -> None:
    assert {rules.classify(status) for status in statuses} == {result}


def wait(
    attempts: int,
    *,
    outcome: Result = Result.RETRY,
    retry_after: float | None = None,
    life: timedelta = timedelta(days=7),
    jitter: float = 0.0,
) -> float | None:
    at = rules.next_try(
        attempts,
        outcome=outcome,
        retry_after=retry_after,
        now=NOW,
        expires_at=NOW + life,
        jitter=jitter,
    )
    return None if at is None else (at - NOW).total_seconds()


def test_waits_grow_fourfold_up_to_an_hour() -> None:
    assert [wait(n) for n in range(1, 9)] == [30, 120, 480, 1920, 3000, 3000, 3000, None]
    longest = [wait(n, jitter=1.0) for n in range(1, 9)]
    assert longest == [36, 144, 576, 2304, 3600, 3600, 3600, None]
    assert wait(9) is None
    assert wait(10_000) is None
    assert wait(0) == 30


def test_retry_after_is_the_least_wait() -> None:
    later = Result.RETRY_LATER
    assert wait(1, outcome=later) == 30
    assert wait(1, outcome=later, retry_after=10) == 30
    assert wait(1, outcome=later, retry_after=600) == 600
    assert wait(1, outcome=later, retry_after=600, jitter=1.0) == 720
    assert wait(1, outcome=later, retry_after=7200) == 7200  # an hour is our limit, not theirs
    assert wait(8, outcome=later, retry_after=1) is None


def test_never_at_or_past_the_expiry() -> None:
    assert wait(1, life=timedelta(seconds=31)) == 30
    assert wait(1, life=timedelta(seconds=30)) is None
    assert wait(1, life=timedelta(seconds=31), jitter=1.0) is None
    assert wait(1, life=timedelta(seconds=-5)) is None
    assert wait(1, outcome=Result.RETRY_LATER, retry_after=1e12) is None


@pytest.mark.parametrize("outcome", [Result.ACCEPTED, Result.GONE, Result.DROPPED, Result.OUR_FAULT])
def test_nothing_else_is_tried_again(outcome: Result) -> None:
    assert wait(1, outcome=outcome) is None


# The message ----------------------------------------------------------------------------------

TOKEN = "t" * 43


def message(**changes: Any) -> bytes:
    arguments: dict[str, Any] = {
        "notice_id": 7,
        "kind": "change_proposed",
        "title": "नया दाम",
        "body": "दूध: ₹60 → ₹62",
        "navigate": "https://app.example/changes/17",
        "tag": "T" * 32,
        "lang": "hi",
        "app_badge": 3,
        "actions": [
            Action("accept", "हाँ", "https://app.example/changes/17?a=accept"),
            Action("decline", "नहीं", "https://app.example/changes/17?a=decline"),
        ],
        "data": {"change_id": 17, "answer_token": TOKEN},
    }
    return rules.payload(**(arguments | changes))


def notification(raw: bytes) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(raw)["notification"]
    return made


def test_the_declarative_shape() -> None:
    assert json.loads(message()) == {
        "web_push": 8030,
        "notification": {
            "title": "नया दाम",
            "body": "दूध: ₹60 → ₹62",
            "navigate": "https://app.example/changes/17",
            "tag": "T" * 32,
            "lang": "hi",
            "app_badge": 3,
            "actions": [
                {
                    "action": "accept",
                    "title": "हाँ",
                    "navigate": "https://app.example/changes/17?a=accept",
                },
                {
                    "action": "decline",
                    "title": "नहीं",
                    "navigate": "https://app.example/changes/17?a=decline",
                },
            ],
            "data": {"id": 7, "kind": "change_proposed", "change_id": 17, "answer_token": TOKEN},
        },
    }
    bare = notification(message(actions=(), data=None))
    assert (bare["actions"], bare["data"]) == ([], {"id": 7, "kind": "change_proposed"})


def test_id_and_kind_are_ours() -> None:
    made = notification(message(data={"id": 1, "kind": "x"}))
    assert made["data"] == {"id": 7, "kind": "change_proposed"}


@pytest.mark.parametrize("url", ["/changes/17", "changes", "javascript:alert(1)", ""])
def test_urls_are_absolute(url: str) -> None:
    with pytest.raises(ValueError, match="absolute"):
        message(navigate=url)
    with pytest.raises(ValueError, match="absolute"):
        message(actions=[Action("accept", "Yes", url)])


def test_the_last_byte_below_3000_is_used() -> None:
    spare = 2_999 - len(message(body=""))
    untouched = message(body="x" * spare)
    assert len(untouched) == 2_999
    assert notification(untouched)["body"] == "x" * spare
    cut = message(body="x" * (spare + 1))
    assert len(cut) == 2_999
    assert notification(cut)["body"] == "x" * (spare - 3) + "…"  # … is three bytes


@pytest.mark.parametrize("text", ["दूध की दर बदल गई है। ", "क्षत्रिय ", "\U0001f95b\u200d\U0001f404"])
def test_long_bodies_are_cut_between_characters(text: str) -> None:
    body = text * 400
    for lead in range(12):  # so that every byte of a character meets the limit once
        raw = message(body="x" * lead + body)
        assert 2_960 < len(raw) < 3_000
        made = notification(raw)
        short = str(made["body"])
        assert short.endswith("…")
        kept = short.removesuffix("…")
        assert ("x" * lead + body).startswith(kept)
        following = ("x" * lead + body)[len(kept)]
        assert following not in "ािीुूेैोौंँः्\u200d", f"cut before {following!r}"
        assert kept[-1] not in "्\u200d", "cut inside a conjunct"
        assert made["title"] == "नया दाम"
        assert made["data"]["answer_token"] == TOKEN


def test_escapes_count() -> None:
    raw = message(body='"\\\n' * 2_000)
    assert 2_990 < len(raw) < 3_000
    json.loads(raw)


def test_the_title_gives_way_after_the_body_and_the_data_never() -> None:
    made = notification(raw := message(title="ल" * 2_000))
    assert len(raw) < 3_000
    assert made["body"] == ""
    assert str(made["title"]).endswith("ल…")
    with pytest.raises(rules.PayloadTooLarge):
        message(data={"answer_token": "t" * 3_000})
