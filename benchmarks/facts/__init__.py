"""How right what is remembered is: facts, their changes, and what a question finds."""
