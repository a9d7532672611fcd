"""The secure pages and the policy as a phone shows them: small, light or dark, by keyboard alone, without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Final, Literal, cast

import pytest
from fastapi import FastAPI, Form
from fastapi.responses import HTMLResponse, Response
from playwright.sync_api import Browser, Page, ViewportSize, expect

from bot.web import pages
from dialogs.engine.catalogue import say
from dialogs.engine.texts import LANGUAGES, N, T, Text
from services.consents import POLICY_VERSION
from tests.browser.hands import serious
from tests.browser.loopback import served

Scheme = Literal["light", "dark"]
Purpose = Literal["password", "iin", "document"]

PHONE: Final = ViewportSize(width=360, height=740)
#: What a thumb can hit.
TARGET: Final = 44
ERRORS: Final[dict[Purpose, tuple[Text, ...]]] = {
    "password": (T("err.password.length", count=3), T("err.password.mismatch")),
    # The longest sentence a field is refused with, and one that is not about the field.
    "iin": (T("err.iin.foreign"), T("page.not_now")),
    "document": (T("err.doc.format"),),
}
TYPED: Final[dict[Purpose, list[str]]] = {
    "password": ["тұйық құмыра 7", "тұйық құмыра 7"],
    "iin": ["930427400001"],
    "document": ["N12345678"],
}
SEE: Final = """() => ({
    width: document.documentElement.scrollWidth,
    headings: document.querySelectorAll("h1").length,
    lang: document.documentElement.lang,
    things: [...document.querySelectorAll("a[href], button, input:not([type=hidden])")].map((thing) => {
        const box = thing.getBoundingClientRect();
        return [thing.textContent, Math.min(box.width, box.height)];
    }),
})"""
#: Scripts of a test run beside the policy of a page, so they may listen to it.
LISTEN: Final = """addEventListener('securitypolicyviolation',
    (broken) => console.log('CSP ' + broken.violatedDirective + ' ' + broken.blockedURI))"""


def secure(language: str, purpose: Purpose, error: Text | None = None) -> Response:
    return pages.html(
        "secure.html",
        language,
        status=422 if error else 200,
        form="mark",
        purpose=purpose,
        action=f"/sent/{purpose}",
        minutes=N("page.minutes_left", 10),
        error=error,
        channel="WhatsApp",
    )


def done(language: str, back: str) -> Response:
    return pages.html("done.html", language, channel="Telegram", back=back)


def over(key: str, *languages: str) -> Response:
    known = {} if key == "page.unknown" else {"channel": "WhatsApp", "back": "https://wa.me/77000000000"}
    return pages.html("over.html", languages[0], status=410, key=key, languages=languages, **known)


def policy(language: str) -> Response:
    return pages.html("policy.html", language, parts=pages.POLICY_PARTS, version=POLICY_VERSION, languages=LANGUAGES)


def every_page() -> dict[str, Callable[[], Response]]:
    """Each page in each language, by the name the throw-away app serves it under."""
    found: dict[str, Callable[[], Response]] = {"unknown": partial(over, "page.unknown", *LANGUAGES)}
    for spoken in LANGUAGES:
        for purpose, errors in ERRORS.items():
            found[f"{purpose}-{spoken}"] = partial(secure, spoken, purpose)
            for error in errors:
                found[f"{purpose}-{error.key}-{spoken}"] = partial(secure, spoken, purpose, error)
        found[f"done-{spoken}"] = partial(done, spoken, "https://t.me/balabaqsha_demo_bot")
        found[f"done-without-link-{spoken}"] = partial(done, spoken, "")
        found[f"used-{spoken}"] = partial(over, "page.used", spoken)
        found[f"expired-{spoken}"] = partial(over, "page.expired", spoken)
        found[f"policy-{spoken}"] = partial(policy, spoken)
    return found


PAGES: Final = every_page()
_MINE: Final = [name.removesuffix(f"-{LANGUAGES[0]}") for name in PAGES if name.endswith(f"-{LANGUAGES[0]}")]
#: One of each kind, the languages taken in turns.
KINDS: Final = ["unknown", *(f"{kind}-{LANGUAGES[at % 3]}" for at, kind in enumerate(_MINE))]


def html(name: str) -> str:
    return bytes(PAGES[name]().body).decode()


@dataclass
class Site:
    """The throw-away app: where it is and what was sent to it."""

    address: str = ""
    sent: list[tuple[str, str, str]] = field(default_factory=list)


@pytest.fixture(scope="module")
def shown() -> Iterator[Site]:
    site = Site()
    app = FastAPI()

    @app.get("/look/{name}")
    async def look(name: str) -> Response:
        return PAGES[name]()

    @app.get("/broken")
    async def broken() -> Response:
        body = "<!doctype html><p style='color:red'><img src='http://127.0.0.2/dot.png' alt=''>"
        return HTMLResponse(body, headers=pages.SAFE_HEADERS)

    @app.post("/sent/{purpose}")
    async def sent(purpose: str, value: Annotated[str, Form()] = "", again: Annotated[str, Form()] = "") -> Response:
        site.sent.append((purpose, value, again))
        return done("ru", "/look/done-ru")

    # The real stylesheet and the real policy: neither asks anything of Pages.
    app.include_router(pages.router(cast("pages.Pages", None)))
    with served(app) as site.address:
        yield site


@pytest.fixture
def site(shown: Site) -> Site:
    shown.sent.clear()
    return shown


@dataclass
class Visit:
    """A visitor with a phone: the page, whom it asked, and how it broke its own policy."""

    page: Page
    site: Site
    asked: list[str] = field(default_factory=list)
    broke: list[str] = field(default_factory=list)

    def open(self, name: str) -> Page:
        self.page.goto(f"{self.site.address}/look/{name}")
        return self.page

    def listen(self) -> None:
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda said: self.broke.append(said.text) if _is_about_policy(said.text) else None)
        self.page.add_init_script(LISTEN)


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    context = browser.new_context(viewport=PHONE, locale="kk-KZ", has_touch=True)
    visit = Visit(context.new_page(), site)
    visit.listen()
    yield visit
    context.close()


@pytest.fixture
def plain(browser: Browser, site: Site) -> Iterator[Visit]:
    """A visitor whose browser runs no scripts."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    yield Visit(context.new_page(), site)
    context.close()


