"""A double of the national portal for tests and training: vss_api to the letter, odd habits included.

Independent of the client beside it: nothing here imports it, nothing there imports this.
"""
