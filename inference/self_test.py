"""The self-test: a short clip whose truth is known goes through the real child, step by step.

`self_test/clip.mp4` is rendered (a walking person, 2 s), `self_test/truth.toml` says where that person is.
The report names no folder and no user: it is made to be pasted into a bug report.
"""

import getpass
import re
import tempfile
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import catalogue, packages, weights
from .client import Client
from .job import Job
from .take_folder import OUT

HERE = Path(__file__).with_name("self_test")
CLIP, TRUTH = HERE / "clip.mp4", HERE / "truth.toml"
CHAIN = "take"
FARTHEST = 6.0  # [px] from the truth, on average over the keypoints; 1.8 is usual
LOOK = 0.02  # [s] between looks at the child
PROCESSOR, CARD = "processor", "graphics card"
WORKS, FAILS, IS = "works", "FAILS", ""


@dataclass(frozen=True)
class Plan:
    """What is tested.

    facts       (name, text) of the machine and of Blender, for the report
    preferred   folders whose packages come first
    card        folder of the GPU runtime, or None
    networks    folders searched for networks; () = the usual ones
    """

    facts: tuple = ()
    preferred: tuple = ()
    card: Path | None = None
    networks: tuple = ()
    make_client: Callable = Client


@dataclass(frozen=True)
class Step:
    name: str
    outcome: str  # WORKS, FAILS, or IS where there is nothing to judge
    text: str


@dataclass(frozen=True)
class Run:
    """The clip on one device."""

    device: str
    step: Step
    provider: str = ""
    frames_per_second: float = 0.0
    fault: str = ""
    log: tuple = ()  # what the child said

    @property
    def works(self):
        return self.step.outcome == WORKS


def run(errand, plan):
    """For an Errand: the whole test -> fields of `done`: ok, sentence, report, provider, card_works."""
    before = [*described(plan.facts), *looked_up(plan)]
    devices = [CARD] * bool(plan.card) + [PROCESSOR]
    runs = [captured(errand, plan, device) for device in devices]
    ok = runs[-1].works and all(step.outcome != FAILS for step in before)
    best = next((run for run in runs if run.works), runs[-1])
    return {
        "ok": ok,
        "sentence": sentence(runs, before),
        "report": report([*before, *(run.step for run in runs)], runs),
        "provider": best.provider,
        "frames_per_second": best.frames_per_second,
        "card_works": bool(plan.card) and runs[0].works,
    }


def described(facts):
    return [Step(name, IS, text) for name, text in facts]


def looked_up(plan):
    """Steps for what has to be there before anything is started."""
    yield packages_found(plan)
    chain = catalogue.chain(CHAIN)
    for name in (chain.detector, chain.pose_2d, chain.pose_3d):
        try:
            path = weights.find(catalogue.network(name), plan.networks or None)
        except weights.WeightsError:
            yield Step(f"Network {name}", FAILS, "is not there: install Monorig again")
        else:
            yield Step(f"Network {name}", WORKS, f"{path.stat().st_size / 1e6:.1f} MB")


def packages_found(plan):
    try:
        folders = packages.folders(plan.preferred)
    except packages.PackagesError as error:
        return Step("Packages", FAILS, str(error))
    found = {}
    for folder in folders:
        for name in packages.PACKAGES:
            found = {**packages.provided(name, folder), **found}
    return Step("Packages", WORKS, ", ".join(f"{name} {found[name]}" for name in sorted(found)))


def captured(errand, plan, device):
    """The clip through the child on one device -> Run."""
    name = f"Capture on the {device}"
    with tempfile.TemporaryDirectory(prefix="monorig-self-test-") as scratch:
        job = Job(str(CLIP), take=scratch, chain=CHAIN, networks=plan.networks, gpu=device == CARD)
        preferred = ([plan.card] if device == CARD else []) + list(plan.preferred)
        client = plan.make_client(preferred=[str(folder) for folder in preferred])
        try:
            client.start(job)
            last, said = waited(errand, client, f"Capturing on the {device}")
        except packages.PackagesError as error:
            return Run(device, Step(name, FAILS, str(error)), fault=str(error))
        finally:
            client.close()
        if last.type == "failed":
            said, fault = [*said, *(last.fields.get("log") or ())], last.fields["text"]
            return Run(device, Step(name, FAILS, fault), fault=fault, log=tuple(said))
        return judged(device, name, last.fields["report"], Path(scratch, OUT), said)


