"""Content resources and their way through Meta's approval."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tests.fakes.twilio import shapes
from tests.fakes.twilio.asking import Json
from tests.fakes.twilio.refusals import invalid_content, not_found, unmodelled

CATEGORIES = {"UTILITY", "MARKETING", "AUTHENTICATION"}
NAME = re.compile(r"[a-z0-9_]{1,512}")
KNOWN = {"friendly_name", "language", "variables", "types"}
MOST_VARIABLES = 100
LONGEST_KEY = 16

WHY_REJECTED = {
    "edge": "Variables can't be at the start or end of the template.",
    "adjacent": "Two variables stand next to each other.",
    "ratio": "This template has too many variables for its length.",
    "category": "The category does not fit the content.",
}


@dataclass(frozen=True, kw_only=True)
class Approval:
    """What Meta says about a template."""

    name: str
    category: str
    status: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Content:
    """One content resource; a change makes the next one under the same SID."""

    sid: str
    friendly_name: str
    language: str
    variables: Mapping[str, str]
    types: Mapping[str, Json]
    at: float
    approval: Approval | None = None

    @property
    def kind(self) -> str:
        """The richest type: the one WhatsApp gets."""
        ranks = list(shapes.SHAPES)
        return max(self.types, key=ranks.index)

    @property
    def made(self) -> Json:
        return self.types[self.kind]

    @property
    def placeholders(self) -> set[str]:
        own = {shapes.CODE_VARIABLE} if "whatsapp/authentication" in self.types else set()
        return shapes.placeholders(dict(self.types)) | own

    @property
    def in_body(self) -> set[str]:
        return shapes.placeholders(self.made.get("body", ""))

    @property
    def status(self) -> str:
        return self.approval.status if self.approval else "unsubmitted"

    @property
    def is_for_codes(self) -> bool:
        is_such = self.approval is not None and self.approval.category == "AUTHENTICATION"
        return is_such or self.kind == "whatsapp/authentication"


@dataclass
class Contents:
    """Every content resource of the account, by SID."""

    now: Callable[[], float]
    kept: dict[str, Content] = field(default_factory=dict)
    names: set[tuple[str, str]] = field(default_factory=set)

    def create(self, sid: str, body: object) -> Content:
        if not isinstance(body, dict):
            raise invalid_content("a JSON object is expected")
        body = without_nulls(body)
        if unknown := set(body) - KNOWN:
            raise unmodelled(f"{', '.join(sorted(unknown))} of Content")
        content = Content(
            sid=sid,
            friendly_name=str(body.get("friendly_name", "")),
            language=_language(body.get("language")),
            variables=_variables(body.get("variables", {})),
            types=_types(body.get("types")),
            at=self.now(),
        )
        if len(content.placeholders) > MOST_VARIABLES:
            raise invalid_content(f"more than {MOST_VARIABLES} variables")
        self.kept[sid] = content
        return content

    def find(self, sid: str, path: str) -> Content:
        if sid not in self.kept:
            raise not_found(path)
        return self.kept[sid]

    def submit(self, content: Content, body: object) -> Content:
        """Take a template for approval; what Meta would turn down is turned down at once."""
        name, category = _asked(body)
        if content.kind == "twilio/list-picker":
            raise invalid_content("a list-picker cannot be approved")
        if content.approval:
            raise invalid_content("this content was submitted already")
        if (name, content.language) in self.names:
            raise invalid_content(f"a template {name} exists in {content.language}: a name cannot be used again")
        if missing := content.placeholders - set(content.variables):
            raise invalid_content(f"no sample for {', '.join(sorted(missing))}")
        self.names.add((name, content.language))
        reason = _why_not(content, category)
        status = "rejected" if reason else "received"
        approval = Approval(name=name, category=category, status=status, reason=reason)
        return self.change(replace(content, approval=approval))

    def change(self, content: Content) -> Content:
        self.kept[content.sid] = content
        return content

    def review(self, sid_or_name: str, status: str, reason: str = "") -> None:
        """Let Meta decide about a submitted template, by its SID or its name (in every language)."""
        for content, approval in self._submitted(sid_or_name):
            assert approval.status != "rejected", f"rejected for good: {approval.reason}"
            self.change(replace(content, approval=replace(approval, status=status, reason=reason)))

    def recategorise(self, sid_or_name: str, category: str) -> None:
        assert category in CATEGORIES, category
        for content, approval in self._submitted(sid_or_name):
            self.change(replace(content, approval=replace(approval, category=category)))

    def _submitted(self, sid_or_name: str) -> list[tuple[Content, Approval]]:
        every = [(c, c.approval) for c in self.kept.values() if c.approval]
        found = [(c, approval) for c, approval in every if sid_or_name in {c.sid, approval.name}]
        assert found, f"nothing was submitted as {sid_or_name}"
        return found


def without_nulls(body: Json) -> Json:
    """Drop null fields: the SDK writes every field it knows."""

    def cleaned(value: object) -> object:
        if isinstance(value, dict):
            return {name: cleaned(inner) for name, inner in value.items() if inner is not None}
        return [cleaned(inner) for inner in value] if isinstance(value, list) else value

    return {name: cleaned(value) for name, value in body.items() if value is not None}


def as_json(content: Content, *, account: str, base: str) -> Json:
    url = f"{base}/v1/Content/{content.sid}"
    links = {"approval_create": f"{url}/ApprovalRequests/whatsapp", "approval_fetch": f"{url}/ApprovalRequests"}
    made = datetime.fromtimestamp(int(content.at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "account_sid": account,
        "date_created": made,
        "date_updated": made,
        "friendly_name": content.friendly_name,
        "language": content.language,
        "links": links,
        "sid": content.sid,
        "types": dict(content.types),
        "url": url,
        "variables": dict(content.variables),
    }


def approval_as_json(content: Content) -> Json:
    given = content.approval or Approval(name="", category="", status="unsubmitted")
    return {
        "allow_category_change": True,
        "category": given.category,
        "content_type": content.kind,
        "name": given.name,
        "rejection_reason": given.reason,
        "status": given.status,
    }


def _language(given: object) -> str:
    if not isinstance(given, str) or not re.fullmatch(r"[a-z]{2}(_[A-Z]{2})?", given):
        raise invalid_content("language is required")
    return given


def _variables(given: object) -> Mapping[str, str]:
    if not isinstance(given, dict):
        raise invalid_content("variables must be an object")
    for key, value in given.items():
        if len(key) > LONGEST_KEY or not re.fullmatch(r"\w+", key):
            raise invalid_content(f"the variable name {key!r}")
        if not isinstance(value, str) or not value:
            raise invalid_content(f"the variable {key} needs a non-empty string")
    return given


def _types(given: object) -> Mapping[str, Json]:
    if not isinstance(given, dict) or not given:
        raise invalid_content("types is required")
    for kind, made in given.items():
        if not isinstance(made, dict):
            raise invalid_content(f"{kind} must be an object")
        shapes.must_be_right(kind, made)
    return given


def _asked(body: object) -> tuple[str, str]:
    if not isinstance(body, dict):
        raise invalid_content("a JSON object is expected")
    given = without_nulls(body)
    if unknown := set(given) - {"name", "category", "allow_category_change"}:
        raise unmodelled(f"{', '.join(sorted(unknown))} of an approval request")
    name, category = given.get("name"), given.get("category")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise invalid_content("a name has lowercase letters, digits and underscores only")
    if category not in CATEGORIES:
        raise invalid_content("category is UTILITY, MARKETING or AUTHENTICATION")
    return name, str(category)


def _why_not(content: Content, category: str) -> str:
    """Judge as Meta does: no variable at an edge, none side by side, 2x+1 fixed words for x variables."""
    if (category == "AUTHENTICATION") != (content.kind == "whatsapp/authentication"):
        return WHY_REJECTED["category"]
    body = str(content.made.get("body", "")).strip()
    # Meta takes a variable followed by punctuation alone for one at the end.
    if re.search(r"^\W*\{\{\w+\}\}|\{\{\w+\}\}\W*$", body):
        return WHY_REJECTED["edge"]
    if re.search(r"\}\}\s*\{\{", body):
        return WHY_REJECTED["adjacent"]
    found = len(shapes.PLACEHOLDER.findall(body))
    if found and len(shapes.PLACEHOLDER.sub("", body).split()) < 2 * found + 1:
        return WHY_REJECTED["ratio"]
    return ""


def failure_of(content: Content) -> int | None:
    """Name the code with which a template fails that Meta has taken back."""
    return {"rejected": 63040, "paused": 63041, "disabled": 63042}.get(content.status)