# For everyone


@dataclass
class Look:
    """What one visit of every page showed."""

    wide: list[str] = field(default_factory=list)
    small: list[str] = field(default_factory=list)
    headings: set[int] = field(default_factory=set)
    spoken: set[tuple[str, str]] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    broke: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def look(browser: Browser, shown: Site) -> Look:
    """Every page, opened once."""
    context = browser.new_context(viewport=PHONE, locale="kk-KZ", has_touch=True)
    visit = Visit(context.new_page(), shown)
    visit.listen()
    look = Look(asked=visit.asked, broke=visit.broke)
    for name in PAGES:
        seen = visit.open(name).evaluate(SEE)
        look.headings.add(seen["headings"])
        look.spoken.add((name.rpartition("-")[2], seen["lang"]))
        look.wide += [name] if seen["width"] > PHONE["width"] else []
        look.small += [f"{name}: {thing}" for thing, side in seen["things"] if side < TARGET]
    context.close()
    return look


def test_axe_finds_nothing_serious_on_any_kind_of_page(visit: Visit) -> None:
    assert [wrong for name in KINDS for wrong in serious(visit.open(name), name)] == []


def test_a_field_without_a_label_would_be_noticed(visit: Visit) -> None:
    visit.page.set_content("<!doctype html><html lang='kk'><title>Бет</title><input>")

    assert [wrong.split()[:2] for wrong in serious(visit.page)] == [["light:", "label"], ["dark:", "label"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_are_told_apart(visit: Visit, scheme: Scheme) -> None:
    visit.page.emulate_media(color_scheme=scheme)
    paper = visit.open("iin-ru").evaluate("getComputedStyle(document.documentElement).backgroundColor")

    assert paper == {"light": "rgb(244, 242, 237)", "dark": "rgb(20, 24, 29)"}[scheme]


def test_no_page_scrolls_sideways_on_a_small_phone(look: Look) -> None:
    assert look.wide == []


def test_a_thumb_can_hit_whatever_can_be_pressed(look: Look) -> None:
    assert look.small == []


def test_every_page_has_one_main_heading(look: Look) -> None:
    assert look.headings == {1}


def test_every_page_says_which_language_it_speaks(look: Look) -> None:
    assert look.spoken == {(spoken, spoken) for spoken in LANGUAGES} | {("unknown", "kk")}


def test_an_unknown_link_is_explained_in_three_languages_each_marked_as_such(visit: Visit) -> None:
    page = visit.open("unknown")

    for spoken in LANGUAGES:
        expect(page.locator(f"section[lang={spoken}]")).to_contain_text(say(T("page.unknown"), spoken))


def test_what_is_asked_for_is_seen_without_scrolling(visit: Visit) -> None:
    for spoken in LANGUAGES:
        for purpose in ERRORS:
            page = visit.open(f"{purpose}-{spoken}")
            expect(page.get_by_role("button")).to_be_in_viewport(ratio=1)


# The field and its error


@pytest.mark.parametrize("purpose", ERRORS)
def test_a_field_is_described_by_its_hint_and_then_by_its_error(visit: Visit, purpose: Purpose) -> None:
    error = ERRORS[purpose][0]
    hint, sentence = say(T(f"page.hint.{purpose}"), "kk"), say(error, "kk")

    expect(visit.open(f"{purpose}-kk").locator("#value")).to_have_accessible_description(hint)
    wrong = visit.open(f"{purpose}-{error.key}-kk").locator("#value")
    expect(wrong).to_have_accessible_description(f"{hint} {sentence}")
    expect(wrong).to_have_attribute("aria-invalid", "true")


def test_passwords_that_differ_mark_both_fields(visit: Visit) -> None:
    page = visit.open("password-err.password.mismatch-ru")

    expect(page.locator("input[aria-invalid=true]")).to_have_count(2)


def test_a_bot_that_waits_for_something_else_is_no_fault_of_the_field(visit: Visit) -> None:
    page = visit.open("iin-page.not_now-ru")

    expect(page.get_by_role("alert")).to_contain_text(say(T("page.not_now"), "ru"))
    expect(page.locator("[aria-invalid]")).to_have_count(0)


def test_an_error_has_the_focus_and_leads_to_its_field(plain: Visit) -> None:
    page = plain.open("iin-err.iin.foreign-kk")
    expect(page.get_by_role("alert")).to_be_focused()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#value")).to_be_focused()
    expect(page.locator("label")).to_be_in_viewport()


def test_a_field_asks_the_phone_for_the_right_keyboard_and_memory(visit: Visit) -> None:
    iin = visit.open("iin-kk").locator("#value")
    expect(iin).to_have_attribute("inputmode", "numeric")
    expect(iin).to_have_attribute("autocomplete", "off")
    expect(visit.open("document-kk").locator("#value")).to_have_attribute("autocapitalize", "characters")
    passwords = visit.open("password-kk").locator("input[type=password][autocomplete=new-password]")

    assert [one.get_attribute("name") for one in passwords.all()] == ["value", "again"]


# By keyboard alone, without scripts


@pytest.mark.parametrize("purpose", ERRORS)
@pytest.mark.parametrize("state", ["", "-error"])
def test_an_answer_is_typed_and_sent_by_keyboard_alone(plain: Visit, purpose: Purpose, state: str) -> None:
    page = plain.open(f"{purpose}-{ERRORS[purpose][0].key}-ru" if state else f"{purpose}-ru")
    if state:
        page.keyboard.press("Tab")  # the link from the summary to the field
    for answer in TYPED[purpose]:
        page.keyboard.press("Tab")
        page.keyboard.type(answer)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=say(T(f"page.button.{purpose}"), "ru"))).to_be_focused()

    page.keyboard.press("Enter")

    expect(page.get_by_role("heading")).to_have_text(say(T("page.done.title"), "ru"))
    value, again = (*TYPED[purpose], "")[:2]
    assert plain.site.sent == [(purpose, value, again)]


