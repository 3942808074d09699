"""What a live job looks at: a webcam, a stream, or a clip played as if it were live. Standard library only."""

from dataclasses import asdict, dataclass, fields

CAMERA, ADDRESS, CLIP = "camera", "address", "clip"
KINDS = (CAMERA, ADDRESS, CLIP)
SCHEMES = ("http", "https", "rtsp", "rtsps", "rtmp", "udp", "tcp", "srt")
LARGEST_SIDE, HIGHEST_RATE = 16384, 1000.0  # [px], [1/s]


class LiveSettingsError(ValueError):
    """The source cannot be used; one sentence for the user."""


@dataclass(frozen=True)
class LiveSource:
    """Where the pictures come from.

    kind      camera: a webcam; address: a stream; clip: a video file at its own rate
    device    number of the webcam, as `webcam.devices` lists it
    address   of a stream (rtsp://..., http://... for MJPEG), or path of the clip
    size      (width, height) [px] that a webcam is asked for, () = as it likes
    fps       rate that a webcam is asked for, 0 = as it likes
    mirror    left and right are exchanged, as in a mirror
    again     a clip begins again at its end
    """

    kind: str = CAMERA
    device: int = 0
    address: str = ""
    size: tuple = ()
    fps: float = 0.0
    mirror: bool = False
    again: bool = False

    def to_json(self):
        return asdict(self)

    @classmethod
    def from_json(cls, data):
        """dict -> LiveSource; raises LiveSettingsError."""
        if not isinstance(data, dict) or set(data) - {f.name for f in fields(cls)}:
            raise LiveSettingsError("The description of the live source cannot be read.")
        return cls(**{key: tuple(v) if isinstance(v, list) else v for key, v in data.items()})

    def check(self):
        """Raises LiveSettingsError for the first setting that makes no sense."""
        if self.kind not in KINDS:
            raise LiveSettingsError(
                f'There is no source "{self.kind}"; there are: {", ".join(KINDS)}.'
            )
        if self.kind == CLIP and not self.address:
            raise LiveSettingsError("Choose a clip first.")
        if self.kind == ADDRESS and not is_address(self.address):
            raise LiveSettingsError(
                f'"{self.address}" is no address of a stream; it begins with rtsp:// or http://.'
            )
        if type(self.device) is not int or self.device < 0:
            raise LiveSettingsError(f"There is no camera number {self.device}.")
        if self.size and not _is_size(self.size):
            raise LiveSettingsError(f"A picture of {list(self.size)} pixels is not possible.")
        if not 0 <= self.fps <= HIGHEST_RATE:
            raise LiveSettingsError(f"{self.fps} pictures per second are not possible.")


def is_address(text):
    """Whether a text is the address of a stream."""
    scheme, separator, rest = text.partition("://")
    return bool(separator) and scheme.lower() in SCHEMES and bool(rest.strip("/ "))


def _is_size(size):
    return len(size) == 2 and all(type(n) is int and 0 < n <= LARGEST_SIDE for n in size)
