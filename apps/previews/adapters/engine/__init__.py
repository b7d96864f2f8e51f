"""The maker's other half: runs alone in a child process, on files nobody vouches for.

Nothing here imports Django or reads settings. `__main__` takes one job and prints one answer.
"""
