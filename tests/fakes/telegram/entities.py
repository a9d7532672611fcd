"""Telegram's HTML: plain text and entities out of a message's source, or a refusal."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.fakes.telegram.params import Json
from tests.fakes.telegram.refusals import Refused, bad_request, unmodelled

SOURCE_LIMIT = 32768  # bytes before parsing; the 4096 characters are counted after it

# Only tg-emoji is missing: it needs a username bought on Fragment, and this bot has none.
ENTITY_OF_TAG = {
    "a": "text_link",
    "b": "bold",
    "blockquote": "blockquote",
    "code": "code",
    "del": "strikethrough",
    "em": "italic",
    "i": "italic",
    "ins": "underline",
    "pre": "pre",
    "s": "strikethrough",
    "span": "spoiler",
    "strike": "strikethrough",
    "strong": "bold",
    "tg-spoiler": "spoiler",
    "tg-time": "date_time",
    "u": "underline",
}
ATTRIBUTES_OF_TAG = {
    "a": {"href"},
    "blockquote": {"expandable"},
    "code": {"class"},
    "span": {"class"},
    "tg-time": {"unix", "format"},
}
NAMED_REFERENCES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
LINK_SCHEMES = {"http", "https", "tg", "mailto", "tel"}

_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE = re.compile(r"""\s+([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.\-]+)(?=[\s>])))?""")
_TAG_END = re.compile(r"\s*>")
_END_TAG = re.compile(r"</([^\s>]*)\s*>")
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-zA-Z]+));")
_PLAIN = re.compile(r"[^<>&]+")


@dataclass(frozen=True)
class Formatted:
    """Text as a person sees it, with entities counted in UTF-16 as Telegram counts them."""

    text: str
    entities: tuple[Json, ...] = ()

    @property
    def length(self) -> int:
        return utf16(self.text)


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(source: str, parse_mode: str) -> Formatted:
    """Read a text or a caption; the ends are trimmed as Telegram trims them."""
    if len(source.encode()) > SOURCE_LIMIT:
        raise bad_request("text is too long")
    if not parse_mode:
        return _trimmed(Formatted(source))
    if parse_mode.lower() in {"markdown", "markdownv2"}:
        raise unmodelled(f"parse_mode {parse_mode}")
    if parse_mode.lower() != "html":
        raise bad_request("unsupported parse_mode")
    return _trimmed(_Reader(source).read())


@dataclass(frozen=True)
class _Open:
    tag: str
    offset: int
    extra: Json


@dataclass
class _Reader:
    source: str
    at: int = 0
    plain: list[str] = field(default_factory=list)
    length: int = 0
    opened: list[_Open] = field(default_factory=list)
    found: list[Json] = field(default_factory=list)

    def read(self) -> Formatted:
        while self.at < len(self.source):
            self._step(self.source[self.at])
        if self.opened:
            raise _unparsed(f'Can\'t find end tag corresponding to start tag "{self.opened[-1].tag}"')
        ordered = sorted(self.found, key=lambda entity: (entity["offset"], -entity["length"]))
        return Formatted("".join(self.plain), tuple(ordered))

    def _step(self, char: str) -> None:
        if char == "<":
            self._tag()
        elif char == "&":
            self._reference()
        elif char == ">":
            raise self._unescaped(char)
        else:
            self._say(self._take(_PLAIN).group())

    def _tag(self) -> None:
        if self.source.startswith("</", self.at):
            self._end_tag()
        else:
            self._start_tag()

    def _start_tag(self) -> None:
        begin = self.at
        self.at += 1
        tag = self._take(_NAME).group().lower()
        if self.at == len(self.source):
            raise self._wrong("Unclosed start tag", begin)
        if tag not in ENTITY_OF_TAG:
            raise self._wrong(f'Unsupported start tag "{tag}"', begin)
        attributes = self._attributes(tag, begin)
        if not (end := _TAG_END.match(self.source, self.at)):
            raise self._wrong(f'Unclosed start tag "{tag}"', begin)
        self.at = end.end()
        self._must_nest(tag, begin, language_named="class" in attributes)
        extra = _extra(tag, attributes, self._byte(begin))
        self.opened.append(_Open(tag, self.length, extra))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while match := _ATTRIBUTE.match(self.source, self.at):
            name = match[1].lower()
            if name not in ATTRIBUTES_OF_TAG.get(tag, ()):
                # Telegram drops it without a word; whoever wrote it hoped for something.
                raise self._wrong(f'Unsupported attribute "{name}" in the tag "{tag}"', begin)
            value = next((part for part in match.groups()[1:] if part is not None), "")
            found[name] = _dereferenced(value)
            self.at = match.end()
        return found

    def _must_nest(self, tag: str, begin: int, *, language_named: bool) -> None:
        """Hold to the documented nesting: code is closed to all, quotes do not quote."""
        inside = [opened.tag for opened in self.opened]
        language = tag == "code" and inside[-1:] == ["pre"]
        if {"code", "pre"} & set(inside) and not language:
            raise self._wrong(f'Tag "{tag}" can\'t be inside "{inside[-1]}"', begin)
        if tag in {"blockquote", "a"} and tag in inside:
            raise self._wrong(f'Tag "{tag}" can\'t be nested', begin)
        if tag == "code" and language_named and not language:
            raise self._wrong('Tag "code" can name a language only inside "pre"', begin)

    def _end_tag(self) -> None:
        begin = self.at
        if not self.opened:
            raise self._wrong("Unexpected end tag", begin)
        if not (match := _END_TAG.match(self.source, self.at)):
            raise self._wrong("Unclosed end tag", begin)
        opened, name = self.opened.pop(), match[1].lower()
        if name != opened.tag:
            expected = f', expected "</{opened.tag}>", found "</{name}>"'
            raise self._wrong("Unmatched end tag", begin, expected)
        self.at = match.end()
        self._close(opened)

    def _close(self, opened: _Open) -> None:
        length = self.length - opened.offset
        if not length:
            return
        extra = opened.extra
        if opened.tag == "pre" and self.found and _same_span(self.found[-1], opened.offset, length):
            extra = {key: value for key, value in self.found.pop().items() if key == "language"}
        kind = ENTITY_OF_TAG[opened.tag]
        self.found.append({"type": kind, "offset": opened.offset, "length": length} | extra)

    def _reference(self) -> None:
        match = _REFERENCE.match(self.source, self.at)
        if not match or (match[3] and match[3] not in NAMED_REFERENCES):
            raise self._unescaped("&")
        self.at = match.end()
        self._say(_meaning(match))

    def _say(self, text: str) -> None:
        self.plain.append(text)
        self.length += utf16(text)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self.source, self.at)
        assert match, pattern
        self.at = match.end()
        return match

    def _unescaped(self, char: str) -> Refused:
        # Telegram lets a lone & or > pass, its documentation does not; in our texts it means
        # that somebody's name was put into HTML without escaping.
        return self._wrong(f'Unescaped character "{char}"', self.at)

    def _wrong(self, words: str, at: int, more: str = "") -> Refused:
        return _unparsed(f"{words} at byte offset {self._byte(at)}{more}")

    def _byte(self, at: int) -> int:
        return len(self.source[:at].encode())


def _unparsed(words: str) -> Refused:
    return bad_request(f"can't parse entities: {words}")


def _meaning(match: re.Match[str]) -> str:
    if match[3]:
        return NAMED_REFERENCES[match[3]]
    code = int(match[1], 16) if match[1] else int(match[2])
    if not 0 < code < 0x110000 or 0xD800 <= code <= 0xDFFF:
        raise _unparsed("Text contains invalid Unicode characters after decoding HTML entities")
    return chr(code)


def _dereferenced(value: str) -> str:
    return _REFERENCE.sub(
        lambda match: match[0] if match[3] and match[3] not in NAMED_REFERENCES else _meaning(match),
        value,
    )


def _extra(tag: str, attributes: dict[str, str], byte: int) -> Json:
    if tag == "a":
        return {"url": _link(attributes.get("href", ""), byte)}
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise _unparsed(f'Tag "span" must have class "tg-spoiler" at byte offset {byte}')
    if tag == "code" and "class" in attributes:
        return {"language": _language(attributes["class"], byte)}
    if tag == "blockquote" and "expandable" in attributes:
        return {"type": "expandable_blockquote"}
    if tag == "tg-time":
        return _date_time(attributes, byte)
    return {}


def _link(href: str, byte: int) -> str:
    """Refuse a link Telegram would drop or guess: the person would see dead text."""
    if urlsplit(href).scheme.lower() not in LINK_SCHEMES:
        raise _unparsed(f'Wrong link "{href}" at byte offset {byte}')
    return href


def _language(name: str, byte: int) -> str:
    if not name.startswith("language-"):
        raise _unparsed(f'Tag "code" must have class "language-…" at byte offset {byte}')
    return name.removeprefix("language-")


def _date_time(attributes: dict[str, str], byte: int) -> Json:
    unix = attributes.get("unix", "")
    if not unix.isdecimal() or int(unix) == 0:
        raise _unparsed(f'Tag "tg-time" must have a valid attribute "unix" at byte offset {byte}')
    return {"unix_time": int(unix), "date_time_format": attributes.get("format", "")}


def _same_span(entity: Json, offset: int, length: int) -> bool:
    return entity["type"] == "code" and (entity["offset"], entity["length"]) == (offset, length)


def _trimmed(whole: Formatted) -> Formatted:
    begin, text = 0, whole.text.rstrip()
    covered = whole.entities[0]["offset"] if whole.entities else len(text)
    while begin < min(covered, len(text)) and text[begin] in " \n":
        begin += 1
    return Formatted(text[begin:], tuple(_cut(whole.entities, begin, utf16(text))))


def _cut(entities: tuple[Json, ...], begin: int, end: int) -> list[Json]:
    cut = [
        entity
        | {
            "offset": entity["offset"] - begin,
            "length": min(entity["length"], end - entity["offset"]),
        }
        for entity in entities
        if entity["offset"] < end
    ]
    return [entity for entity in cut if entity["length"] > 0]
