"""The networks of a chain, found, loaded and warm."""

import os

import numpy as np

from . import camera, catalogue, weights
from .chain_forms import STEPS
from .network import CPU, Network, load_libraries, providers


def networks(chain, job, parent):
    """{"detector", "pose_2d", "pose_3d": Network, None where the chain has none}."""
    loaded, tried = {}, providers(job.gpu)
    missing = load_libraries(tried)
    for step in STEPS:
        name = getattr(chain, step)
        loaded[step] = None
        if name:
            spec, path = _weights(name, chain.options.get(f"{step}_fallback", ""), job, parent)
            loaded[step] = Network(spec, path, job.threads or os.cpu_count(), tried)
            loaded[step].warm_up()
    if job.gpu and any(network.provider == CPU for network in loaded.values() if network):
        why = missing or "no card or no driver of it answers"
        parent.send("log", text=f"Networks run on the processor ({why}).")
    return loaded


def _weights(name, fallback, job, parent):
    """NetworkSpec and file of a network, or of the chain's fallback where it was never fetched."""
    spec = catalogue.network(name, job.networks)
    try:
        return spec, weights.find(spec, job.networks or None)
    except weights.WeightsError as error:
        if not fallback:
            raise
        parent.send("log", text=f"{error} Using {fallback} instead, which is less accurate.")
        return _weights(fallback, "", job, parent)


def intrinsics(job, image_size):
    """K (3,3) as far as the user knows the camera, None = unknown."""
    K = (job.camera or {}).get("K")
    fov_y = None if job.fov_y_deg is None else np.radians(job.fov_y_deg)
    if all(known is None for known in (K, fov_y, job.focal_px)):
        return None
    return camera.make(image_size, fov_y, job.focal_px, None if K is None else np.array(K)).K