def test_an_answer_too_short_is_left_to_the_server_to_refuse_in_words(plain: Visit) -> None:
    page = plain.open("password-ru")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading")).to_have_text(say(T("page.done.title"), "ru"))
    assert plain.site.sent == [("password", "", "")]


def test_done_leads_back_to_the_messenger_by_one_key(plain: Visit) -> None:
    page = plain.open("done-kk")
    page.keyboard.press("Tab")
    way_back = page.get_by_role("link", name=say(T("page.done.open", channel="Telegram"), "kk"))

    expect(way_back).to_be_focused()
    expect(way_back).to_have_attribute("href", "https://t.me/balabaqsha_demo_bot")


def test_done_without_a_way_back_still_says_where_to_go(plain: Visit) -> None:
    page = plain.open("done-without-link-ru")

    expect(page.locator("main")).to_contain_text(say(T("page.done.back", channel="Telegram"), "ru"))
    expect(page.get_by_role("link")).to_have_count(0)


def test_the_policy_changes_its_language_by_keyboard(plain: Visit) -> None:
    page = plain.page
    page.goto(f"{plain.site.address}/policy?lang=ru")
    for _ in range(4):  # to the content, Қазақша, Русский, English
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text(say(T("policy.title"), "en"))


@pytest.mark.parametrize("name", ["password-kk", "iin-err.iin.foreign-ru", "done-kk", "policy-kk"])
def test_the_focus_is_seen_at_every_stop(visit: Visit, name: str) -> None:
    page = visit.open(name)
    stops = page.locator("a[href], button, input:not([type=hidden])").count()
    unseen = []
    for _ in range(stops):
        page.keyboard.press("Tab")
        if _outline(page) < 3:
            unseen.append(page.locator(":focus").inner_html())

    assert unseen == []


