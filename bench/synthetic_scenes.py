"""The synthetic clips as a table: scenes of people, camera, light and things in the way.

World: Z up, metres; a camera at azimuth 0 stands at -Y of what it looks at, one at 90 degrees at +X.
Sets: "main" is what the benchmark measures on; "identity" tests who is who over meetings and absences;
"camera" has cameras that move. A scene is rendered anew when its rows here change.
"""

from dataclasses import dataclass

from .synthetic_script import Actor, Step

IMAGE_SIZE = (640, 360)
WORKBENCH, CYCLES = "BLENDER_WORKBENCH", "CYCLES"


@dataclass(frozen=True)
class Shot:
    """A camera: where it stands and how far away, so that the people fill its picture."""

    azimuth: float = 0.0  # [deg]
    height: float = 1.6  # [m] above the ground
    field_of_view: float = 60.0  # [deg] across the longer side
    roll: float = 0.0  # [deg]
    inside: float = 1.0  # share of the joints over the clip that the picture shows
    stage: tuple = ()  # ((x, y), ...) the picture shows people who stand there instead
    move: str = ""  # "pan", "hand-held" or "" = it stands still


@dataclass(frozen=True)
class Box:
    """A thing that hides people or that they sit on."""

    at: tuple  # (x, y) [m]
    size: tuple  # (x, y, z) [m]
    turn: float = 0.0  # [deg]
    colour: tuple = (0.45, 0.36, 0.28)  # sRGB


@dataclass(frozen=True)
class Scene:
    name: str
    actors: tuple
    shot: Shot
    world: str = "city"  # one of Blender's studio HDRIs
    floor: str = "tiles"  # one of the floors of synthetic_backdrop
    sun: tuple = (40.0, 50.0)  # [deg] azimuth, elevation
    boxes: tuple = ()
    seconds: float = 4.0
    engine: str = WORKBENCH
    set: str = "main"

    @property
    def people(self):
        return [actor.person for actor in self.actors]


def _does(person, at, facing, motion, start=0.0, shape="", speed=1.0):
    """Somebody who does one thing all the time."""
    return Actor(person, at, facing, (Step(motion, 4.2, start=start, shape=shape, speed=speed),))


def _goes(person, at, *stops, motion="walk", start=0.0, speed=1.0):
    """Somebody who walks from stop to stop."""
    steps = tuple(Step(motion, to=stop, start=start, speed=speed) for stop in stops)
    return Actor(person, at, 0.0, steps)


