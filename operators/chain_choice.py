"""Chains of networks that can be chosen: the add-on's, and those of the user's own folder whose weights are here.

Files are read once per folder, when a panel first asks; `forget` after they may have changed.
"""

import zlib

from . import network_folders

USUAL = {  # chain: number that the .blend keeps, what it says
    "take": (0, "Everybody in the picture, best quality"),
    "live": (1, "Everybody in the picture, faster and a little less exact"),
    "solo": (2, "One person, fastest"),
}
_items = {}  # folders: items; Blender needs the same strings to stay


def items(_owner, context):
    """Items of an EnumProperty; their identifiers are the chains' names in capitals."""
    folders = network_folders.searched(context) if context else ()
    if folders not in _items:
        _items[folders] = [*map(_usual, USUAL), *map(_more, _others(folders))]
    return _items[folders]


def number_of(name):
    """Number by which a .blend keeps one of the usual chains; default of an EnumProperty."""
    return USUAL[name][0]


def forget():
    """The next look reads the files again."""
    _items.clear()


def name_of(identifier, context):
    """ "TAKE" -> "take"; a chain of the user's as its file is called."""
    from ..inference import catalogue

    chains = catalogue.chains(network_folders.searched(context))
    return next(name for name in chains if name.upper() == identifier)


def _usual(name):
    number, text = USUAL[name]
    return name.upper(), name.capitalize(), text, "NONE", number


def _more(chain):
    number = 3 + zlib.crc32(chain.name.encode()) % (1 << 30)  # the same in every file
    return chain.name.upper(), chain.name, chain.description, "NONE", number


def _others(folders):
    """Chains beside the usual ones whose networks are all here; a damaged file is none."""
    from ..inference import catalogue, weights

    found = []
    for name in catalogue.chains(folders):
        try:
            chain = catalogue.chain(name, folders)
            for network in chain.networks.values():
                weights.find(catalogue.network(network, folders), folders)
        except (catalogue.CatalogueError, weights.WeightsError):
            continue
        if name not in USUAL:
            found.append(chain)
    return found
