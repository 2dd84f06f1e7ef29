"""Wiring: builds databases, clients, publishers and surfaces out of the settings; one module a process."""
