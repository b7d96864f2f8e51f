"""Entry points of the workers' own upkeep."""

from celery import shared_task

from workers import janitor
from workers.ledger import public as ledger

# Under the ten minutes a task may take; what a larger storage holds, the command looks at.
LONGEST_LOOK_S = 480.0


@shared_task(name="default.forget_dead_letters")
def forget_dead_letters(**_newer: object) -> None:
    while ledger.forget_settled():
        pass


@shared_task(name="default.look_at_storage")
def look_at_storage(**_newer: object) -> None:
    janitor.report(within_s=LONGEST_LOOK_S)
