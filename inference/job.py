"""What the child is asked to do: one frozen record, sent as JSON in the first frame."""

from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class Job:
    """One clip to capture.

    clip          path of the video file
    take          folder of the take, created or resumed; "" = a temporary one, removed at the end
    out           path of OUT.npz; "" = `OUT.npz` in the take
    chain         name of a chain of networks (`inference/chains/<chain>.toml`)
    frames        (first, end) of the clip, end not included, or None for all
    causal        True: the live solver, which sees no future
    max_people    0 = everybody, else the people seen longest
    camera        calibrated camera {"K": 3x3, "dist": 5, "T_world_camera": 4x4} or None
    fov_y_deg, focal_px   what the user knows of the camera, or None
    networks      folders searched for network files, first wins
    threads       threads of ONNX Runtime; 0 = one per core
    """

    clip: str
    take: str = ""
    out: str = ""
    chain: str = "take"
    frames: tuple = None
    causal: bool = False
    max_people: int = 0
    camera: dict = None
    fov_y_deg: float = None
    focal_px: float = None
    networks: tuple = ()
    threads: int = 0

    def to_json(self):
        return asdict(self)

    @classmethod
    def from_json(cls, data):
        """dict -> Job; unknown keys are refused by name."""
        unknown = set(data) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"unknown job setting: {', '.join(sorted(unknown))}")
        values = {key: tuple(v) if isinstance(v, list) else v for key, v in data.items()}
        return cls(**values)
