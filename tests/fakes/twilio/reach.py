"""Which public address is served where: nothing the fake does ever leaves this machine."""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urlsplit


@dataclass
class Reach:
    """The public addresses a test has put up, and where each really stands."""

    local: bool
    served: dict[str, str] = field(default_factory=dict)

    def serve(self, public: str, at: str) -> None:
        self.served[public.rstrip("/")] = at.rstrip("/")

    def real(self, url: str) -> str | None:
        """Find where to go for this address; None when nobody is there."""
        url = urldefrag(url).url
        for public, at in self.served.items():
            if url == public or url.startswith((f"{public}/", f"{public}?")):
                return at + url.removeprefix(public)
        return url if self.local and _is_loopback(url) else None

    def is_public(self, url: str) -> bool:
        """Tell whether Twilio would go there at all."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            return False
        if parts.scheme not in {"http", "https"} or not host:
            return False
        return self.local or ("." in host and not _is_private(host))


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_private(host: str) -> bool:
    return _is_address(host) and not ipaddress.ip_address(host).is_global


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
