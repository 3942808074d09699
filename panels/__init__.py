"""Settings, preferences and what the sidebar shows."""

from . import (
    batch,
    camera,
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
    takes,
    takes_properties,
)

MODULES = (properties, people_properties, takes_properties, preferences)  # before the operators
SIDEBAR = (
    source,
    camera,
    sidebar,
    people,
    fit,
    overlay,
    cleanup,
    retarget,
    export,
    takes,
    live,
    batch,
)  # in the order of the work
