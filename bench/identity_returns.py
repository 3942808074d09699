"""Who comes back before a live camera on a slow machine: a minute of two people, one of whom comes and goes.

A part of the demo clip forth and back, of which live mode sees so many pictures a second. The tracker's numbers
that live long enough are what identities were before all looks at the clothes were compared (`live_identities`).
"""

from types import SimpleNamespace

import cv2
import numpy as np

from ..cli import fetch
from ..inference import camera, catalogue, loading
from ..inference.job import Job
from ..inference.live_people import SETTLE, LivePeople
from ..inference.observer import Observer
from ..inference.video import Picture
from . import clips
from .tables import header, number, row

FRAMES, SECONDS = (30, 140), 60  # of the demo clip
RATES = {
    "5": (0.2,),
    "3": (1 / 3,),
    "2": (0.5,),
    "irregular": (0.1, 0.2, 0.3, 0.5, 1.0),
}  # [s] apart


def table():
    """A row for every rate; returns their numbers."""
    header("live, pictures a second", "numbers of the tracker", "people (there are 2)")
    there = [cv2.imencode(".jpg", image)[1] for image in clips.pictures(fetch.clip(), *FRAMES)]
    fetch.fetch_chain("live")
    result = {}
    for title, apart in RATES.items():
        numbers, people = seen_live(there, apart)
        row(title, number(numbers, 0), number(people, 0))
        result[title] = {"numbers": numbers, "people": people}
    return result


def seen_live(encoded, apart):
    """Pictures (JPEG), seconds from one that is looked at to the next -> numbers, identities that had poses."""
    job, chain = Job(task="live", chain="live"), catalogue.chain("live")
    networks = loading.networks(chain, job, SimpleNamespace(send=lambda *_, text: print(text)))
    observer = Observer(networks, chain.options["detect_every"], edited=False)
    people, numbers, identities, due = None, {}, set(), 0.0
    pause = np.random.default_rng(0)
    for index, one in enumerate(clips.forth_and_back(encoded, SECONDS * clips.RATE)):
        time_s = index / clips.RATE
        if time_s + 1e-9 < due:
            continue
        due = time_s + pause.choice(apart)
        image = cv2.imdecode(one, cv2.IMREAD_COLOR)
        size = image.shape[1::-1]
        crops = catalogue.sees_crops("live", ())
        people = people or LivePeople(size, camera.make(size), crops=crops)
        seen = observer.look(Picture(index, time_s, image))
        for identity in seen.id.tolist():
            numbers.setdefault(identity, []).append(time_s)
        identities.update(people.step(seen).identity.tolist())
    observer.close()
    return sum(np.ptp(times) >= SETTLE for times in numbers.values()), len(identities)
