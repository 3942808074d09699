"""One colour for each identity, the same in every picture."""

COLOURS = [  # BGR, one per identity
    (60, 170, 255), (255, 160, 60), (90, 220, 120), (200, 110, 240),
    (230, 220, 70), (120, 120, 255), (190, 190, 190), (90, 200, 220),
]  # fmt: skip


def colour(identity):
    return COLOURS[(int(identity) - 1) % len(COLOURS)]
