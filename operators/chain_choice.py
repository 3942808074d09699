"""Chains of networks that can be chosen: the add-on's, and those of the user's own folder whose weights are here.

Files are read once per folder, when a panel first asks; `forget` after they may have changed.
"""

import os
import zlib

import bpy

USUAL = {  # chain: number that the .blend keeps, what it says
    "take": (0, "Everybody in the picture, best quality"),
    "live": (1, "Everybody in the picture, faster and a little less exact"),
    "solo": (2, "One person, fastest"),
}
_items = {}  # folder: items; Blender needs the same strings to stay


def items(_owner, context):
    """Items of an EnumProperty; their identifiers are the chains' names in capitals."""
    folder = networks_folder(context) if context else ""
    if folder not in _items:
        _items[folder] = [*map(_usual, USUAL), *map(_more, _others(folder))]
    return _items[folder]


def number_of(name):
    """Number by which a .blend keeps one of the usual chains; default of an EnumProperty."""
    return USUAL[name][0]


def forget():
    """The next look reads the files again."""
    _items.clear()


def name_of(identifier, context):
    """ "TAKE" -> "take"; a chain of the user's as its file is called."""
    from ..inference import catalogue

    chains = catalogue.chains(_folders(networks_folder(context)))
    return next(name for name in chains if name.upper() == identifier)


def networks_folder(context):
    """The folder for networks that the preferences name, or ""."""
    addon = context.preferences.addons.get(__package__.rpartition(".")[0])
    chosen = addon.preferences.networks_folder if addon and addon.preferences else ""
    return os.path.abspath(bpy.path.abspath(chosen)) if chosen else ""


def _usual(name):
    number, text = USUAL[name]
    return name.upper(), name.capitalize(), text, "NONE", number


def _more(chain):
    number = 3 + zlib.crc32(chain.name.encode()) % (1 << 30)  # the same in every file
    return chain.name.upper(), chain.name, chain.description, "NONE", number


def _others(folder):
    """Chains beside the usual ones whose networks are all here; a damaged file is none."""
    from ..inference import catalogue, weights

    found = []
    for name in catalogue.chains(_folders(folder)):
        try:
            chain = catalogue.chain(name, _folders(folder))
            for network in chain.networks.values():
                spec = catalogue.network(network, _folders(folder))
                weights.find(spec, (*_folders(folder), *weights.search_folders()))
        except (catalogue.CatalogueError, weights.WeightsError):
            continue
        if name not in USUAL:
            found.append(chain)
    return found


def _folders(folder):
    return (folder,) if folder else ()
