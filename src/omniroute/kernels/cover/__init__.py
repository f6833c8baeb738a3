"""Which nodes share an order where tables do not reach: bounds, prices, a search."""
