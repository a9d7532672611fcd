"""A refusal in Twilio's words: the code, the sentence and the HTTP status."""

from tests.fakes.twilio.asking import Json


class Refused(Exception):
    """Twilio did not do what was asked."""

    def __init__(self, code: int, message: str, *, status: int = 400, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.retry_after = retry_after

    @property
    def as_json(self) -> Json:
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def not_found(path: str) -> Refused:
    return Refused(20404, f"The requested resource {path} was not found", status=404)


def invalid_content(words: str) -> Refused:
    """Refuse what the Content API calls an invalid parameter."""
    return Refused(20422, f"Invalid Parameter: {words}")


def bad_variables() -> Refused:
    """Refuse without a reason: Twilio does not say which of its rules was broken."""
    return Refused(21656, "The Content Variables parameter is invalid.")


def unmodelled(what: str) -> Refused:
    """Refuse what the real service may take: a thing the double cannot judge must not pass in silence."""
    return Refused(20001, f"the fake does not model {what}")


# With what a message ends that was accepted first.
LATER = {
    21211: "Invalid 'To' Phone Number",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    21610: "Attempt to send to unsubscribed recipient",
    21614: "'To' number is not a valid mobile number",
    30001: "Queue overflow",
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30036: "Validity Period Expired",
    63003: "Channel could not find To address",
    63005: "Channel did not accept given content",
    63013: "Channel policy violation",
    63014: "Channel message blocked by user action",
    63016: "Outside messaging window. For WhatsApp, use a Message Template instead",
    63018: "Rate limit exceeded for Channel",
    63019: "Media failed to download",
    63021: "Channel invalid content error",
    63024: "Invalid message recipient",
    63032: "User cannot receive this message due to WhatsApp limitation",
    63038: "Account exceeded the daily messages limit",
    63040: "Template rejected",
    63041: "Template paused",
    63042: "Template disabled",
    63049: "Meta chose not to deliver this WhatsApp marketing message",
    63051: "WhatsApp Business Account is locked",
}

# The platform gives up by itself ("failed"); what a carrier or Meta turns down is "undelivered".
FAILED = frozenset({21211, 21408, 21610, 21614, 30001, 30036, 63019, 63038, 63051})
