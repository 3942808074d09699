"""Identities and fit again from a finished take: no clip, no networks, seconds instead of minutes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from . import camera as cameras
from .edits import Edits
from .fit import Clip, FitSettings, fit
from .take import TakeError, read_description, read_log, write_json


def refit(folder, settings=FitSettings(), edits=None, camera=None, on_progress=lambda share: None):
    """Take folder -> Motion.

    edits    Edits that replace those kept in the take, and are kept from now on; None = the take's own
    camera   {"fov_y_deg", "focal_px", "camera"} entries that replace the take's; None = as captured
    Raises TakeError, EditsError.
    """
    folder = Path(folder)
    if not (folder / "take.json").exists():
        raise TakeError(f"{folder} is not a take: it has no take.json.")
    description = read_description(folder / "take.json")
    observations, finished, _ = read_log(folder / "observations.log")
    if not observations:
        raise TakeError(f"{folder} holds no observation yet; capture its clip first.")
    kept = edits if edits is not None else Edits.from_json(description.get("edits", {}))
    known = {**description, **(camera or {})}
    settings = replace(
        settings, edits=kept, level=(known.get("camera") or {}).get("T_world_camera") is None
    )
    size = tuple(description["image_size"])
    motion = fit(
        observations, Clip(size, description["fps"]), _camera(known, size), settings, on_progress
    )
    if edits is not None:
        write_json(folder / "take.json", {**description, "edits": edits.to_json()})
    return motion, finished


def _camera(known, size):
    fov_y = known.get("fov_y_deg")
    fov_y = None if fov_y is None else np.radians(fov_y)
    given = {
        name: value for name, value in (known.get("camera") or {}).items() if value is not None
    }
    return cameras.make(size, fov_y, known.get("focal_px"), **given)


def read_edits(path):
    """FILE.json -> Edits; raises EditsError, TakeError with one sentence."""
    try:
        return Edits.from_json(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise TakeError(f"{path} cannot be read: {error}.") from error
