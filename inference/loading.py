"""The networks of a chain, found, loaded and warm."""

import os

import numpy as np

from . import camera, catalogue, weights
from .chain_forms import DETAILS, STEPS
from .network import Network, NetworkError
from .providers import NOTHING_ANSWERS, PROCESSOR, in_words, load_libraries, to_try


def networks(chain, job, parent):
    """{step: Network, None where the chain has none}; the steps are STEPS and DETAILS."""
    loaded, tried, reasons = dict.fromkeys((*STEPS, *DETAILS)), to_try(job.gpu), []
    missing = load_libraries(tried)
    for step, name in chain.networks.items():
        spec, path = _weights(name, chain.options.get(f"{step}_fallback", ""), job, parent)
        threads = job.threads or os.cpu_count()
        loaded[step], why = started(spec, path, threads, tried, missing)
        reasons += why
    if job.gpu and any(
        network and network.provider == PROCESSOR.name for network in loaded.values()
    ):
        why = "; ".join(dict.fromkeys(reasons)) or missing or NOTHING_ANSWERS
        parent.send("log", text=f"Networks run on the processor ({why}).")
    return loaded


def started(spec, path, threads, tried, missing=""):
    """The Network on the first provider on which a session starts and a run goes well, and why not on others.

    tried     Providers, the processor last: what goes wrong there is raised
    missing   what is known to be missing for cards
    """
    reasons = []
    for provider in tried:
        try:
            network = Network(spec, path, threads, provider)
            network.warm_up()
        except NetworkError as error:
            if provider == PROCESSOR:
                raise
            reasons.append(f"{provider.title}: {in_words(str(error))}")
            continue
        if network.provider == provider.name:
            break
        reasons.append(f"{provider.title}: {missing or NOTHING_ANSWERS}")
    return network, reasons


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
    """K (3,3) as far as the user knows the camera, None = unknown. Raises ProfileError."""
    fov_y = None if job.fov_y_deg is None else np.radians(job.fov_y_deg)
    given = {name: value for name, value in (job.camera or {}).items() if value is not None}
    made = camera.make(image_size, fov_y, job.focal_px, **given)
    return None if made.source == camera.ASSUMED else made.K
