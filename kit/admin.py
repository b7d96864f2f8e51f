"""Desks: staff pages over documents, in Unfold's look, with Django's permissions.

A model without a table gives the sidebar entry and the permissions; the desk asks a door for rows
and hands actions to a door. Nothing here queries a store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from pymongo.errors import ConnectionFailure
from typing_extensions import override
from unfold.admin import ModelAdmin

from kit.desk_parts import PAGE_ROWS as PAGE_ROWS
from kit.desk_parts import Ask as Ask
from kit.desk_parts import Block as Block
from kit.desk_parts import Detail as Detail
from kit.desk_parts import chosen as sent_rows
from kit.desk_parts import form as answers_form
from kit.desk_parts import query, wanted_page
from kit.errors import DomainError, Invalid, NotFound
from kit.ids import is_id
from kit.pages import Page, PageRequest

MAX_REFUSALS_TOLD: Final = 5

Answers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the attribute of a row, its heading, and how to show it.

    kind: text | strong | code | state (a coloured label) | age (of an aware datetime) | due (how
    long until one).
    """

    name: str
    heading: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class RowAction:
    """Something staff may do to rows, after a confirmation.

    `run` gets the row's id, who does it and the answers, and calls a door; what the door refuses
    is told to staff. `done` completes the sentence "2 broadcasts …".
    """

    name: str
    label: str
    permission: str
    done: str
    warning: str
    run: Callable[[str, str, Answers], object]
    asks: Sequence[Ask] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, ready for the template."""

    kind: str
    heading: str
    value: Any
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list: its id, what staff call it, its cells, its page where it has one."""

    id: str
    label: str
    cells: list[Cell]
    url: str = ""
    may_act: bool = True


