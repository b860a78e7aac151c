"""Connectors: where exports are fetched from, each a small class behind one interface."""
