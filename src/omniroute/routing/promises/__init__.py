"""Offers before anything is decided: services, pages of items, delivery slots."""
