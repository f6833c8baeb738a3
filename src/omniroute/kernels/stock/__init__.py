"""What is held, booked and supplied: arrays that events change and questions read."""
