"""What the child is asked to do: one frozen record, sent as JSON in the first frame."""

from dataclasses import asdict, dataclass, fields

from .fit_settings import FitSettings
from .live_settings import LiveSource

TASKS = ("capture", "refit", "preview", "live", "cameras", "calibrate", "floor")
WITHOUT_TAKE = ("preview", "live", "cameras", "calibrate")  # tasks that write nothing


class JobError(ValueError):
    """A setting cannot be used; one sentence for the user."""


@dataclass(frozen=True)
class Job:
    """One clip to capture, one take to fit again, or a live source to look at.

    task          capture: clip -> take -> fit; refit: take -> fit, without clip and networks;
                  preview: one picture of the clip; live: poses of a live source until cancelled;
                  cameras: which webcams there are; calibrate: pictures of a board -> camera profile;
                  floor: a rectangle on the floor of a take -> camera profile
    clip          path of the video file
    take          folder of the take, created or resumed; "" = a temporary one, removed at the end
    out           path of OUT.npz; "" = only the `OUT.npz` in the take
    chain         name of a chain of networks (`inference/chains/<chain>.toml`)
    frames        (first, end) of the clip, end not included, or None for all
    fps           pictures a second of numbered pictures, or None
    fit           FitSettings; its edits are the take's own and do not travel
    edits         what a refit puts in the place of the take's edits (dict, see `edits`), or None
    max_people    that the networks follow; 0 = as many as the chain says
    camera        what is known of the camera (dict, see `profiles`), or None
    fov_y_deg, focal_px   what the user knows of the camera, or None
    networks      folders searched for network files, first wins
    threads       threads of ONNX Runtime; 0 = one per core
    gpu           whether networks run on a graphics card where the runtime can use one
    live          LiveSource of the task live
    calibration   what the tasks calibrate and floor work on (dict, see `calibration`)
    """

    clip: str = ""
    take: str = ""
    out: str = ""
    chain: str = "take"
    frames: tuple = None
    fps: float = None
    fit: FitSettings = FitSettings()
    max_people: int = 0
    camera: dict = None
    fov_y_deg: float = None
    focal_px: float = None
    networks: tuple = ()
    threads: int = 0
    gpu: bool = False
    edits: dict = None
    task: str = "capture"
    live: LiveSource = None
    calibration: dict = None

    def to_json(self):
        return {**asdict(self), "fit": self.fit.to_json()}

    @classmethod
    def from_json(cls, data):
        """dict -> Job; unknown keys are refused by name. Raises JobError, FitSettingsError, LiveSettingsError."""
        unknown = set(data) - {f.name for f in fields(cls)}
        if unknown:
            raise JobError(f"There is no job setting {', '.join(sorted(unknown))}.")
        values = {key: tuple(v) if isinstance(v, list) else v for key, v in data.items()}
        values["fit"] = FitSettings.from_json(data.get("fit", {}))
        if data.get("live") is not None:
            values["live"] = LiveSource.from_json(data["live"])
        return cls(**values)

    def check(self):
        """Raises the error of the first setting that makes no sense by itself; see `from_json`."""
        if self.task not in TASKS:
            raise JobError(f'There is no task "{self.task}"; there are: {", ".join(TASKS)}.')
        if self.task == "refit" and not self.take:
            raise JobError("No take folder was named that could be fitted again.")
        if self.task == "live":
            if self.live is None:
                raise JobError("No webcam, stream or clip was named to look at.")
            self.live.check()
        if self.task not in WITHOUT_TAKE and not self.take and not self.out:
            raise JobError("Neither a take folder nor an output file was named.")
        if self.frames is not None and not _is_range(self.frames):
            raise JobError(
                f"{list(self.frames)} is not a range of frames: first, end, 0 <= first < end."
            )
        for name in ("max_people", "threads"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 0:
                raise JobError(f"{name} must be a whole number, 0 or more, and is {value}.")
        if self.fps is not None and not 0 < self.fps <= 1000:
            raise JobError(f"{self.fps} pictures a second are not possible.")
        if self.fov_y_deg is not None and not 0 < self.fov_y_deg < 180:
            raise JobError(f"A field of view of {self.fov_y_deg} degrees is not possible.")
        self.fit.check()
        if self.focal_px is not None and not 0 < self.focal_px < float("inf"):
            raise JobError(f"A focal length of {self.focal_px} pixels is not possible.")


def _is_range(frames):
    """(first, end) with 0 <= first < end, or end None."""
    if len(frames) != 2 or not isinstance(frames[0], int) or frames[0] < 0:
        return False
    return frames[1] is None or (isinstance(frames[1], int) and frames[1] > frames[0])
