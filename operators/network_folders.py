"""Where networks are looked for: a folder of the user's, the add-on's own, the cache; as the preferences say."""

import os
from pathlib import Path

import bpy


def own(context):
    """The user's folder of networks, or ""."""
    return _chosen(context, "networks_folder")


def cache(context):
    """The folder that networks are fetched into, with what they come in."""
    from ..inference import cache

    return Path(_chosen(context, "cache_folder") or cache.folder())


def cached(context):
    """The folder of fetched networks in the cache."""
    return cache(context) / "networks"


def searched(context):
    """Folders that are searched for a network's file, first wins; for `Job.networks`."""
    from ..inference.catalogue import NETWORKS

    return tuple(filter(None, (own(context), str(NETWORKS), str(cached(context)))))


def _chosen(context, name):
    """Absolute path of a folder of the preferences, or ""."""
    addon = context.preferences.addons.get(__package__.rpartition(".")[0])
    chosen = getattr(addon.preferences, name) if addon and addon.preferences else ""
    return os.path.abspath(bpy.path.abspath(chosen)) if chosen else ""
