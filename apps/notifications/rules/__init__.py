"""Pure decisions: what is announced, to whom, in which words, and what an answer means."""
