"""Emulators of the vendors' APIs with demo companies. Never imported by the rest of the product."""
