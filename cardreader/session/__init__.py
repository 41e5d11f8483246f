"""Keys agreed with a chip, and commands protected under them: pure, for the reader and for a gateway."""
