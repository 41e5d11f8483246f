"""Getting into a chip: keys, access protocols and protected commands (ICAO Doc 9303-11)."""
