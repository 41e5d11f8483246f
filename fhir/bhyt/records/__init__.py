"""The records themselves: frozen values that know neither file format, clock nor database.

Those that hold a person's data have no `repr` of their fields, so that no log or traceback shows them.
"""
