"""The only "no" a rule says to a person."""

from __future__ import annotations


class Refused(Exception):
    """A rule said no; the key names the sentence that tells the person why and how to go on."""

    def __init__(self, key: str, **names: object) -> None:
        """Take the catalogue key (`err.iin.length`) and the values its sentence names."""
        super().__init__(key)
        self.key = key
        self.names = names
