"""Every way a hospital's records reach the program as files: national XML, spreadsheets, FHIR NDJSON."""

from clinics.batch.sources.finding import find_sources
from clinics.batch.sources.source import Format, Options, Sign, Source

__all__ = ["Format", "Options", "Sign", "Source", "find_sources"]
