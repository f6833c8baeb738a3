"""The calls: one order, a batch, a listing page, a search where nothing else settles."""
