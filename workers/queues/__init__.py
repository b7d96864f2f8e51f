"""How the queues are: what waits, for how long, who works on it, what was given up.

Asks        the broker, what workers tell (workers.progress), the ledger of dead letters.
Door        workers.queues.public
"""
