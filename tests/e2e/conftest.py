"""The served desk of the integration tests, for the browser too."""

from tests.integration.clinics.conftest import authority, card, desk, fake, open_desk, trust_dir

__all__ = ["authority", "card", "desk", "fake", "open_desk", "trust_dir"]
