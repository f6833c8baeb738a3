"""Reservations: what an id means when it comes again, and their way from hold to end."""

from omniroute.reservations.prints import print_lines, print_terms
from omniroute.reservations.standing import release_status, repeated

__all__ = ["print_lines", "print_terms", "release_status", "repeated"]
