"""Texts in the language of Blender's interface.

Blender translates by itself what it gets as it is: names, descriptions, labels, reports. A text with values in it
has to be translated before they are put in, with their names in braces, so that a translation may move them:

    say("{name} is hidden: show it first", name=owner.name)

`python3 run.py messages` lists all texts for translators. A translation whose braces are not those of the original
is passed over.
"""

from bpy.app import translations


def say(text, **values):
    """A sentence: of reports, of what went wrong, of what was done."""
    return _filled(translations.pgettext_rpt(text), text, values)


def sentence(refusal):
    """What a `poll` refuses with, which has no full stop there, as a sentence."""
    return say(refusal) + "."


def told(trouble):
    """The sentence of a `retarget.trouble.Trouble`."""
    return say(trouble.text, **trouble.values)


def label(text, **values):
    """What stands on panels and buttons."""
    return _filled(translations.pgettext_iface(text), text, values)


def tip(text, **values):
    """What appears when the mouse rests on something."""
    return _filled(translations.pgettext_tip(text), text, values)


def _filled(translated, text, values):
    if not values:
        return translated
    try:
        return translated.format(**values)
    except (IndexError, KeyError, ValueError):
        return text.format(**values)
