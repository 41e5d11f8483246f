"""Spreadsheets of births, deaths and check-ins: what people type, turned into rows of the national tables."""
