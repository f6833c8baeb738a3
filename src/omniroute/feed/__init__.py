"""What others are told of availability: levels that are crossed, tables that change."""