class Desk(ModelAdmin):
    """List, search, cursor pages and confirmed actions. A subclass names columns and `rows`.

    One that names `facts` and `detail` has a page for each row as well.
    """

    columns: ClassVar[Sequence[Column]]
    row_actions: ClassVar[Sequence[RowAction]] = ()
    # state → info | success | warning | danger; what is missing is grey
    tones: ClassVar[Mapping[str, str]] = {}
    search_hint: ClassVar[str] = ""
    # searches staff need every day: (label, what to search)
    quick: ClassVar[Sequence[tuple[str, str]]] = ()
    facts: ClassVar[Sequence[Column]] = ()
    empty: ClassVar[str] = "Nothing here."
    list_template: ClassVar[str] = "admin/desk/list.html"
    detail_template: ClassVar[str] = "admin/desk/detail.html"
    confirm_template: ClassVar[str] = "admin/desk/confirm.html"

    def rows(self, *, search: str, page: PageRequest) -> Page[Any]:
        """Return a page of contracts that have an `id` and an attribute for every column."""
        raise NotImplementedError

    def detail(self, row_id: str) -> Detail:
        """Return what a row's page shows.

        Raises:
            NotFound: no such row.

        """
        raise NotImplementedError

    @override
    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name=self._url_name("changelist")),
            path("do/<slug:name>/", view(self.action_view), name=self._url_name("action")),
            path("<slug:row_id>/", view(self.detail_view), name=self._url_name("detail")),
        ]

    @override
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        search = request.GET.get("q", "").strip()
        try:
            found = self.rows(search=search, page=wanted_page(request))
        except Invalid as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(self._url("changelist"))
        except (ConnectionFailure, DomainError) as failure:
            return self._away(request, failure)
        rows = [self._row(row) for row in found.items]
        context = {
            "rows": rows,
            "headings": [column.heading for column in self.columns],
            "search": search,
            "search_hint": self.search_hint,
            "quick": self.quick,
            "is_first_page": "cursor" not in request.GET,
            "next_url": query(q=search, cursor=found.next or "") if found.next else "",
            "row_actions": self._offered(request) if any(one.may_act for one in rows) else [],
            "back": request.GET.urlencode(),
            "empty": self.empty,
            **(extra_context or {}),
        }
        return self._page(request, self.list_template, context)

    def detail_view(self, request: HttpRequest, row_id: str) -> HttpResponse:
        """Show one row with everything known of it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not self.facts or not is_id(row_id):
            raise Http404
        try:
            found = self.detail(row_id)
        except NotFound as missing:
            raise Http404(str(missing)) from missing
        except (ConnectionFailure, DomainError) as failure:
            return self._away(request, failure)
        row = self._row(found.row)
        context = {
            "title": row.label,
            "row": row,
            "facts": [self._cell(fact, getattr(found.row, fact.name)) for fact in self.facts],
            "blocks": found.blocks,
            "row_actions": self._offered(request) if row.may_act else [],
            "list_url": self._url("changelist"),
        }
        return self._page(request, self.detail_template, context)

    def may_act_on(self, _row: Any) -> bool:
        """Say whether a row is offered the actions; the door decides all the same."""
        return True

    def action_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Ask for confirmation on the first POST, act on the second (`confirmed`)."""
        action = next((one for one in self._allowed(request) if one.name == name), None)
        if action is None or not self.has_view_permission(request):
            raise PermissionDenied
        chosen = sent_rows(request)
        if request.method != "POST" or not chosen:
            messages.warning(request, f"No {self.opts.verbose_name} was chosen.")
            return HttpResponseRedirect(self._url("changelist"))
        is_confirmed = "confirmed" in request.POST
        form = answers_form(action.asks, request.POST if is_confirmed else None)
        if is_confirmed and form.is_valid():
            self._perform(request, action, chosen, form.cleaned_data)
            back = request.POST.get("back", "")
            return HttpResponseRedirect(f"{self._url('changelist')}?{back}".rstrip("?"))
        context = {
            "title": f"{action.label}?",
            "action": action,
            "chosen": [(f"{row_id} {label}", label or row_id) for row_id, label in chosen.items()],
            "form": form,
            "back": request.POST.get("back", ""),
            "list_url": self._url("changelist"),
        }
        return self._page(request, self.confirm_template, context)

    def _perform(
        self, request: HttpRequest, action: RowAction, chosen: Mapping[str, str], answers: Answers
    ) -> None:
        refusals, by = [], str(request.user.pk)
        for row_id in chosen:
            try:
                action.run(row_id, by, answers)
            except DomainError as refused:
                refusals.append(str(refused))
            except ConnectionFailure:
                refusals.append(f"{row_id}: the document server does not answer; try again.")
        count = len(chosen) - len(refusals)
        noun = self.opts.verbose_name if count == 1 else self.opts.verbose_name_plural
        if count:
            messages.success(request, f"{count} {noun} {action.done}.")
        for sentence in refusals[:MAX_REFUSALS_TOLD]:
            messages.error(request, sentence)
        if len(refusals) > MAX_REFUSALS_TOLD:
            messages.error(request, f"{len(refusals)} were refused in all.")

    def _away(self, request: HttpRequest, failure: Exception) -> HttpResponse:
        """Say that the rows cannot be shown, which is not the same as there being none."""
        said = str(failure) if isinstance(failure, DomainError) else ""
        context = {"failure": said or "The document server does not answer. Try again shortly."}
        return self._page(request, self.list_template, context, status=503)

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> TemplateResponse:
        full = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(self.opts.verbose_name_plural).capitalize(),
            **context,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, template, full, status=status)

    def _row(self, found: Any) -> Row:
        cells = [self._cell(column, getattr(found, column.name)) for column in self.columns]
        url = self._url("detail", found.id) if self.facts else ""
        label = str(cells[0].value)
        return Row(found.id, label, cells, url, may_act=self.may_act_on(found))

    def _cell(self, column: Column, value: Any) -> Cell:
        kind = column.kind if value not in {None, ""} else "none"
        return Cell(kind, column.heading, value, self.tones.get(str(value), ""))

    def _allowed(self, request: HttpRequest) -> Iterator[RowAction]:
        return (one for one in self.row_actions if request.user.has_perm(one.permission))

    def _offered(self, request: HttpRequest) -> list[tuple[str, str]]:
        return [(one.label, self._url("action", one.name)) for one in self._allowed(request)]

    def _url_name(self, view: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{view}"

    def _url(self, view: str, *args: str) -> str:
        return reverse(f"{self.admin_site.name}:{self._url_name(view)}", args=args)
