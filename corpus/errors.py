"""The base of every error this project raises on purpose.

A message is one sentence for the person at the screen: what is wrong, and what to do about it.
"""


class TutorError(Exception):
    """Base class: its text may be shown to a user as it stands."""


class PackError(TutorError):
    """An exam pack, or a file in it, cannot be read or breaks the pack format."""
