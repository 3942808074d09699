"""Where downloads are kept: the user's cache folder, or the folder named by MONORIG_CACHE."""

import os
import sys
from pathlib import Path


def folder(environ=os.environ, platform=sys.platform):
    """The cache folder of this program; it need not exist yet."""
    chosen = environ.get("MONORIG_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return user_cache(environ, platform) / "monorig"


def networks(**where):
    """Networks ready for use."""
    return folder(**where) / "networks"


def packages(**where):
    """Packages and unfinished downloads that networks and clips are taken from."""
    return folder(**where) / "packages"


def user_cache(environ, platform):
    home = Path(environ.get("HOME") or Path.home())
    if platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if platform == "darwin":
        return home / "Library" / "Caches"
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache")
