"""The web: landing page, install and connect pages, health and metrics, and the guard in front of everything."""
