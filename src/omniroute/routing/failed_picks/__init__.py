"""Whom to ask for goods that may not be there, and in which order."""
