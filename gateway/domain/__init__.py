"""Pure decisions: no clock, database, network or web framework."""
