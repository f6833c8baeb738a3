"""Where a returned unit goes."""
