"""The fit: how right, how steady, how fast, which term is worth what, and what bad input does to it.

Known motions and real takes need the measuring material; speed is measured on a known motion too.
"""

import os
import time

from ..inference.fit import FitSettings
from . import cases, fit_ablation, fit_accuracy, fit_robustness, fit_scipy, fit_speed
from .candidates import captured
from .real_takes import TruthMissing, real
from .synthetic_observations import Errors

EASY = Errors(outliers=0.0, hidden=0.0)  # what a fit without robust loss can stand


def main(args):
    """All tables of the fit; returns their numbers."""
    started = time.perf_counter()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{os.cpu_count()} processor cores, load {load:.1f} at the start")
    result = {"cores": os.cpu_count(), "load": load}
    known = cases.synthetic(args.data, kinds=("walk",))
    if known:
        result["speed"] = speed(known[0], args.data)
        result["limb_lengths"] = fit_robustness.limb_lengths(known[0])
        if not args.short:
            result["robustness"] = fit_robustness.degenerate_table(known[0])
    else:
        print(
            "\nSpeed, limb lengths and bad input are left out: they are measured on a known motion."
        )
    result["accuracy"] = fit_accuracy.tables(args.data)
    if not args.short:
        result["ablation"] = fit_ablation.tables(args.data)
    result["seconds"] = time.perf_counter() - started
    print(f"\n{result['seconds']:.0f} s")
    return result


def speed(case, data):
    """Live step, scipy on the same one-frame problem, take solver."""
    easy = cases.synthetic(data, EASY, kinds=("walk",))[0]
    poses = captured(easy, FitSettings(solver="live", level=False)).q[0]
    return {
        **fit_speed.live_table({"made-up errors": case, **real_case(data)}),
        **fit_scipy.scipy_table(easy, poses),
        **fit_speed.take_table(case),
    }


def real_case(data):
    """{"real video": the first real take}, empty where there is none."""
    try:
        return {"real video": real(data)[0]}
    except TruthMissing:
        return {}
