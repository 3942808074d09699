"""What a finished job says of itself: frames, seconds, provider, memory, versions."""

import platform

import cv2
import numpy as np
import onnxruntime

from .memory import peak_memory_mb


def left_out(motion, observations):
    """Sightings that are in nobody's motion: people seen too briefly or twice, or whom nobody asked for."""
    return sum(len(seen.id) for seen in observations) - int(np.isfinite(motion.box[..., 0]).sum())


def report(motion, clock, stages, seconds):
    """What `--report` writes."""
    return {
        "frames": len(motion.frame),
        "seconds": seconds,
        "frames_per_second": len(motion.frame) / seconds,
        "seconds_per_stage": stages,
        "seconds_in_networks": clock["in_networks"],
        "detector_runs": clock["detections"],
        "network_runs": clock["runs"],
        "peak_memory_mb": peak_memory_mb(),
        "provider": clock["provider"],
        "people": len(motion.identity),
        "focal_length": {"px": float(motion.K[0, 0]), "source": motion.camera_source},
        "camera_motion": motion.camera_motion,
        "versions": {"python": platform.python_version(), **shown(versions_loaded())},
    }


def shown(versions):
    """The same under the names that users know."""
    return {{"cv2": "opencv"}.get(name, name): version for name, version in versions.items()}


def versions_loaded():
    """{package: version} of what this process really imported."""
    loaded = {"numpy": np, "cv2": cv2, "onnxruntime": onnxruntime}
    return {name: module.__version__ for name, module in loaded.items()}