# Nothing from elsewhere, nothing against its own policy


def test_no_page_breaks_its_own_policy_or_asks_anybody_else(look: Look, shown: Site) -> None:
    own = {f"{shown.address}/look/{name}" for name in PAGES} | {f"{shown.address}/page.css"}

    assert look.broke == []
    assert set(look.asked) == own


def test_a_page_that_broke_its_policy_would_be_noticed(visit: Visit) -> None:
    visit.page.goto(f"{visit.site.address}/broken")

    assert any("style" in broken for broken in visit.broke)
    assert any("img" in broken for broken in visit.broke)


def test_sending_an_answer_breaks_no_policy_either(visit: Visit) -> None:
    page = visit.open("document-ru")
    page.locator("#value").fill("N12345678")
    page.get_by_role("button").click()

    expect(page.get_by_role("heading")).to_have_text(say(T("page.done.title"), "ru"))
    assert visit.broke == []
    assert all(url.startswith(visit.site.address) for url in visit.asked)


def _is_about_policy(text: str) -> bool:
    return text.startswith("CSP ") or "Content Security Policy" in text


def _outline(page: Page) -> float:
    style = (
        "(one) => { const seen = getComputedStyle(one); return seen.outlineStyle === 'none' ? '0' : seen.outlineWidth }"
    )
    return float(str(page.locator(":focus").evaluate(style)).removesuffix("px"))
