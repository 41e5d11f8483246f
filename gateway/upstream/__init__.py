"""The national review portal (VSS): its client, and a double of it for tests and training.

Sources: CV 1245, 1923/BHXH-CNTT (2024), CV 1839/CNTT-PM (2026), and public code of hospitals.
Nothing here calls the real hosts unless a facility's account names one.
"""
