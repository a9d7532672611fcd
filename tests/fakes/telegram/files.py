"""Files sent to and by the bot: identifiers, limits and links that live an hour."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image, UnidentifiedImageError

from tests.fakes.telegram.params import Json, Upload
from tests.fakes.telegram.refusals import Refused, bad_request

MEGABYTE = 1 << 20
PHOTO_BYTES = 10 * MEGABYTE
PHOTO_SIDES = 10_000
PHOTO_RATIO = 20
DOWNLOAD_BYTES = 20 * MEGABYTE
UPLOAD_BYTES = 50 * MEGABYTE
LOCAL_UPLOAD_BYTES = 2000 * MEGABYTE
LINK_LIFE = 3600


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file in Telegram's cloud."""

    file_id: str
    kind: str
    name: str
    mime: str
    data: bytes = field(repr=False)

    @property
    def as_json(self) -> Json:
        return {
            "file_id": self.file_id,
            "file_unique_id": f"unique-{self.file_id}",
            "file_size": len(self.data),
        }


@dataclass
class Files:
    """The cloud's shelf."""

    now: Callable[[], float]
    local: bool
    stored: dict[str, StoredFile] = field(default_factory=dict)
    links: dict[str, tuple[str, float]] = field(default_factory=dict)

    def store(self, kind: str, data: bytes, *, name: str, mime: str) -> StoredFile:
        file_id = f"{kind}-{len(self.stored) + 1}"
        self.stored[file_id] = StoredFile(file_id=file_id, kind=kind, name=name, mime=mime, data=data)
        return self.stored[file_id]

    def take(self, kind: str, sent: Upload | str | None) -> StoredFile:
        """Take an upload, or find the file the bot names by its file_id."""
        if sent is None:
            raise bad_request(f"there is no {kind} in the request")
        if isinstance(sent, str):
            return self._named(kind, sent)
        self._judge(kind, sent.data)
        return self.store(kind, sent.data, name=sent.name, mime=sent.content_type)

    def link(self, file_id: str) -> Json:
        if not file_id:
            raise bad_request("file_id not specified")
        if file_id not in self.stored:
            raise bad_request("invalid file_id")
        file = self.stored[file_id]
        if len(file.data) > DOWNLOAD_BYTES and not self.local:
            raise bad_request("file is too big")
        path = f"{file.kind}s/{file.file_id}{_suffix(file.name)}"
        self.links[path] = (file_id, self.now() + LINK_LIFE)
        return file.as_json | {"file_path": path}

    def download(self, path: str) -> StoredFile:
        file_id, expires_at = self.links.get(path, ("", 0.0))
        if expires_at <= self.now():
            raise Refused(404, "Not Found")
        return self.stored[file_id]

    def _named(self, kind: str, file_id: str) -> StoredFile:
        if file_id not in self.stored:  # an address on the web ends here too: none is fetched
            raise bad_request("wrong file identifier/HTTP URL specified")
        if self.stored[file_id].kind != kind:
            raise bad_request("type of file mismatch")
        return self.stored[file_id]

    def _judge(self, kind: str, data: bytes) -> None:
        if not data:
            raise bad_request("file must be non-empty")
        if len(data) > (LOCAL_UPLOAD_BYTES if self.local else UPLOAD_BYTES):
            raise Refused(413, "Request Entity Too Large")
        if kind == "photo":
            _judge_photo(data)


def sides(data: bytes) -> tuple[int, int] | None:
    """Measure a picture; None when it is not one."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.size
    except (UnidentifiedImageError, OSError):
        return None


def photo_sizes(file: StoredFile) -> list[Json]:
    """List what Telegram makes of a photo: a thumbnail first, the full size last."""
    width, height = sides(file.data) or (90, 90)
    small = file.as_json | {"file_id": f"{file.file_id}-small", "file_size": 1}
    small["file_unique_id"] = f"unique-{small['file_id']}"
    return [small | {"width": 90, "height": 90}, file.as_json | {"width": width, "height": height}]


def _judge_photo(data: bytes) -> None:
    if len(data) > PHOTO_BYTES:
        words = f"file of size {len(data)} bytes is too big for a photo; the maximum size is"
        raise bad_request(f"{words} {PHOTO_BYTES} bytes")
    if not (size := sides(data)):
        raise bad_request("IMAGE_PROCESS_FAILED")
    if sum(size) > PHOTO_SIDES or max(size) > PHOTO_RATIO * min(size):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")


def _suffix(name: str) -> str:
    return f".{name.rpartition('.')[2]}" if "." in name else ""
