"""Settings, preferences and what the sidebar shows."""

from . import preferences, properties, retarget, sidebar

__all__ = ["preferences", "properties", "retarget", "sidebar"]
