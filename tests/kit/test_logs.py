"""One line a fact: the short way to JSON says what structlog's own says."""

from __future__ import annotations

import json
import logging
from typing import Any

import structlog

from kit.logs import JSONFormatter


def a_record(said: Any, **extra: Any) -> logging.LogRecord:
    return logging.getLogger("kit").makeRecord(
        "kit", logging.INFO, "", 0, said, (), None, extra=extra
    )


def the_formatter(kind: type[structlog.stdlib.ProcessorFormatter]) -> logging.Formatter:
    return kind(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    )


class TestJSONFormatter:
    def test_writes_what_structlog_would(self) -> None:
        said = {"event": "task finished", "tries": 1, "where": [object]}
        record = a_record(said, _logger=None, _name="info")

        line = the_formatter(JSONFormatter).format(record)

        assert line == the_formatter(structlog.stdlib.ProcessorFormatter).format(record)
        assert json.loads(line)["event"] == "task finished"

    def test_leaves_the_record_to_other_handlers(self) -> None:
        record = a_record({"event": "task finished"}, _logger=None, _name="info")

        the_formatter(JSONFormatter).format(record)

        assert record.msg == {"event": "task finished"}

    def test_unpacks_a_traceback(self) -> None:
        said = {"event": "it broke", "exc_info": ZeroDivisionError("by nothing")}

        line = the_formatter(JSONFormatter).format(a_record(said, _logger=None, _name="error"))

        assert "by nothing" in json.loads(line)["exception"]

    def test_takes_the_words_of_a_library(self) -> None:
        line = the_formatter(JSONFormatter).format(a_record("Connected."))

        assert json.loads(line) == {"event": "Connected."}
