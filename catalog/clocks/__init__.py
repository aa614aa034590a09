"""Terms that the law gives: the calendar they are counted in, the rules that set them, and the clocks that run."""
