"""Live stock: a deterministic state machine with one door, `State.apply`."""
