"""HiBob's API, as far as reading the employee directory needs it."""
