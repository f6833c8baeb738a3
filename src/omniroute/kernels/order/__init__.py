"""One order and its lanes as numbers, and the methods that settle it by tables."""
