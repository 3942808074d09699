"""Settings, preferences and what the sidebar shows."""

from . import preferences, properties, sidebar

__all__ = ["preferences", "properties", "sidebar"]
