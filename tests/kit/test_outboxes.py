from __future__ import annotations

from apps.streams.documents.broadcasts import Broadcast
from kit import outboxes
from kit.documents import announce
from tests.conftest import NOON
from tests.streams.builders import a_live_broadcast
from tests.workers.bells import Rang, a_document_that_announces, a_document_with, outbox, push


class TestOutboxes:
    def test_give_what_waits_and_forget_what_was_announced(self) -> None:
        grant = a_live_broadcast()

        [document] = outboxes.waiting(Broadcast, limit=10)
        [envelope] = outboxes.read(Broadcast, [document])[document]
        outboxes.forget(Broadcast, {document: [envelope["id"]]})

        assert (document, envelope["key"]) == (grant.broadcast_id, "broadcast.started")
        assert outboxes.waiting(Broadcast, limit=10) == []
        assert outboxes.read(Broadcast, [document]) == {}

    def test_pass_over_whom_they_are_told_to(self) -> None:
        first, second = a_document_that_announces("1"), a_document_that_announces("2")

        assert outboxes.waiting(Broadcast, limit=10, besides=[first]) == [second]
        assert len(outboxes.waiting(Broadcast, limit=1)) == 1

    def test_forget_several_of_a_document_and_keep_what_came_since(self) -> None:
        document = a_document_that_announces("1", "2")
        read = outboxes.read(Broadcast, [document])
        push(document, *(since := announce(Rang(at=NOON, tune="3"))))

        outboxes.forget(Broadcast, {document: [one["id"] for one in read[document]]})

        assert outbox(document) == since

    def test_remove_one_element_and_none_that_resembles_it(self) -> None:
        [good] = announce(Rang(at=NOON, tune="taps"))
        document = a_document_with({"key": Rang.key}, "a text", good)

        outboxes.remove(Broadcast, document, {"key": Rang.key})
        outboxes.remove(Broadcast, document, "a text")

        assert outbox(document) == [good]

    def test_find_what_has_no_id_and_nothing_else(self) -> None:
        document = a_document_with({"key": Rang.key})
        a_document_that_announces("taps")
        a_document_with()

        assert outboxes.without_id(Broadcast, limit=10) == [document]
