"""What the chip stores, parsed without side effects (ICAO Doc 9303-10)."""