SOLO = [
    Scene(
        "solo-walk", (_does("Ada", (0, 0), 0, "walk 8"),),
        Shot(20, 1.6, 60), "city", "tiles",
    ),
    Scene(
        "solo-dance", (_does("Eli", (0, 0), 10, "dance", 0.5),),
        Shot(-15, 1.4, 45), "interior", "planks",
    ),
    Scene(
        "solo-jumps", (_does("Jon", (0, 0), 60, "jumps", 1.0),),
        Shot(0, 0.4, 55), "forest", "grass", (120, 35),
    ),
    Scene(
        "solo-boxing", (_does("Ben", (0, 0), 30, "boxing", 2.0),),
        Shot(0, 3.6, 35), "studio", "concrete",
    ),
    Scene(
        "solo-sitting", (_does("Fay", (0, 0), 35, "wave", 0.0, "sit"),),
        Shot(0, 1.5, 50), "interior", "planks", boxes=(Box((-0.1, 0.18), (0.5, 0.5, 0.34), 35),),
    ),
    Scene(
        "solo-getting-up", (_does("Kim", (0, 0), 75, "get up from the back"),),
        Shot(10, 2.3, 60, 9), "courtyard", "concrete",
    ),
]  # fmt: skip
PAIRS = [
    Scene(
        "pair-crossing",
        (_goes("Ben", (-2.0, 0.4), (3.0, 0.0)), _goes("Dia", (2.1, -0.4), (-3.0, 0.2), start=0.5)),
        Shot(0, 1.6, 65), "city", "asphalt",
    ),
    Scene(
        "pair-boxing",
        (_does("Cem", (-0.55, 0), 90, "boxing", 6.0), _does("Leo", (0.55, 0.1), -90, "boxing", 13.0)),
        Shot(25, 1.0, 50, -10), "sunset", "concrete", (-60, 25),
    ),
    Scene(
        "pair-tall-and-child",
        (
            _goes("Hal", (-1.6, 0.3), (3.0, 0.8), speed=0.9),
            _goes("Ida", (-1.9, -0.4), (3.0, -0.2), start=0.3, speed=1.3),
        ),
        Shot(-20, 1.5, 50), "courtyard", "tiles",
    ),
    Scene(
        "pair-same-clothes",
        (_does("Ron", (-0.4, 0.5), 20, "ballet"), _does("Sam", (0.5, -0.2), -15, "dance", 3.0)),
        Shot(10, 1.7, 45), "studio", "planks", (70, 55), engine=CYCLES,
    ),
]  # fmt: skip
TRIOS = [
    Scene(
        "trio-crossing",
        (
            _goes("Ada", (-2.0, 1.0), (3.0, -1.0)),
            _goes("Gus", (2.0, 0.3), (-3.0, 0.6), start=0.4, speed=0.9),
            _goes("Hal", (0.2, 2.2), (-0.1, -3.0), start=0.9),
        ),
        Shot(0, 4.2, 80), "city", "tiles", (60, 45),
    ),
    Scene(
        "trio-sitting-crawling",
        (
            _does("Gus", (-1.1, 0.6), 25, "wave", 1.0, "sit"),
            _does("Ida", (0.9, -0.3), -70, "crawl"),
            _does("Kim", (0.4, 1.2), 0, "dab", 2.0),
        ),
        Shot(0, 1.6, 60), "interior", "planks", (30, 60),
        boxes=(Box((-1.18, 0.77), (0.5, 0.5, 0.38), 25),), engine=CYCLES,
    ),
    Scene(
        "trio-low",
        (
            _does("Jon", (-1.3, 0.2), 70, "hop"),
            _does("Dia", (0.2, 0.9), 0, "dance", 5.0),
            _goes("Cem", (2.2, -0.4), (-4.0, -0.2), motion="jog"),
        ),
        Shot(-5, 0.35, 60), "forest", "grass", (-70, 40),
    ),
    Scene(
        "trio-same-clothes",
        (
            _does("Ron", (-0.9, 0.0), 15, "zombie", 0.0),
            _does("Sam", (0.1, 0.7), 0, "zombie", 6.0),
            _does("Tom", (0.9, -0.2), -20, "zombie", 11.0),
        ),
        Shot(0, 1.7, 45), "sunrise", "asphalt", (20, 30),
    ),
    Scene(
        "trio-behind-things",
        (
            _goes("Leo", (-1.9, 0.5), (3.0, 0.5)),
            _goes("Ada", (1.9, 1.2), (-3.0, 1.0), start=0.6),
            _does("Eli", (0.9, 2.0), -10, "wave", 3.0),
        ),
        Shot(5, 1.5, 65), "courtyard", "concrete", (100, 50),
        boxes=(Box((-0.3, -0.5), (0.35, 0.35, 2.3), 20), Box((1.1, -0.3), (1.2, 0.4, 0.8), -8)),
    ),
]  # fmt: skip
CROWDS = [
    Scene(
        "four-street",
        (
            _goes("Ben", (-2.4, 0.0), (3.0, -0.3)),
            _goes("Fay", (2.3, 0.5), (-3.0, 0.8), start=0.3),
            _goes("Hal", (2.6, 1.3), (-3.0, 1.2), start=0.8, speed=1.1),
            _goes("Kim", (-2.2, 1.9), (3.0, 2.1), start=1.0, motion="jog", speed=0.7),
        ),
        Shot(0, 1.6, 70), "city", "asphalt", (-40, 50), engine=CYCLES,
    ),
    Scene(
        "four-gym",
        (
            _does("Dia", (-1.5, 0.2), 40, "kick"),
            _does("Jon", (-1.0, 2.2), 0, "cartwheel"),
            _does("Cem", (1.6, 0.0), -30, "boxing", 9.0),
            _does("Kim", (0.1, -0.5), 0, "ballet", 0.5),
        ),
        Shot(-10, 3.0, 75), "studio", "planks", (10, 60),
    ),
    Scene(
        "four-close",
        (
            _does("Leo", (-0.75, 0.0), 15, "wave", 2.0),
            _does("Ada", (-0.2, 0.5), 5, "dab", 5.0),
            _does("Eli", (0.45, 0.1), -10, "sway"),
            _does("Ida", (0.1, -0.5), 0, "wave", 4.0),
        ),
        Shot(0, 1.5, 55, 0, 0.82), "sunset", "tiles", (50, 25),
    ),
    Scene(
        "six-crowd",
        (
            _goes("Ada", (-2.6, -0.2), (3.0, 0.2)),
            _goes("Ben", (2.5, 0.4), (-3.0, 0.1), start=0.5),
            _goes("Eli", (-2.2, 1.2), (3.0, 1.6), start=0.9, speed=1.1),
            _goes("Gus", (2.8, 2.0), (-3.0, 1.9), start=0.2, speed=0.9),
            _goes("Ida", (0.6, 3.0), (0.2, -3.0), start=0.7, speed=1.3),
            _does("Cem", (-0.6, 2.6), 0, "wave", 1.0),
        ),
        Shot(0, 1.9, 80), "courtyard", "tiles", (-20, 55), engine=CYCLES,
    ),
    Scene(
        "six-party",
        (
            _does("Kim", (-1.6, 0.1), 25, "dance", 4.0),
            _does("Leo", (-0.7, 1.2), 0, "dab", 3.0),
            _does("Dia", (0.0, 0.0), 10, "ballet", 1.0),
            _does("Hal", (0.8, 1.5), -5, "jumping", 0.5),
            _does("Jon", (1.5, 0.2), -25, "dance", 0.0),
            _does("Fay", (-0.8, -0.8), 0, "wave", 0.0),
        ),
        Shot(0, 0.9, 70, 12), "night", "planks", (0, 65),
    ),
]  # fmt: skip


