"""The control API and the demo page: the hands of the people who use the vendors' screens."""
