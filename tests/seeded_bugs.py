"""A test of a test: bugs put in on purpose, one at a time, and each has to be found."""

from __future__ import annotations

from unittest.mock import patch

import pytest

import omniroute as om

#: How a drill finds a bug: a comparison fails, the engine refuses, a name is unknown.
FOUND = (AssertionError, om.OmnirouteError, KeyError)


def blind(target, name, answer):
    """Put ``answer`` in the place of a function."""
    return patch.object(target, name, answer)


def wrapped(target, name, change):
    """Put a function in its place that may use the right one."""
    return patch.object(target, name, change(getattr(target, name)))


def must_be_found(bug, drills):
    """Run the drills with the bug put in; one of them has to fail."""
    with bug(), pytest.raises(FOUND):
        drills()
