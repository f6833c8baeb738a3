"""Supply and demand by date: what can be promised for when."""
