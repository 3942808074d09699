"""Settings, preferences and what the sidebar shows."""

from . import batch, preferences, properties, retarget, sidebar

MODULES = (properties, preferences)  # before the operators
SIDEBAR = (sidebar, retarget, batch)  # in the order of the work
