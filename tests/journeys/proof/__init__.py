"""A context whose every effect is seen from outside, for the proof that nothing is lost.

Owns        the Parcel document.
Announces   proof.opened, proof.moved, proof.painted, proof.choked, proof.sold.
Asks for    an observer (`effects`), as an outside provider that honours Idempotency-Key.
Plan        `plan`: what will be asked for, and what must come of it.
"""