def _meeting(name, first, second, swap):
    """Two come from the sides, hug for 1 s, leave and return after 5 s, from the other sides if `swap`."""
    away, behind_camera = 4.2, (0.0, -9.0)
    actors = []
    for person, side in ((first, -1), (second, 1)):
        returns = -side if swap else side
        steps = (
            Step("walk", to=(0.14 * side, 0.07 * side), start=0.3 * (side > 0)),
            Step("stand", 1.4, shape="hug"),
            Step("walk", to=(away * side, 0.3)),
            Step("walk", to=behind_camera, speed=8.0),
            Step("walk", to=(away * returns, 0.3), speed=8.0),
            Step("walk", to=(0.5 * returns, -0.2 * side)),
            Step("stand", 2.0),
        )
        actors.append(Actor(person, (3.3 * side, 1.6 * side), 0.0, steps))
    stage = ((-2.2, 0.0), (2.2, 0.0))
    shot = Shot(0, 1.6, 60, stage=stage)
    return Scene(name, tuple(actors), shot, "city", "tiles", seconds=17.0, set="identity")


IDENTITY = [
    _meeting("identity-different", "Jon", "Dia", swap=True),
    _meeting("identity-same-clothes", "Ron", "Sam", swap=True),
    _meeting("identity-same-sides", "Leo", "Ben", swap=False),
]
MOVING = [
    Scene(
        "camera-pan",
        (_goes("Ben", (-3.0, 0.0), (3.5, 0.0)), _does("Kim", (1.0, 1.0), 0, "dance")),
        Shot(0, 1.6, 45, inside=0.75, move="pan"), "city", "tiles", seconds=6.0, set="camera",
    ),
    Scene(
        "camera-hand-held",
        (_does("Eli", (0, 0), 0, "dance"), _goes("Ada", (1.8, 0.8), (-4.0, 1.0))),
        Shot(0, 1.6, 60, move="hand-held"), "courtyard", "concrete", seconds=6.0, set="camera",
    ),
]  # fmt: skip
SCENES = {scene.name: scene for scene in [*SOLO, *PAIRS, *TRIOS, *CROWDS, *IDENTITY, *MOVING]}


def in_set(name):
    """Scenes of a set."""
    return [scene for scene in SCENES.values() if scene.set == name]
