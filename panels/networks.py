"""The networks in the add-on preferences: a row each, and the cache; draws what was found, computes nothing."""

from ..operators import networks
from ..operators.language import label

STATES = {  # of a network: icon, what is said of it
    "CARRIED": ("CHECKMARK", "with Monorig"),
    "FETCHED": ("CHECKMARK", "fetched"),
    "OWN": ("FILE_FOLDER", "yours"),
    "ABSENT": ("BLANK1", "not here"),
}
TO_CONVERT = "to be converted"
TOLD = 0.88  # share of a row; the rest is for buttons
COLUMNS = (0.38, 0.32, 0.32, 1.0)  # share of what is left that name, licence, size and state take


def draw_networks(layout, preferences):
    """The fold, and what is in it when it is open."""
    row = layout.row()
    row.use_property_split, row.alignment = False, "LEFT"
    icon = "DISCLOSURE_TRI_DOWN" if preferences.show_networks else "DISCLOSURE_TRI_RIGHT"
    row.prop(preferences, "show_networks", icon=icon, emboss=False)
    if not preferences.show_networks:
        return
    layout.prop(preferences, "networks_folder", text="Your Folder")
    table = layout.column(align=True)
    for one in networks.kept():
        draw_network(table, one)
    draw_cache(layout, preferences)


def draw_network(layout, one):
    """A row: name, licence, size, state, and what can be done."""
    icon, state = STATES[one.state]
    row = layout.split(factor=TOLD)
    rest = row.row()
    rest.active = one.path is not None
    if one.state == "ABSENT" and not one.fetchable:
        state = TO_CONVERT
    size = label("{size:.1f} MB", size=one.bytes / 1e6) if one.path else ""
    told = ((one.name, icon), (one.licence, "NONE"), (size, "NONE"), (label(state), "NONE"))
    for (text, sign), share in zip(told, COLUMNS):
        rest = rest.split(factor=share)
        rest.label(text=text, icon=sign, translate=False)
    acts = row.row(align=True)
    acts.alignment = "RIGHT"
    if one.state == "FETCHED":
        acts.operator("monorig.network_remove", text="", icon="TRASH").name = one.name
    elif one.state == "ABSENT":
        fetch = acts.row(align=True)
        fetch.enabled = one.fetchable
        fetch.operator("monorig.network_fetch", text="", icon="IMPORT").name = one.name
        acts.operator("monorig.network_add", text="", icon="FILE_FOLDER").name = one.name


def draw_cache(layout, preferences):
    """Where fetched networks lie, how large that is."""
    layout.prop(preferences, "cache_folder")
    row = layout.row()
    held = label(
        "{size:.0f} MB in {folder}", size=networks.cached_bytes() / 1e6, folder=networks.place()
    )
    row.label(text=held, icon="DISK_DRIVE", translate=False)
    acts = row.row(align=True)
    acts.alignment = "RIGHT"
    acts.operator("monorig.cache_open", icon="FILE_FOLDER")
    acts.operator("monorig.cache_empty", icon="TRASH")
