"""Deciding under a policy: what it prices, leaves out, and asks in turn."""
