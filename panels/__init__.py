"""Settings, preferences and what the sidebar shows."""

from . import (
    batch,
    cleanup,
    export,
    fit,
    live,
    overlay,
    people,
    people_properties,
    preferences,
    properties,
    retarget,
    sidebar,
    source,
)

MODULES = (properties, people_properties, preferences)  # before the operators
SIDEBAR = (
    source,
    sidebar,
    people,
    fit,
    overlay,
    cleanup,
    retarget,
    export,
    live,
    batch,
)  # in the order of the work
