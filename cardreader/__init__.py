"""Reads a chip ID card and proves it genuine; knows nothing of insurance."""
