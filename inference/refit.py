"""Identities and fit again from a finished or interrupted take: no clip, no networks, seconds, not minutes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from . import camera as cameras
from . import clues, leaving, people, splicing
from .clues import Clues
from .edits import Edits
from .fit import Clip, fit
from .fit_settings import FitSettings
from .narrowing import narrowed
from .refusals import unreadable
from .take import TakeError, read_description, read_log
from .take_folder import OUT, write_json


def refit(folder, settings=FitSettings(), edits=None, camera=None, on_progress=lambda share: None):
    """Take folder -> Motion, True when its clip was seen to the end. Changes nothing; see `keep`.

    edits    Edits that replace those kept in the take; None = the take's own
    camera   {"fov_y_deg", "focal_px", "camera"} entries that replace the take's; None = as captured
    Raises TakeError, EditsError, FitSettingsError.
    """
    folder = Path(folder)
    if not (folder / "take.json").exists():
        raise TakeError(f"{folder} is not a take: it has no take.json.")
    description = {**read_description(folder / "take.json"), **(camera or {})}
    if edits is not None:
        description["edits"] = edits.to_json()
    observations, finished, _ = read_log(folder / "observations.log")
    if not observations:
        raise TakeError(f"{folder} holds no observation yet; capture its clip first.")
    found = clues.read(folder)
    return solve(description, observations, settings, on_progress, found), finished


def solve(description, observations, settings, on_progress, found=Clues()):
    """What take.json says, what the networks saw, and what was found of the camera -> Motion.

    Who is who follows from the whole take, whatever the solver, so that edits mean the same people for
    all; the take's edits are applied. Its world is not levelled where the camera's pose is known.
    """
    size = tuple(description["image_size"])
    observations = leaving.without_remains(splicing.resolved(observations, size), size)
    edits = Edits.from_json(description.get("edits", {}))
    identities = people.identities(observations, description["fps"])
    known = (description.get("camera") or {}).get("T_world_camera") is not None
    settings = replace(
        settings,
        edits=narrowed(edits, identities, observations),
        level=settings.level and not known,
    )
    clip = Clip(size, description["fps"], found, description.get("crops", True))
    return fit(observations, clip, _camera(description, size), settings, on_progress)


def _camera(known, size):
    fov_y = known.get("fov_y_deg")
    fov_y = None if fov_y is None else np.radians(fov_y)
    given = {
        name: value for name, value in (known.get("camera") or {}).items() if value is not None
    }
    return cameras.make(size, fov_y, known.get("focal_px"), **given)


def keep(motion, folder, out, settings, edits=None):
    """Writes OUT.npz, then what it was made with into take.json: the edits where they are new, and the
    settings and where the focal length comes from where `out` is the take's own OUT.npz."""
    motion.save(out)
    path = Path(folder, "take.json")
    found = read_description(path)
    if Path(out).resolve() == Path(folder, OUT).resolve():
        found["fit"] = settings.to_json()
        found["focal_length"] = {"px": float(motion.K[0, 0]), "source": motion.camera_source}
    if edits is not None:
        found["edits"] = edits.to_json()
    write_json(path, found)


def read_edits(path):
    """FILE.json -> Edits; raises EditsError, TakeError with one sentence."""
    try:
        return Edits.from_json(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise TakeError(unreadable(path, error)) from error
