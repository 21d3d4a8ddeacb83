"""HiBob: people, their fields, and the company's lists; only read."""
