"""Simulcast targets: whose they are, where they may lead, and that a key never comes out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from cryptography.fernet import Fernet

from apps.streams import wiring
from apps.streams.adapters.memory import Memory, MemoryResolver
from apps.streams.adapters.resolving import SystemResolver
from apps.streams.contracts import EngineSession
from apps.streams.documents.targets import StreamTarget
from apps.streams.ports import Resolver
from apps.streams.rules.targets import MAX_TARGETS, is_outside
from apps.streams.services import targets
from apps.streams.services.targets import Outside
from kit.secrets import Safe
from tests.accounts.builders import Caller
from tests.streams.builders import a_live_broadcast
from tests.streams.calls import errors, open_broadcast, problem

SAFE = Safe([Fernet.generate_key().decode()])
TARGET = {"label": "A service", "url": "rtmps://live.example.org/app", "key": "theirs"}


NAMES = {
    "127.0.0.1.nip.io": ["127.0.0.1"],
    "both.example.org": ["9.9.9.9", "10.0.0.1"],
    "v6.example.org": ["2620:fe::fe", "9.9.9.9"],
    "unknown.example.org": [],
}


def leads_outside(url: str, **more: Any) -> bool:
    return Outside(resolver=MemoryResolver(known=NAMES), **more).among([url]) == {url}


class TestAnAddress:
    @pytest.mark.parametrize(
        "url",
        [
            "rtmp://live.example.org/app",
            "rtmps://live.example.org:443/app/more",
            "RTMPS://Live.Example.ORG./app?key=x",
            "rtmp://v6.example.org/app",
            "rtmp://9.9.9.9/app",
            "rtmp://[2620:fe::fe]/app",
            "rtmp://xn--bcher-kva.example.org/app",
        ],
    )
    def test_is_of_the_open_internet(self, url: str) -> None:
        assert leads_outside(url)

    @pytest.mark.parametrize(
        "url",
        [
            *("", "rtmp://", "rtmp://live.example.org", "rtmp://live.example.org/"),
            *("http://live.example.org/app", "rtmp://wowza/app", "rtmp://localhost/app"),
            *("rtmp://127.0.0.1/app", "rtmp://10.1.2.3/app", "rtmp://[::1]/app"),
            *("rtmp://169.254.169.254/latest", "rtmp://db.internal/app", "rtmp://a.b:0/app"),
            *("rtmp://a.b:99999/app", "rtmp://[zz]/app"),
            *(
                "rtmp://127.1:8087/live",
                "rtmp://10.1/app",
                "rtmp://0x7f.1/x",
                "rtmp://0x7f000001/x",
            ),
            *(
                "rtmp://0177.0.0.1/x",
                "rtmp://2130706433/x",
                "rtmp://a.0x7f/x",
                "rtmp://9.9.9.9../x",
            ),
            *("rtmp://metadata.google.internal./x", "rtmp://redis.default.svc:6379/x"),
            *(
                "rtmp://redis.default.svc.cluster.local/x",
                "rtmp://nas.lan/x",
                "rtmp://a.home.arpa/x",
            ),
            *("rtmp://name:word@live.example.org/x", "rtmp://name@live.example.org/x"),
            *("rtmp://@live.example.org/x", "rtmp://live.example.org\\@127.0.0.1/x"),
            *(
                "rtmp://live.example.org\n/x",
                "rtmp://live. example.org/x",
                "rtmp://\uff1127.0.0.1/x",
            ),
            *("rtmp://ⓛive.example.org/x", "rtmp://-a.example.org/x", "rtmp://a..example.org/x"),
            *(
                "rtmp://0.0.0.0/x",
                "rtmp://100.64.0.1/x",
                "rtmp://224.0.0.1/x",
                "rtmp://240.0.0.1/x",
            ),
            *("rtmp://[64:ff9b::7f00:1]/x", "rtmp://[64:ff9b:1::7f00:1]/x", "rtmp://[::7f00:1]/x"),
            *("rtmp://[2002:7f00:1::]/x", "rtmp://[2001:0:7f00:1::]/x", "rtmp://[fc00::1]/x"),
            *("rtmp://[::ffff:127.0.0.1]/x", "rtmp://[fe80::1%25eth0]/x", "rtmp://[ff0e::1]/x"),
            *("rtmp://[fec0::1]/x", "rtmp://[2620:fe::fe%25eth0]/x"),
            *(
                "rtmp://127.0.0.1.nip.io/x",
                "rtmp://both.example.org/x",
                "rtmp://unknown.example.org/x",
            ),
        ],
    )
    def test_leads_nowhere_into_our_network(self, url: str) -> None:
        assert not leads_outside(url)

    def test_may_lie_in_a_network_an_operator_names(self) -> None:
        ours = [ip_network("10.0.0.0/24")]

        told = [leads_outside(f"rtmp://{host}/x", ours=ours) for host in ("10.0.0.9", "10.0.1.9")]

        assert told == [True, False]


@pytest.mark.parametrize("resolver", [SystemResolver(), MemoryResolver()])
class TestAResolver:
    def test_knows_literals_as_they_are(self, resolver: Resolver) -> None:
        hosts = ["127.0.0.1", "9.9.9.9", "::1"]

        assert resolver.resolve(hosts) == {host: [host] for host in hosts}

    def test_asks_nobody_about_nothing(self, resolver: Resolver) -> None:
        assert resolver.resolve([]) == {}


class TestTheHostsResolver:
    def test_finds_what_is_here(self) -> None:
        found = SystemResolver().resolve(["localhost"])["localhost"]

        assert {*found} & {"127.0.0.1", "::1"}
        assert not any(map(is_outside, found))

    @pytest.mark.parametrize("host", ["", "a" * 64 + ".example.org", "a..b"])
    def test_leaves_out_what_is_no_name(self, host: str) -> None:
        assert SystemResolver().resolve([host, "127.0.0.1"])["127.0.0.1"] == ["127.0.0.1"]
        assert not any(map(is_outside, SystemResolver().resolve([host]).get(host, [])))

    def test_waits_for_nobody_whose_names_are_slow(self) -> None:
        never = threading.Event()

        def look_up(host: str) -> list[str]:
            return ["9.9.9.9"] if host == "fast" or never.wait() else []

        try:
            slow = [f"slow-{nth}" for nth in range(20)]
            found = SystemResolver(timeout_s=0.5, look_up=look_up).resolve([*slow, "fast"])
        finally:
            never.set()

        assert found == {"fast": ["9.9.9.9"]}


class TestSending:
    """What a target's address is when the engine is told, and not when it was added."""

    @pytest.fixture
    def live(self) -> str:
        return a_live_broadcast().broadcast_id

    @pytest.mark.parametrize(
        "url",
        [
            "rtmp://moved.example.org/app",
            "rtmp://gone.example.org/app",
            "rtmp://127.1:8087/live",
            "rtmp://name:word@live.example.org/app",
        ],
    )
    def test_fails_with_a_reason_where_it_leads_inside(self, live: str, url: str) -> None:
        engine = Memory()
        inside, good = a_target(live, url), a_target(live)

        send(engine, live, known={"moved.example.org": ["10.0.0.1"], "gone.example.org": []})

        said = StreamTarget.objects.get(id=inside)
        assert (said.state, said.error) == ("failed", targets.NOT_OUTSIDE)
        assert [*engine.targets[live]] == [good]
        assert StreamTarget.objects.get(id=good).state == "waiting"

    def test_goes_on_once_the_name_leads_outside_again(self, live: str) -> None:
        engine = Memory()
        target = a_target(live)

        send(engine, live, known={"live.example.org": []})
        send(engine, live)

        found = StreamTarget.objects.get(id=target)
        assert (found.state, found.error) == ("waiting", "")
        assert [*engine.targets[live]] == [target]

    def test_stops_where_a_new_session_finds_it_inside(self, live: str) -> None:
        engine = Memory()
        target = a_target(live)
        send(engine, live)
        assert [*engine.targets[live]] == [target]

        send(engine, live, session_id="s2", known={"live.example.org": ["10.0.0.1"]})

        assert engine.targets[live] == {}
        assert StreamTarget.objects.get(id=target).state == "failed"

    def test_asks_for_a_name_once_a_session(self, live: str) -> None:
        engine = Memory()
        target = a_target(live)
        send(engine, live)

        send(engine, live, known={"live.example.org": []})

        assert [*engine.targets[live]] == [target]


