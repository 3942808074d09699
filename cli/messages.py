"""run.py messages: every text that the extension shows, with the places that show it, for translators.

Read from the sources, which have to hand their texts over as Blender's translation wants them (see
`operators.language`): names, descriptions and tooltips as they are, sentences with their values' names in braces.
"""

import ast
import functools
import re

from . import environment
from .usage import DONE, command_parser, new_file, say

SHOWN = ("operators", "panels")  # folders whose texts are shown
REFUSING = ("inference", "retarget")  # folders of whose texts only errors are
SHOWN_OPERATORS = (
    "Operator",
    "Menu",
    "Panel",
    "UIList",
)  # bases of classes whose first docstring is a tooltip
SAID = ("say", "label", "tip", "sentence")  # functions of operators.language
NAMED = ("name", "description", "text", "heading")  # arguments of properties and of layouts
TEXT = re.compile(
    r"[A-Z][a-z0-9']*\b(?!_).*", re.DOTALL
)  # "Look Through Camera", not "VIEW_3D" or "pose_2d"
ANYWHERE, ON_BUTTONS = "*", "Operator"  # contexts in which Blender looks a text up
FILLED = re.compile(r"\{\w+[^{}]*\}.* |.* \{\w+[^{}]*\}", re.DOTALL)  # "{count} waiting"


def parser():
    result = command_parser(
        "messages", "List every text that the extension shows, for translators."
    )
    result.add_argument(
        "-o", "--out", type=new_file, metavar="FILE", help="write a gettext template (.pot) there"
    )
    return result


def main(argv):
    options = parser().parse_args(argv)
    found = messages()
    if options.out:
        options.out.write_text(template(found), encoding="utf-8")
        say(f"{len(found)} texts in {options.out}")
        return DONE
    for (context, text), places in found.items():
        say(f"{text}\n    {context}  {', '.join(places)}")
    say(f"{len(found)} texts")
    return DONE


@functools.cache
def messages(root=environment.ROOT):
    """{(context, text): [place as path:line]} in the order of the files; read once, not to be changed."""
    found = {}
    for folder in (*SHOWN, *REFUSING):
        for path in sorted((root / folder).glob("*.py")):
            nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
            texts = raised(nodes) if folder in REFUSING else shown(nodes)
            for line, *message in sorted(texts):
                found.setdefault(tuple(message), []).append(f"{folder}/{path.name}:{line}")
    return found


def template(found):
    """{(context, text): places} as a gettext template."""
    parts = ['msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n']
    for (context, text), places in found.items():
        named = "" if context == ANYWHERE else f'msgctxt "{context}"\n'
        quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        parts.append(f'#: {" ".join(places)}\n{named}msgid "{quoted}"\nmsgstr ""\n')
    return "\n".join(parts)


def raised(nodes):
    """Set of (line, context, text) of the errors that a file raises with a text as it is."""
    calls = (node.exc for node in nodes if isinstance(node, ast.Raise))
    calls = (call for call in calls if isinstance(call, ast.Call) and call.args)
    return {(c.lineno, ANYWHERE, c.args[0].value) for c in calls if is_string(c.args[0])}


def shown(nodes):
    """Set of (line, context, text) of all that a file may show; nodes: all of its tree."""
    buttons = on_buttons(nodes)
    found = {(one.lineno, ON_BUTTONS, one.value) for one in buttons}
    passed = set(buttons)
    for node in nodes:
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(
            node
        ):
            passed.add(node.body[0].value)
            if isinstance(node, ast.ClassDef) and is_shown(node):
                found.add((node.body[0].lineno, ANYWHERE, ast.get_docstring(node)))
        if isinstance(node, ast.JoinedStr):
            passed.update(node.values)
        if isinstance(node, ast.Call):
            given = [one for one in handed_over(node) if one.value.strip() and one not in passed]
            found |= {(one.lineno, ANYWHERE, one.value) for one in given}
    for node in nodes:
        if is_string(node) and node not in passed and is_text(node.value):
            found.add((node.lineno, ANYWHERE, node.value))
    return found


def on_buttons(nodes):
    """Constants that stand on buttons: labels of operators, and other texts that a panel gives them."""
    found = []
    for node in nodes:
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "operator":
            found += [one.value for one in node.keywords if one.arg == "text"]
        if isinstance(node, ast.ClassDef) and "Operator" in map(last_name, node.bases):
            assigned = (one for one in node.body if isinstance(one, ast.Assign))
            found += [one.value for one in assigned if last_name(one.targets[0]) == "bl_label"]
    return [one for one in found if is_string(one) and one.value]


def last_name(node):
    """bpy.types.Operator -> Operator."""
    return getattr(node, "attr", getattr(node, "id", ""))


def is_text(value):
    """Whether a string looks like something to read, and not like a name in the code."""
    return bool(TEXT.fullmatch(value) or FILLED.search(value))


def is_shown(node):
    """Whether a class is one whose docstring Blender shows."""
    return any(last_name(base) in SHOWN_OPERATORS for base in node.bases)


def handed_over(call):
    """Constants that a call gives to Blender or to its translation."""
    name = getattr(call.func, "id", "")
    values = [one.value for one in call.keywords if one.arg in NAMED]
    return [one for one in (*values, *(call.args[:1] if name in SAID else ())) if is_string(one)]


def is_string(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
