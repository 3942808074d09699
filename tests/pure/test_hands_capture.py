"""A chain with hands and faces from clip to Motion: captured, resumed, fitted again, refused where it is none."""

import data_files
import numpy as np
import pytest
import standins
from capturing import film, run_here
from monorig.inference import catalogue, live, live_reader, loading, refit, take
from monorig.inference.fit_settings import FitSettings
from monorig.inference.live_settings import LiveSource
from monorig.inference.motion import Motion
from test_face import network as face_network
from test_hands import open_hand, says

FRAMES, TALL = 12, 400  # [px] of somebody whose hands are large enough
CHAIN = """name = "detailed"
description = "for tests"
detector = "yolox-tiny-humanart"
pose_2d = "rtmpose-s-halpe26"
pose_3d = "blazepose-full"
hands = "hand"
face = "face"
[options]
"""


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Somebody large."""
    path = tmp_path_factory.mktemp("large") / "large.mp4"
    return str(film(path, FRAMES, lambda index: [(60 + 3 * index, 40, TALL)], size=(640, 480)))


@pytest.fixture
def own(tmp_path, networks):
    """Folders of a user's networks: hands and a face wherever they are looked for."""
    folder = tmp_path / "own"
    (folder / "chains").mkdir(parents=True)
    said = {name: np.asarray(value) for name, value in says(open_hand()).items()}
    data_files.make(folder, "hand", [], said, size=(224, 224), name="hand")
    face_network(folder)
    (folder / "chains" / "detailed.toml").write_text(CHAIN, encoding="utf-8")
    return str(folder), str(networks)


def test_hands_and_faces_come_through_the_whole_chain(job, own, clip):
    done = job(chain="detailed", networks=own, clip=clip)
    last = run_here(done)
    assert last.type == "done", last.fields
    assert {"hand", "face"} <= set(last.fields["report"]["network_runs"])
    motion = Motion.load(last.fields["out"])
    assert len(motion.joint_names) == 21 + 30 and motion.hands_seen.shape == (1, FRAMES, 2)
    assert motion.face.shape == (1, FRAMES, len(motion.face_names))
    again, finished = refit.refit(done.take, FitSettings(solver="live"))
    assert finished and list(again.joint_names) == list(motion.joint_names)


def test_a_resumed_take_has_the_same_hands(job, own, clip, tmp_path):
    whole = job(chain="detailed", networks=own, clip=clip, take=str(tmp_path / "whole"))
    assert run_here(whole).type == "done"
    log = (tmp_path / "whole" / "observations.log").read_bytes()
    half = tmp_path / "half"
    half.mkdir()
    (half / "take.json").write_bytes((tmp_path / "whole" / "take.json").read_bytes())
    (half / "observations.log").write_bytes(log[: len(log) // 2])
    assert run_here(job(chain="detailed", networks=own, clip=clip, take=str(half))).type == "done"
    seen, again = (take.read_log(f / "observations.log")[0] for f in (tmp_path / "whole", half))
    for one, other in zip(seen, again, strict=True):
        for name in ("hands", "hand_score", "face", "face_score"):
            np.testing.assert_allclose(getattr(other, name), getattr(one, name), err_msg=name)


class Watching:
    """Stands where the pipe is, and keeps arrays."""

    def __init__(self):
        self.arrays = {}

    def send(self, type, arrays=None, **fields):
        self.arrays[type] = arrays

    def requests(self):
        return ()

    def check(self):
        """Nobody asks to stop."""

    def progress(self, final, **fields):
        """Nobody looks."""


class Reader:
    """Five pictures of somebody large who stands, none of them missed."""

    missed, trouble, over = 0, "", False

    def __init__(self, source):
        image = standins.draw_people([(60, 40, TALL)], (640, 480))[..., ::-1].copy()
        self._frames = iter([live_reader.Frame(t, 0.3 * t, 0.0, image) for t in range(5)])

    def newest(self, timeout):
        frame = next(self._frames, None)
        self.over = frame is None
        return frame

    def close(self):
        """Nothing is open."""


def test_live_mode_has_fingers_and_no_faces(job, own, monkeypatch):
    monkeypatch.setattr(live, "NewestFrame", Reader)
    chain, parent = catalogue.chain("detailed", own), Watching()
    live_job = job(
        chain="detailed", networks=own, task="live", live=LiveSource("clip", address="x")
    )
    networks = loading.networks(chain, live_job, parent)
    assert live.run(live_job, chain, networks, parent)["frames"] == 5
    assert parent.arrays["bodies"]["rest_offset"].shape == (1, 51, 3)
    assert parent.arrays["pose"]["rotation"].shape == (1, 51, 4)
    assert networks["hands"].runs and not networks["face"].runs


def test_details_need_networks_that_give_them(own):
    folder = own[0]
    path = f"{folder}/chains/detailed.toml"
    for old, new, said in (
        ('hands = "hand"', 'hands = "face"', "face does not give hands in crops"),
        ('hands = "hand"', 'palms = "palm-detection-full"', "has no network for hands"),
        ('hands = "hand"', 'hands = "gone"', '"hands" must be one of'),
    ):
        with open(path, "w", encoding="utf-8") as file:
            file.write(CHAIN.replace(old, new))
        with pytest.raises(catalogue.CatalogueError, match=said):
            catalogue.chain("detailed", (folder,))
