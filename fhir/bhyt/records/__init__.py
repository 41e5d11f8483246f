"""The records themselves: frozen values that know neither file format, clock nor database."""
