"""Durable work: the process that takes committed batches from the queue and works them off (ADR 13)."""
