"""Reports, cases, decisions and the trail of them, over the real stores."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.accounts.errors import PersonNotFound
from apps.moderation import public as moderation
from apps.moderation import rules, services
from apps.moderation.documents import AuditEntry, Case, Report
from apps.moderation.errors import (
    AuditIsAppendOnly,
    CannotReportYourself,
    CaseDecidedBefore,
    CaseNotFound,
    DecisionNeedsReason,
)
from apps.moderation.events import CaseDecided, CaseOpened
from apps.streams.errors import BroadcastNotFound, RecordingNotFound
from apps.streams.events import BroadcastEnded, BroadcastRemoved, RecordingRemoved
from kit.ids import new_id
from kit.pages import PageRequest
from kit.subscriptions import subscribers
from tests.accounts.builders import NOON, a_person
from tests.moderation.builders import a_broadcast_of, a_report, an_open_case, events_of_cases

pytestmark = pytest.mark.django_db


class TestReport:
    def test_opens_a_case_and_announces_it(self) -> None:
        ada, mallory = a_person("ada"), a_person("mallory")
        broadcast = a_broadcast_of(mallory)

        made = a_report(by=ada, on=broadcast, subject_type="broadcast", reason="hate")

        case = moderation.get_case(case_id=made.case_id)
        assert (case.state, case.report_count, case.first_reason) == ("open", 1, "hate")
        assert [CaseOpened.read(envelope) for envelope in events_of_cases()] == [
            CaseOpened(
                at=NOON,
                case_id=case.id,
                subject_type="broadcast",
                subject_id=broadcast,
                owner_id=mallory,
            )
        ]

    def test_of_the_same_subject_by_the_same_person_is_one(self) -> None:
        ada, mallory = a_person("ada"), a_person("mallory")

        first = a_report(by=ada, on=mallory, reason="spam")
        again = a_report(by=ada, on=mallory, reason="hate")

        assert again == first
        assert moderation.get_case(case_id=first.case_id).report_count == 1

    def test_by_many_at_once_goes_into_one_case(self) -> None:
        mallory = a_person("mallory")
        crowd = [a_person(f"fan{number}") for number in range(8)]

        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda fan: a_report(by=fan, on=mallory), crowd))

        (case_id,) = {report.case_id for report in made}
        assert moderation.get_case(case_id=case_id).report_count == len(crowd)
        assert [event["key"] for event in events_of_cases()] == ["case.opened"]

    def test_finds_the_case_somebody_else_opened_a_moment_earlier(self) -> None:
        case_id = an_open_case("mallory")
        subject = moderation.get_case(case_id=case_id).subject_id
        opened = CaseOpened(
            at=NOON, case_id=new_id(), subject_type="person", subject_id=subject, owner_id=subject
        )

        is_second = Case.objects.open(
            id=opened.case_id,
            announcing=opened,
            subject_type="person",
            subject_id=subject,
            owner_id=subject,
            slot=rules.open_slot("person", subject),
            first_reason="spam",
        )

        assert not is_second
        assert a_report(by=a_person("ada"), on=subject).case_id == case_id

    def test_after_a_decision_opens_a_new_case(self) -> None:
        ada, bob, mallory = a_person("ada"), a_person("bob"), a_person("mallory")
        first = a_report(by=ada, on=mallory).case_id
        moderation.decide_case(case_id=first, by=new_id(), outcome="dismissed", reason="Fine.")

        second = a_report(by=bob, on=mallory).case_id

        assert second != first
        assert moderation.get_case(case_id=second).state == "open"

    def test_refuses_what_is_not_there(self) -> None:
        ada = a_person("ada")

        with pytest.raises(BroadcastNotFound):
            a_report(by=ada, on=new_id(), subject_type="broadcast")
        with pytest.raises(RecordingNotFound):
            a_report(by=ada, on=new_id(), subject_type="recording")
        with pytest.raises(PersonNotFound):
            a_report(by=ada, on=new_id())
        assert len(Report.objects) == len(Case.objects) == 0

    def test_refuses_what_the_reporter_may_not_see(self) -> None:
        ada, mallory = a_person("ada"), a_person("mallory")
        private = a_broadcast_of(mallory, visibility="private")

        with pytest.raises(BroadcastNotFound):
            a_report(by=ada, on=private, subject_type="broadcast")

    def test_refuses_oneself_and_ones_own(self) -> None:
        ada = a_person("ada")

        with pytest.raises(CannotReportYourself):
            a_report(by=ada, on=ada)
        with pytest.raises(CannotReportYourself):
            a_report(by=ada, on=a_broadcast_of(ada), subject_type="broadcast")


class TestDecideCase:
    def test_keeps_the_decision_and_announces_it(self) -> None:
        case_id, boss = an_open_case(), new_id()

        decided = services.decide_case(
            case_id=case_id,
            by=boss,
            outcome="upheld",
            reason="It was spam.",
            notice="Please stop.",
            now=NOON,
        )

        assert (decided.state, decided.outcome, decided.decided_by) == ("decided", "upheld", boss)
        assert (decided.reason, decided.decided_at) == ("It was spam.", NOON)
        event = CaseDecided.read(events_of_cases()[-1])
        assert (event.case_id, event.notice, event.decided_by) == (case_id, "Please stop.", boss)

    def test_happens_once_whoever_tries(self) -> None:
        case_id = an_open_case()

        def decide(outcome: str) -> bool:
            try:
                moderation.decide_case(case_id=case_id, by="x", outcome=outcome, reason="Because.")
            except CaseDecidedBefore:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            won = list(pool.map(decide, ["upheld", "dismissed"] * 2))

        assert won.count(True) == 1
        assert [event["key"] for event in events_of_cases()] == ["case.opened", "case.decided"]

    def test_refuses_a_blank_reason_and_an_unknown_case(self) -> None:
        with pytest.raises(DecisionNeedsReason):
            moderation.decide_case(case_id=an_open_case(), by="x", outcome="upheld", reason="  ")
        with pytest.raises(CaseNotFound):
            moderation.decide_case(case_id=new_id(), by="x", outcome="upheld", reason="Because.")


class TestListCases:
    def test_pages_the_open_ones_newest_first(self) -> None:
        cases = [an_open_case(f"mallory{number}") for number in range(3)]
        moderation.decide_case(case_id=cases[1], by="x", outcome="upheld", reason="Because.")

        first = moderation.list_cases(page=PageRequest(limit=1))
        rest = moderation.list_cases(page=PageRequest(cursor=first.next, limit=1))

        assert [case.id for case in (*first.items, *rest.items)] == [cases[2], cases[0]]
        assert rest.next is None
        assert [
            case.id for case in moderation.list_cases(state="decided", page=PageRequest()).items
        ] == [cases[1]]
        assert moderation.count_open_cases() == 2

    def test_finds_those_of_one_subject(self) -> None:
        case_id = an_open_case("mallory")
        an_open_case("eve")
        subject = moderation.get_case(case_id=case_id).subject_id

        found = moderation.list_cases(search=subject, page=PageRequest())

        assert [case.id for case in found.items] == [case_id]


class TestAudit:
    def test_keeps_what_staff_ended_once_however_often_it_is_told(self) -> None:
        event = _ended(reason="staff")

        _deliver(event)
        _deliver(event)

        (entry,) = moderation.list_audit(
            subject_type="broadcast", subject_id=event.broadcast_id, page=PageRequest()
        ).items
        assert (entry.id, entry.verb, entry.actor_id) == (
            event.event_id,
            "broadcast.ended",
            event.ended_by,
        )
        assert (entry.note, entry.created_at) == ("Against the rules.", NOON)

    @pytest.mark.parametrize("reason", ["creator", "window"])
    def test_keeps_nothing_of_what_others_ended(self, reason: str) -> None:
        _deliver(_ended(reason=reason))

        assert moderation.list_audit(page=PageRequest()).items == []

    def test_keeps_each_decision(self) -> None:
        case_id, boss = an_open_case(), new_id()
        moderation.decide_case(case_id=case_id, by=boss, outcome="dismissed", reason="All fine.")

        _deliver(CaseDecided.read(events_of_cases()[-1]))

        (entry,) = moderation.list_audit(page=PageRequest()).items
        assert (entry.verb, entry.actor_id, entry.note) == ("case.dismissed", boss, "All fine.")

    def test_pages_newest_first(self) -> None:
        events = [_ended(reason="staff") for _ in range(3)]
        for event in events:
            _deliver(event)

        first = moderation.list_audit(page=PageRequest(limit=2))
        rest = moderation.list_audit(page=PageRequest(cursor=first.next, limit=2))

        assert [entry.id for entry in (*first.items, *rest.items)] == [
            event.event_id for event in reversed(events)
        ]

    def test_keeps_what_staff_removed_and_not_what_a_creator_deleted(self) -> None:
        by_staff, by_creator = _removed(reason="staff"), _removed(reason="creator")

        _deliver(by_staff)
        _deliver(by_creator)

        [entry] = AuditEntry.objects
        assert (entry.verb, entry.subject_id) == ("broadcast.removed", by_staff.broadcast_id)
        assert (entry.actor_id, entry.note) == (by_staff.removed_by, "Against the rules.")

    def test_keeps_what_recordings_staff_removed(self) -> None:
        told = {"broadcast_id": new_id(), "creator_id": new_id(), "removed_by": new_id()}
        by_staff, by_creator = (
            RecordingRemoved(at=NOON, recording_id=new_id(), reason=reason, note="Rude.", **told)
            for reason in ("staff", "creator")
        )

        _deliver(by_staff)
        _deliver(by_creator)

        [entry] = AuditEntry.objects
        assert (entry.verb, entry.subject_id) == ("recording.removed", by_staff.recording_id)
        assert (entry.actor_id, entry.note) == (told["removed_by"], "Rude.")

    def test_refuses_every_way_to_change_or_remove_an_entry(self) -> None:
        _deliver(_ended(reason="staff"))
        entry = AuditEntry.objects.first()

        for forbidden in (
            entry.save,
            lambda: entry.update(set__note="other"),
            lambda: entry.modify(set__note="other"),
            entry.delete,
            lambda: AuditEntry.objects.update(set__note="other"),
            lambda: AuditEntry.objects.update_one(set__note="other"),
            lambda: AuditEntry.objects.modify(set__note="other"),
            AuditEntry.objects.delete,
        ):
            with pytest.raises(AuditIsAppendOnly):
                forbidden()

        assert AuditEntry.objects.first().note == "Against the rules."


def _ended(*, reason: str) -> BroadcastEnded:
    return BroadcastEnded(
        at=NOON,
        broadcast_id=new_id(),
        creator_id=new_id(),
        title="Launch",
        seconds_live=60,
        reason=reason,
        ended_by=new_id(),
        note="Against the rules.",
    )


def _removed(*, reason: str) -> BroadcastRemoved:
    return BroadcastRemoved(
        at=NOON,
        broadcast_id=new_id(),
        creator_id=new_id(),
        title="Launch",
        removed_by=new_id(),
        reason=reason,
        note="Against the rules.",
    )


def _deliver(event: BroadcastEnded | BroadcastRemoved | RecordingRemoved | CaseDecided) -> None:
    """Hand an event to moderation's subscribers, as the consumer does, by way of the wire."""
    told = subscribers("moderation", event.key)
    assert told
    for subscription in told:
        subscription.handler(type(event).read(event.envelope()))
