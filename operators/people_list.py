"""The list of people of a result, and what was said about them: `collection.monorig`.

Both are kept with the collection, so that undo takes them back and a saved file remembers them. A re-fit brings
the edits to the take, which keeps them as well.
"""

import json
import os
from dataclasses import replace
from pathlib import Path

from ..inference.take_folder import DESCRIPTION, write_json
from . import marks, takes
from .datablocks import block_name

OF_THE_RIG = ("described", "family", "missing", "target")  # of a row: the last looks at the first


def fill(collection, rows, edits):
    """Writes the list anew; rigs that were chosen stay, and people who are ignored.

    rows    [(identity, frames, sureness)] of the people in the fit
    edits   JSON of the edits that the fit was made with
    Where the add-on is not registered, as for a command that makes a .blend, there is no list.
    """
    from .person import colour

    if not hasattr(collection, "monorig"):
        return
    known = {row.identity: row for row in collection.monorig.people}
    kept = {i: (row.frames, row.sureness) for i, row in known.items()}
    rigs = {i: [(name, getattr(row, name)) for name in OF_THE_RIG] for i, row in known.items()}
    said = edits_module().Edits.from_json(json.loads(edits or "{}"))
    there = {identity: (frames, sure, False) for identity, frames, sure in rows}
    there |= {i: (*kept[i], True) for i in said.ignore if i in kept and i not in there}
    people = collection.monorig.people
    people.clear()
    for identity in sorted(there):
        row = people.add()
        row.identity, row.colour = identity, colour(identity)
        row.name = said.name.get(identity, default_name(identity))
        row.frames, row.sureness, row.ignored = there[identity]
        for name, value in rigs.get(identity, ()):
            setattr(row, name, value)
    collection.monorig.edits = edits


def edits_module():
    """The module of edits: loaded at first use, not when the add-on is enabled."""
    from ..inference import edits

    return edits


def default_name(identity):
    return f"Person {identity}"


def edits_of(collection):
    """Edits that the result was made with."""
    return edits_module().Edits.from_json(json.loads(collection.monorig.edits or "{}"))


def kept_edits(folder):
    """On a thread: JSON of the edits that a take keeps, "" where there is none to read."""
    try:
        said = json.loads(Path(folder, DESCRIPTION).read_text(encoding="utf-8")).get("edits", {})
        return json.dumps(edits_module().Edits.from_json(said).to_json())
    except (OSError, ValueError, edits_module().EditsError):
        return ""


def rename(collection, identity, name):
    """A person, the armature and the mannequin are called by another name; "" = by the number again."""
    said = edits_of(collection)
    names = {i: text for i, text in said.name.items() if i != identity}
    said = replace(said, name={**names, identity: name} if name else names)
    collection.monorig.edits = json.dumps(said.to_json())
    name, stem = name or default_name(identity), Path(collection[marks.CLIP]).stem
    for row in collection.monorig.people:
        if row.identity == identity:
            row.name = name
    for owner in collection.all_objects:
        if owner.get(marks.IDENTITY) == identity:
            what = name if owner.type == "ARMATURE" else f"{name} Mannequin"
            owner.name = block_name(stem, what)
    _tell_the_take(collection, said)


def _tell_the_take(collection, said):
    """A name needs no new fit: it is written into the take at once, where that is there."""
    for folder in takes.places(collection):
        path = Path(folder, DESCRIPTION)
        if path.is_file() and os.access(folder, os.W_OK):
            try:
                found = json.loads(path.read_text(encoding="utf-8"))
            except ValueError:
                continue  # damaged: the next re-fit says so
            found["edits"] = {**found.get("edits", {}), "name": said.to_json()["name"]}
            write_json(path, found)
            return


def armature_of(collection, identity):
    """The armature of a person of a result, or None."""
    owners = (o for o in collection.all_objects if o.type == "ARMATURE")
    return next((o for o in owners if o.get(marks.IDENTITY) == identity), None)


def make_active(context, collection, index):
    """The armature of the chosen row becomes the active object, and selected where it can be seen."""
    rows = collection.monorig.people
    if context.mode != "OBJECT" or not 0 <= index < len(rows):
        return
    armature = armature_of(collection, rows[index].identity)
    if armature is None or context.view_layer.objects.get(armature.name) != armature:
        return
    for owner in context.selected_objects:
        owner.select_set(False)
    if armature.visible_get():
        armature.select_set(True)
    context.view_layer.objects.active = armature


def chosen(context):
    """(collection, row) of the person meant: the active armature's, else the row chosen; None where nobody is."""
    collection = takes.chosen_result(context)
    if collection is None or not len(collection.monorig.people):
        return None
    rows, active = collection.monorig.people, context.view_layer.objects.active
    identity = active.get(marks.IDENTITY) if active is not None else None
    same = [row for row in rows if row.identity == identity]
    at = min(max(collection.monorig.active, 0), len(rows) - 1)
    return collection, (same or [rows[at]])[0]
