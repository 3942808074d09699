"""Chains of one-shot, bottom-up and self-following networks, captured from a clip to the fitted motion."""

import dataclasses

import data_files
import known_crowd
import numpy as np
import played_networks
import pytest
import standins
from capturing import FRAMES as WALKED
from capturing import run_here, walk
from monorig.inference import catalogue
from monorig.inference.job import Job
from monorig.inference.keypoints import INDEX
from monorig.inference.motion import Motion
from monorig.inference.network import Network
from monorig.inference.observer import Observer
from monorig.inference.take import SHAPES, as_kept
from monorig.inference.video import Picture
from synthetic_motion import IMAGE_SIZE, K

FRAMES = 24
MOST_MM = 20.0


@pytest.fixture(scope="module")
def truth():
    """X (P,T,K,3) [m] in camera axes, px (P,T,K,2) of two people who pass in front of each other."""
    return known_crowd.passing(FRAMES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, truth):
    """Networks and chains of a user."""
    return played_networks.write_all(tmp_path_factory.mktemp("own networks"), *truth)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return played_networks.write_clip(tmp_path_factory.mktemp("clip") / "known.mp4", FRAMES)


def captured(clip, folder, chain, out):
    """The Motion that a chain of the folder finds in the clip."""
    job = Job(
        clip=str(clip), out=str(out), chain=chain, networks=(str(folder),), threads=1,
        camera={"K": K.tolist()},
    )  # fmt: skip
    last = run_here(job)
    assert last.type == "done", last.fields
    return Motion.load(out)


@pytest.mark.slow
@pytest.mark.parametrize(
    "layout", [["orpm"], ["xnect"], ["vnect-0", "vnect-1"]], ids=lambda x: x[0]
)
def test_a_known_motion_comes_through_the_whole_chain(tmp_path, truth, folder, clip, layout):
    X, _ = truth
    motions = [captured(clip, folder, f"known-{name}", tmp_path / f"{name}.npz") for name in layout]
    found = np.concatenate([motion.X_cam for motion in motions])
    assert found.shape == X.shape
    assert np.isfinite(found).all(-1).mean() > 0.95
    depth = np.nanmedian(found[:, :, INDEX["pelvis"], 2], axis=1)
    assert known_crowd.mpjpe(found[depth.argsort()], X) < MOST_MM


@pytest.mark.slow
@pytest.mark.parametrize("chain", ["known-orpm", "known-xnect", "known-vnect-0"])
def test_a_resumed_take_goes_on_as_if_nothing_had_happened(folder, chain):
    pictures = [
        Picture(i, i / 30, played_networks.picture(i, IMAGE_SIZE)[..., ::-1]) for i in range(12)
    ]
    whole = observed(folder, chain, pictures)
    resumed = observed(folder, chain, pictures[6:], whole[:6])
    assert sum(len(seen.id) for seen in whole) >= 12
    for seen, again in zip(whole[6:], resumed, strict=True):
        for name in SHAPES:
            np.testing.assert_allclose(getattr(again, name), getattr(seen, name), err_msg=name)


def test_a_picture_looked_at_by_itself_says_the_same_as_one_in_a_row(folder):
    pictures = [
        Picture(i, i / 30, played_networks.picture(i, IMAGE_SIZE)[..., ::-1]) for i in range(4)
    ]
    chain = "known-vnect-0"
    for one, other in zip(
        observed(folder, chain, pictures),
        observed(folder, chain, pictures, alone=True),
        strict=True,
    ):
        for name in SHAPES:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_what_comes_straight_from_a_camera_has_no_cuts(folder, rng):
    scenes = rng.integers(0, 256, (2, *IMAGE_SIZE[::-1], 3), dtype=np.uint8)
    pictures = [Picture(i, i / 30, scenes[i // 6]) for i in range(12)]
    for edited, cuts in ((True, [6]), (False, [])):
        seen = observed(folder, "known-vnect-0", pictures, edited=edited)
        assert [one.index for one in seen if one.cut] == cuts


def observed(folder, chain, pictures, before=(), alone=False, **asked):
    """Observations, as precise as a take keeps them, by the networks of a chain.

    alone   one picture after another
    asked   arguments of the Observer
    """
    steps, networks = catalogue.chain(chain, (folder,)), {}
    for step in ("detector", "pose_2d", "pose_3d"):
        name = getattr(steps, step)
        spec = catalogue.network(name, (folder,)) if name else None
        networks[step] = Network(spec, folder / spec.onnx, threads=1) if name else None
    observer = Observer(networks, **asked)
    if before:
        observer.resume(before)
    if alone:
        seen = [observer.look(picture) for picture in pictures]
    else:
        seen = [one for picture in pictures for one in observer.observe(picture)]
        seen += observer.flush()
    observer.close()
    kept = [name for name in SHAPES if name not in ("id", "torso")]
    return [
        dataclasses.replace(one, **{name: as_kept(getattr(one, name)) for name in kept})
        for one in seen
    ]


def test_a_one_shot_network_of_the_user_with_blazepose_behind_it(job, networks, tmp_path):
    names = [name for name in catalogue.network("rtmo-s").keypoints if name]
    text = data_files.text("one-shot", "rtmo", names, size=(320, 256))
    (tmp_path / "one-shot.toml").write_text(text, encoding="utf-8")
    spec = catalogue.load_network(tmp_path / "one-shot.toml")
    standins.write_one_shot(str(tmp_path / spec.onnx), spec)
    played_networks.write_chain(tmp_path, "mine", ("", "one-shot", "blazepose-full"))
    last = run_here(job(chain="mine", networks=(str(tmp_path), str(networks))))
    assert last.type == "done", last.fields
    report = last.fields["report"]
    assert set(report["network_runs"]) == {"one-shot", "blazepose-full"}
    motion = Motion.load(last.fields["out"])
    assert list(motion.identity) == [1] and motion.present.all()
    truth = np.array([standins.keypoint_pixels(walk(i)) for i in range(WALKED)])
    assert np.nanmedian(np.linalg.norm(motion.px[0] - truth, axis=-1)) < 1.5  # [px]


def test_what_is_no_chain_is_refused_in_one_sentence(folder):
    for steps, said in {
        ("yolox-tiny-humanart", "", ""): "its networks give boxes; a chain is one of these",
        ("", "rtmpose-s-halpe26", "blazepose-full"): "give 2D in boxes [+] 3D in boxes",
        ("", "xnect", ""): "its networks give 2D and encodings of everybody;",
        ("", "part_affinity", "stage-two"): "wants 51 channels of encoding per keypoint, and part",
        ("", "", ""): "its networks give nothing",
        ("", "gone", ""): '"pose_2d" must be one of',
    }.items():
        played_networks.write_chain(folder, "wrong", steps)
        with pytest.raises(catalogue.CatalogueError, match=said) as caught:
            catalogue.chain("wrong", (folder,))
        assert "\n" not in str(caught.value)
    assert "wrong" in catalogue.chains((folder,)) and "wrong" not in catalogue.chains()
