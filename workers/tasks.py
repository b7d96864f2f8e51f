"""Entry points of the workers' own upkeep."""

from celery import shared_task

from workers.ledger import public as ledger


@shared_task(name="default.forget_dead_letters")
def forget_dead_letters(**_newer: object) -> None:
    while ledger.forget_settled():
        pass
