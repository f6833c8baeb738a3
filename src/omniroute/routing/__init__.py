"""Routing: candidates, cost terms, choice, plan, explanation."""