def a_target(broadcast_id: str, url: str = "rtmp://live.example.org/app") -> str:
    made = StreamTarget(
        broadcast_id=broadcast_id, label="a service", url=url, sealed_key=SAFE.seal("k")
    ).save()
    return str(made.id)


def send(
    engine: Memory,
    broadcast_id: str,
    *,
    session_id: str = "s1",
    known: dict[str, list[str]] | None = None,
) -> None:
    targets.carry_out(
        sessions={broadcast_id: EngineSession(session_id=session_id)},
        port=engine,
        safe=SAFE,
        outside=Outside(resolver=MemoryResolver(known=known or {})),
    )


@pytest.mark.django_db
class TestTargets:
    @pytest.fixture
    def ada(self) -> Caller:
        return Caller("ada")

    @pytest.fixture(autouse=True)
    def _names(self) -> Iterator[None]:
        wiring.resolver.cache_clear()
        yield
        wiring.resolver.cache_clear()

    @pytest.fixture
    def path(self, ada: Caller) -> str:
        return f"broadcasts/{open_broadcast(ada)['broadcast']['id']}/targets"

    def test_are_added_listed_and_removed_without_their_keys(self, ada: Caller, path: str) -> None:
        added = ada.send("POST", path, TARGET)
        listed = ada.send("GET", path).json()

        removed = ada.send("DELETE", f"{path}/{added.json()['id']}")

        assert (added.status_code, removed.status_code) == (201, 204)
        assert listed == {"items": [added.json()], "next": None}
        assert (listed["items"][0]["state"], "key" in listed["items"][0]) == ("waiting", False)
        assert ada.send("GET", path).json()["items"] == []
        assert list(StreamTarget.objects) == []

    def test_are_nobody_elses(self, ada: Caller, path: str) -> None:
        target_id = ada.send("POST", path, TARGET).json()["id"]
        eve = Caller("eve")

        answers = [
            eve.send("GET", path),
            eve.send("POST", path, TARGET),
            eve.send("DELETE", f"{path}/{target_id}"),
        ]

        assert [problem(answer) for answer in answers] == [(403, "not-your-broadcast")] * 3

    def test_are_few(self, ada: Caller, path: str) -> None:
        for _ in range(MAX_TARGETS):
            ada.send("POST", path, TARGET)

        assert problem(ada.send("POST", path, TARGET)) == (409, "too-many-targets")

    @pytest.mark.parametrize(
        "host", ["10.0.0.1", "127.0.0.1.nip.io", "unknown.example.org", "a:b@live.example.org"]
    )
    def test_need_an_address_outside(self, ada: Caller, path: str, host: str) -> None:
        resolver: Any = wiring.resolver()
        resolver.known = NAMES

        answer = ada.send("POST", path, {**TARGET, "url": f"rtmp://{host}/app"})

        assert problem(answer) == (422, "bad-target")
        assert answer.json()["field"] == "url"
        assert StreamTarget.objects.count() == 0

    def test_need_all_that_an_encoder_would(self, ada: Caller, path: str) -> None:
        answer = ada.send("POST", path, {"label": "", "url": "rtmp://a.b/c", "keys": "x"})

        assert ("keys", "unknown") in errors(answer)

    def test_that_are_none_cannot_be_removed(self, ada: Caller, path: str) -> None:
        assert problem(ada.send("DELETE", f"{path}/nothing")) == (404, "target-not-found")
