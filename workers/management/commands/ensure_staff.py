"""`manage.py ensure_staff`: the laptop's staff account, from STAFF_EMAIL and STAFF_PASSWORD."""

import os

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from typing_extensions import override


class Command(BaseCommand):
    help = "Create the staff account of an embedded stack unless it is there."

    @override
    def handle(self, *args: object, **options: object) -> None:
        email, password = os.environ["STAFF_EMAIL"], os.environ["STAFF_PASSWORD"]
        people = get_user_model()._default_manager  # noqa: SLF001 (django-stubs: no `objects` here)
        if people.filter(email=email).exists():
            self.stdout.write(f"{email} is there.")
            return
        people.create_superuser(email=email, password=password)
        self.stdout.write(f"{email} was created.")
