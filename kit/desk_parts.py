"""Parts of a desk: what it reads out of a request, and what a row's page is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.utils.http import urlencode
from unfold.widgets import UnfoldAdminTextareaWidget

from kit.ids import is_id
from kit.pages import PageRequest

PAGE_ROWS: Final = 50
MAX_SELECTED: Final = 100
MAX_ANSWER_CHARS: Final = 1_000
MAX_BLOCK_CHARS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Ask:
    """Something an action wants to know before it runs."""

    name: str
    label: str
    help: str = ""
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Block:
    """A long text of a row's page, shown as it is in a fixed-width face."""

    heading: str
    text: str

    @property
    def shown(self) -> str:
        return self.text[:MAX_BLOCK_CHARS]

    @property
    def hidden(self) -> str:
        """Return how many characters are not shown; empty where all are."""
        rest = len(self.text) - MAX_BLOCK_CHARS
        return f"{rest:,}" if rest > 0 else ""


@dataclass(frozen=True, slots=True)
class Detail:
    """A row's page: a contract with an attribute for every fact, and its long texts."""

    row: Any
    blocks: Sequence[Block] = ()


def wanted_page(request: HttpRequest) -> PageRequest:
    """Return the page of the address.

    Raises:
        BadCursor: its cursor is no id.

    """
    cursor = PageRequest.read({"cursor": request.GET.get("cursor", "")}).cursor
    return PageRequest(cursor=cursor, limit=PAGE_ROWS)


def chosen(request: HttpRequest) -> dict[str, str]:
    """Return labels by row id of what the form sent as "id label", at most MAX_SELECTED.

    The label is only shown back to whom sent it; the action acts on the id alone.
    """
    sent = request.POST.getlist("row")[:MAX_SELECTED]
    pairs = (row.partition(" ")[::2] for row in sent)
    return {row_id: label for row_id, label in pairs if is_id(row_id)}


def form(asks: Sequence[Ask], given: Any) -> forms.Form:
    made = forms.Form(given)
    for ask in asks:
        made.fields[ask.name] = forms.CharField(
            label=ask.label,
            help_text=ask.help,
            required=ask.is_required,
            max_length=MAX_ANSWER_CHARS,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        )
    return made


def query(**values: str) -> str:
    return "?" + urlencode({name: value for name, value in values.items() if value})
