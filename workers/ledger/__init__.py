"""The ledger of dead letters: what nobody could finish, why, and what was done about it.

Owns        dead_letters and dead_letter_parts.
Filled by   workers.undertaker, from the dead queues of the broker.
Door        workers.ledger.public
"""
