"""A refusal in Telegram's words: the code, the description and, for 429, how long to wait."""


class Refused(Exception):
    """Telegram did not do what was asked."""

    def __init__(self, code: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after


def bad_request(words: str) -> Refused:
    return Refused(400, f"Bad Request: {words}")


def forbidden(words: str) -> Refused:
    return Refused(403, f"Forbidden: {words}")


def conflict(words: str) -> Refused:
    return Refused(409, f"Conflict: {words}")


def too_many(retry_after: int) -> Refused:
    return Refused(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def unmodelled(what: str) -> Refused:
    """Refuse what the real server may take: a thing the double cannot judge must not pass in silence."""
    return bad_request(f"the fake does not model {what}")
