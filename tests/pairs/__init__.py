"""Features of routing, alone and in pairs, beside an exact oracle."""
