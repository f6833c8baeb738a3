"""Slow, obvious twins of the fast floors: the independent truth of the tests."""
