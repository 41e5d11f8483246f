"""The commands of `tiepdon-clinic`, one module each, loaded when they are asked for."""
