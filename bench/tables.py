"""Tables in Markdown, printed as they grow."""


def header(*titles):
    print("\n| " + " | ".join(titles) + " |")
    print("|" + "---|" * len(titles), flush=True)


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def number(value, digits=1):
    """A number as text; "-" where there is none."""
    return "-" if value is None or value != value else f"{value:.{digits}f}"


def several(values, digits=1):
    """Numbers of several answers in one cell."""
    return " / ".join(number(value, digits) for value in values)
