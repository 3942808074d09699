"""Captures with stand-in networks: how a clip of a drawn figure is made, captured and compared."""

import dataclasses
import io
import os

import clips
import numpy as np
import standins
from monorig.inference import worker
from monorig.inference.client import Client
from monorig.inference.protocol import FrameReader, Message, encode

SIZE = (320, 240)
FRAMES = 30
LOSSLESS = {"preset": "ultrafast", "qp": "6"}


def walk(index):
    """Box (x1, y1, height) of somebody who walks to the right."""
    return 40 + 3 * index, 30, 170


def film(path, frames=FRAMES, people=lambda index: [walk(index)], **changes):
    """Writes a clip of drawn figures."""
    recipe = clips.Recipe(path.name, frames=frames, size=SIZE, pix_fmt="yuv444p", options=LOSSLESS)
    return clips.write(
        path,
        dataclasses.replace(recipe, **changes),
        lambda i, size: standins.draw_people(people(i), size),
    )


def run(job, on_message=lambda message, client: None):
    """All messages of a capture in a child process."""
    client, messages = Client(), []

    def take_in(message):
        messages.append(message)
        on_message(message, client)

    client.start(job)
    try:
        client.wait(take_in)
    finally:
        client.close()
    return messages


def run_here(job):
    """The last message of a capture in this process: quicker, for what needs no process of its own."""
    reading, writing = os.pipe()
    out = io.BytesIO()
    with os.fdopen(reading, "rb") as frames_in, os.fdopen(writing, "wb") as parent:
        worker.main(job.to_json(), frames_in, out)
        parent.write(encode(Message("cancel")))  # ends the thread that listens
        parent.flush()
    return FrameReader().feed(out.getvalue())[-1]


def assert_same(a, b):
    """Two Motions are the same."""
    np.testing.assert_array_equal(a.identity, b.identity)
    np.testing.assert_array_equal(a.frame, b.frame)
    np.testing.assert_array_equal(a.present, b.present)
    np.testing.assert_allclose(a.time_s, b.time_s, atol=1e-9)
    np.testing.assert_allclose(a.px, b.px, atol=1e-3)  # [px]
    np.testing.assert_allclose(a.X_cam, b.X_cam, atol=1e-4)  # [m]


def is_one_sentence(text):
    return text.endswith(".") and "\n" not in text and "Traceback" not in text and len(text) < 300
