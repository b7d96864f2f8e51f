"""Writes: a set is expected, made, shown, refused, cancelled, made anew, removed.

The maker's work lies between two writes. The first takes the job, the second takes the result only
if nobody was faster, so every function may run twice, at once or after a kill.
"""
