"""English: the words and patterns that tell something of their author."""
