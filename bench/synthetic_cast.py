"""The people of the synthetic clips: bodies from 1.2 to 2 m, and what they wear."""

from .synthetic_body import Build
from .synthetic_clothes import Look

DARK, LIGHT, LIGHT_2, LIGHT_F = (
    f"young_{name}"
    for name in (
        *("darkskinned_male_diffuse", "lightskinned_male_diffuse"),
        *("lightskinned_male_diffuse2", "lightskinned_female_diffuse2"),
    )
)


def _look(outfit, shoes, hair, skin, hue=0.0, bright=1.0, eyes="brownlight", hair_bright=1.0):
    tint, hair_tint = (hue, 1.0, bright), (0.0, 1.0, hair_bright)
    return Look(outfit, f"shoes{shoes}", hair, skin, eyes, tint, hair_tint)


_CASUAL, _WORK = "male_casualsuit0", "male_worksuit01"
PEOPLE = {
    "Ada": (Build(stature=1.68), _look("female_casualsuit01", "03", "ponytail01", LIGHT_F)),
    "Ben": (Build("male", stature=1.80, muscle=0.6), _look(_CASUAL + "2", "01", "short02", LIGHT)),
    "Cem": (
        Build("male", "asian", stature=1.72, weight=0.4),
        _look(_CASUAL + "4", "04", "short04", LIGHT_2, hue=140),
    ),
    "Dia": (
        Build("female", "african", stature=1.74, muscle=0.6),
        _look("female_sportsuit01", "01", "bob02", DARK, hue=200, hair_bright=0.25),
    ),
    "Eli": (
        Build("male", "african", stature=1.88, muscle=0.7),
        _look(_CASUAL + "5", "01", "short04", DARK),
    ),
    "Fay": (
        Build("female", "asian", 45, stature=1.58, weight=0.65),
        _look("female_elegantsuit01", "03", "bob02", LIGHT_F),
    ),
    "Gus": (
        Build("male", age=62, stature=1.76, weight=0.8),
        _look("male_elegantsuit01", "03", "short01", LIGHT_2, eyes="blue"),
    ),
    "Hal": (Build("male", stature=1.99, weight=0.45), _look(_WORK, "04", "short01", LIGHT)),
    "Ida": (
        Build("female", age=9, stature=1.22),
        _look("female_casualsuit01", "01", "long01", LIGHT_F, hue=90),
    ),
    "Jon": (Build("male", stature=1.78), _look(_CASUAL + "3", "01", "short01", LIGHT_2, hue=60)),
    "Kim": (
        Build("female", "asian", stature=1.63, weight=0.45),
        _look("female_sportsuit01", "04", "ponytail01", LIGHT_F, hair_bright=0.4),
    ),
    "Leo": (
        Build("male", stature=1.84, weight=0.6),
        _look(_CASUAL + "6", "03", "short02", LIGHT, hue=-60, bright=0.8),
    ),
    # three who wear the same
    "Ron": (Build("male", stature=1.79), _look(_CASUAL + "6", "01", "short02", LIGHT)),
    "Sam": (
        Build("male", stature=1.77, muscle=0.6),
        _look(_CASUAL + "6", "01", "short02", LIGHT_2),
    ),
    "Tom": (Build("male", stature=1.82, weight=0.6), _look(_CASUAL + "6", "01", "short02", LIGHT)),
}
