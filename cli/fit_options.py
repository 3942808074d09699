"""The options of the fit, the same wherever a command fits."""

from ..inference.fit_settings import WEIGHTS, FitSettings, FitSettingsError
from .usage import UserError


def add_fit_options(parser):
    """Adds one option for each of `FitSettings`."""
    solver = parser.add_mutually_exclusive_group()
    solver.add_argument(
        "--causal", action="store_true", help="the live solver, which sees no future"
    )
    solver.add_argument(
        "--raw", action="store_true", help="every frame by itself, nothing smoothed"
    )
    parser.add_argument(
        "--weights",
        choices=WEIGHTS,
        default=WEIGHTS[0],
        help="of the live solver; ours, or as published",
    )
    parser.add_argument("--max-people", type=int, default=0, metavar="N", help="0 = everybody")
    parser.add_argument(
        "--smoothing", type=float, default=1.0, metavar="S", help="2 = twice as smooth"
    )
    parser.add_argument(
        "--planted", type=float, default=1.0, metavar="A", help="how firmly feet stand, 0 to 1"
    )
    parser.add_argument(
        "--no-limits", action="store_true", help="joints may bend farther than joints can"
    )
    parser.add_argument(
        "--mirrored", action="store_true", help="the clip is a mirror image, as of a front camera"
    )
    parser.add_argument("--no-level", action="store_true", help="do not look for up and the ground")


def fit_settings(options):
    """Command line -> FitSettings; raises UserError with one sentence."""
    settings = FitSettings(
        solver="raw" if options.raw else "live" if options.causal else "take",
        smoothing=options.smoothing,
        planted=options.planted,
        limits=not options.no_limits,
        level=not options.no_level,
        mirrored=options.mirrored,
        max_people=options.max_people,
        weights=options.weights,
    )
    try:
        settings.check()
    except FitSettingsError as error:
        raise UserError(str(error)) from error
    return settings
