"""What retargeting cannot do with what it was given, said in a way that can be translated."""


class Trouble(Exception):
    """One sentence for the user; its values stand apart from the text, where their names are in braces."""

    def __init__(self, text, **values):
        super().__init__(text.format(**values))
        self.text, self.values = text, values