def waited(errand, client, stage):
    """The child's last message and what it said in words; a cancel reaches it."""
    said = []
    while client.running:
        for message in client.poll():
            if message.type == "log":
                said.append(message.fields["text"])
            elif message.type == "progress":
                fields = {k: v for k, v in message.fields.items() if k != "stage"}
                errand.progress(stage, **fields)
            elif message.type in ("done", "failed"):
                return message, said
        errand.check()
        time.sleep(LOOK)
    raise RuntimeError("the child ended without a last word")


def judged(device, name, told, out, said):
    """What the child made of the clip, beside the truth."""
    provider = told["provider"]
    rate = told["frames"] / told["seconds_per_stage"]["capture"]
    shown = f"{told['frames']} frames at {rate:.1f} frames/s with {provider}"
    fault, distance = compared(out)
    if device == CARD and provider.startswith("CPU"):
        fault = said[-1].rstrip(".") if said else "the processor did its work"
    if fault:
        return Run(device, Step(name, FAILS, f"{shown}: {fault}"), provider, rate, fault, (*said,))
    step = Step(name, WORKS, f"{shown}, keypoints {distance:.1f} px from the truth")
    return Run(device, step, provider, rate, log=(*said,))


def compared(out):
    """(what is wrong or "", mean distance of the keypoints from the truth [px])."""
    import numpy as np

    from .motion import Motion

    truth, motion = tomllib.loads(TRUTH.read_text(encoding="utf-8")), Motion.load(out)
    if len(motion.identity) != truth["people"]:
        return f"{len(motion.identity)} people were found instead of {truth['people']}", np.nan
    names = list(motion.keypoint_names)
    columns = [names.index(name) for name in truth["keypoints"]]
    px = motion.px[0, :: truth["every"]][:, columns]  # (T/every, K, 2)
    true_px = np.asarray(truth["px"], float).reshape(-1, len(columns), 2)
    if len(px) != len(true_px) or not np.isfinite(px).all():
        return "not all of the clip was seen", np.nan
    distance = float(np.linalg.norm(px - true_px, axis=-1).mean())
    if distance > FARTHEST:
        return f"keypoints lie {distance:.0f} px from where the person is", distance
    return "", distance


def sentence(runs, before):
    """How it went, in one sentence."""
    broken = next((step for step in before if step.outcome == FAILS), None)
    card, processor = runs[0] if len(runs) > 1 else None, runs[-1]
    if not processor.works or broken:
        step = broken or processor.step
        return f"The self-test fails at: {step.name} - {step.text}"
    slow = f"{processor.frames_per_second:.1f} frames per second on the processor"
    if card is None:
        return f"Everything works: {slow}."
    if card.works:
        on = card.provider.removesuffix("ExecutionProvider")
        fast = f"{card.frames_per_second:.1f} frames per second on the graphics card ({on})"
        return f"Everything works: {fast}, {slow}."
    return f"The graphics card is not used: {card.fault}. The rest works: {slow}."


def report(steps, runs):
    """The text for a bug report."""
    lines = ["Monorig self-test"]
    lines += [f"{step.name:<28} {step.outcome:<6} {step.text}".rstrip() for step in steps]
    for run in runs:
        if run.log:
            lines += ["", f"What the child said on the {run.device}:"]
            lines += [f"    {line}" for line in run.log]
    return without_personal_paths("\n".join(lines)) + "\n"


def without_personal_paths(text):
    """The text with folders shortened to …/, and without the name of the user."""
    for folder in (tempfile.gettempdir(), str(Path.home())):
        text = text.replace(folder, "…").replace(folder.replace("\\", "\\\\"), "…")
    text = re.sub(r"(?:[A-Za-z]:|(?<![\w.…/\\]))[\\/](?:[^\\/\s\"':]+[\\/])+", "…/", text)
    name = user_name()
    return re.sub(rf"\b{re.escape(name)}\b", "user", text) if len(name) > 2 else text


def user_name():
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # a system without names, or an account without one
        return ""
