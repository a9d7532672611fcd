"""One-time links: opened, used, over, foreign; nothing is stored until the button is pressed."""

from __future__ import annotations

import pytest

from dialogs import registration
from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from tests.web.conftest import Town

IIN = "930427400001"


def ru(key: str, **names: object) -> str:
    return say(T(key, **names), "ru")


async def asked_for_iin(town: Town) -> str:
    """Bring the WhatsApp chat to the question that only the page may take; return the page's path."""
    await town.says("привет")
    await town.taps("Русский")
    await town.taps("Регистрация")
    await town.taps("Да")
    return town.link


async def test_the_page_asks_in_the_language_of_the_chat(town: Town) -> None:
    page = await town.browser.get(await asked_for_iin(town))

    assert page.status_code == 200
    assert ru("page.label.iin") in page.text


async def test_the_answer_on_the_page_moves_the_chat(town: Town) -> None:
    link = await asked_for_iin(town)

    page = await town.browser.press(link, value=IIN)
    await town.settled()

    assert ru("page.done.title") in page.text
    assert "Принимаю политику" in str(town.shown()[-1]["payload"])


async def test_an_iin_typed_in_whatsapp_is_not_used(town: Town) -> None:
    await asked_for_iin(town)

    await town.says(IIN)

    assert ru("msg.common.page_only") in str(town.shown()[-1]["payload"])


async def test_a_mistake_is_said_on_the_page_and_the_link_stays_open(town: Town) -> None:
    link = await asked_for_iin(town)

    wrong = await town.browser.press(link, value="930427400002")
    right = await town.browser.press(link, value=IIN)

    assert wrong.status_code == 422
    assert ru("err.iin.checksum") in wrong.text
    assert right.status_code == 200


async def test_a_mistyped_value_is_not_shown_again(town: Town) -> None:
    wrong = await town.browser.press(await asked_for_iin(town), value="930427400002")

    assert "930427400002" not in wrong.text


@pytest.mark.parametrize("iin", ["931327400001", "270315500001"])
async def test_no_digit_of_a_wrong_iin_is_repeated_on_the_page(town: Town, iin: str) -> None:
    wrong = await town.browser.press(await asked_for_iin(town), value=iin)

    assert wrong.status_code == 422
    assert iin[:6] not in wrong.text


async def test_a_wrong_birth_date_is_explained_on_the_page(town: Town) -> None:
    wrong = await town.browser.press(await asked_for_iin(town), value="931327400001")

    assert ru("err.iin.date_page") in wrong.text


async def test_a_childs_iin_is_refused_on_the_page_in_the_words_of_the_chat(town: Town) -> None:
    wrong = await town.browser.press(await asked_for_iin(town), value="230315500002")

    assert ru("err.iin.child_here") in wrong.text


async def test_a_used_link_says_so(town: Town) -> None:
    link = await asked_for_iin(town)
    await town.browser.press(link, value=IIN)

    again = await town.browser.get(link)

    assert again.status_code == 410
    assert ru("page.used") in again.text
    assert ru("page.done.open", channel="WhatsApp") in again.text


async def test_whoever_gets_a_forwarded_link_learns_nothing_and_its_answer_reaches_only_the_chat_that_asked(
    town: Town,
) -> None:
    link = await asked_for_iin(town)
    owner = town.owner.whatsapp

    before = await town.browser.get(link)
    await town.browser.press(link, value=IIN)
    after = await town.browser.get(link)
    await town.settled()

    for page in (before, after):
        assert not any(owner[-4:] in page.text or word in page.text for word in (IIN, IIN[-4:], "Айгерим", "Сабитова"))
        assert "set-cookie" not in page.headers
    assert after.status_code == 410
    assert "Принимаю политику" in str(town.shown()[-1]["payload"])


async def test_a_double_press_counts_once(town: Town) -> None:
    link = await asked_for_iin(town)
    await town.browser.press(link, value=IIN)
    await town.settled()
    asked = len(town.shown())

    second = await town.browser.press(link, value=IIN)
    await town.settled()

    assert second.status_code == 410
    assert len(town.shown()) == asked


async def test_a_link_lives_ten_minutes(town: Town) -> None:
    link = await asked_for_iin(town)
    town.clock.move(minutes=10)

    late = await town.browser.press(link, value=IIN)

    assert late.status_code == 410
    assert ru("page.expired") in late.text


async def test_an_unknown_link_speaks_three_languages(town: Town) -> None:
    page = await town.browser.get("/s/this-is-nobodys-link-at-all-no-no")

    assert page.status_code == 404
    for language in ("kk", "ru", "en"):
        assert say(T("page.unknown"), language) in page.text


async def test_looking_spends_nothing(town: Town) -> None:
    link = await asked_for_iin(town)
    for _ in range(3):
        await town.browser.get(link)
        await town.browser.head(link)

    assert (await town.browser.press(link, value=IIN)).status_code == 200


async def test_a_newer_link_ends_the_older_one(town: Town) -> None:
    old = await asked_for_iin(town)
    await town.says("что?")

    assert (await town.browser.get(old)).status_code == 410
    assert (await town.browser.get(town.link)).status_code == 200


async def test_a_page_for_a_question_that_is_over_changes_nothing(town: Town) -> None:
    link = await asked_for_iin(town)
    await town.taps("Нет ИИН")

    late = await town.browser.press(link, value=IIN)

    assert ru("page.not_now") in late.text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.test"},
    ],
)
async def test_a_form_from_elsewhere_changes_nothing(town: Town, headers: dict[str, str]) -> None:
    link = await asked_for_iin(town)
    form = town.app.vault.index("form", link.rsplit("/", 1)[1])

    foreign = await town.browser.post(link, data={"value": IIN, "form": form}, headers=headers)

    assert foreign.status_code == 403
    assert ru("page.from_elsewhere") in foreign.text
    assert (await town.browser.get(link)).status_code == 200


async def test_our_own_page_sends_no_origin_and_is_believed(town: Town) -> None:
    link = await asked_for_iin(town)
    form = town.app.vault.index("form", link.rsplit("/", 1)[1])

    sent = await town.browser.post(
        link, data={"value": IIN, "form": form}, headers={"origin": "null", "sec-fetch-site": "same-origin"}
    )

    assert sent.status_code == 200


@pytest.mark.parametrize("form", ["", "0" * 64, "ә"])
async def test_a_form_without_the_mark_of_its_link_changes_nothing(town: Town, form: str) -> None:
    link = await asked_for_iin(town)

    sent = await town.browser.post(link, data={"value": IIN, "form": form})

    assert sent.status_code == 403
    assert (await town.browser.get(link)).status_code == 200


async def test_of_two_tabs_the_second_hears_that_the_link_is_used(town: Town) -> None:
    link = await asked_for_iin(town)
    first, second = await town.browser.get(link), await town.browser.get(link)
    await town.browser.press(link, value=IIN)

    late = await town.browser.press(link, value=IIN)

    assert first.status_code == second.status_code == 200
    assert late.status_code == 410
    assert ru("page.used") in late.text


async def test_when_the_bot_stumbles_the_page_says_so_and_nothing_is_lost(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await asked_for_iin(town)
    with monkeypatch.context() as broken:
        broken.setattr(registration.AskIin, "answer", stumbles)
        failed = await town.browser.press(link, value=IIN)

    town.clock.move(seconds=5)
    await town.app.upkeep.once()
    await town.settled()

    assert ru("err.sorry") in failed.text
    assert "Принимаю политику" in str(town.shown()[-1]["payload"])


def stumbles(*_: object) -> None:
    """A bug of ours."""
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ],
)
async def test_a_secure_page_leaves_no_trace(town: Town, header: str, value: str) -> None:
    page = await town.browser.get(await asked_for_iin(town))

    assert page.headers[header] == value


async def test_a_secure_page_runs_no_script_and_loads_nothing_from_elsewhere(town: Town) -> None:
    page = await town.browser.get(await asked_for_iin(town))

    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_the_policy_is_read_in_three_languages_with_its_version(town: Town, language: str) -> None:
    page = await town.browser.get("/policy", headers={"accept-language": f"{language},de;q=0.5"})

    assert say(T("policy.title"), language) in page.text
    assert "2026-11-01" in page.text


async def test_a_body_that_is_too_large_is_refused(town: Town) -> None:
    page = await town.browser.press(await asked_for_iin(town), value="9" * 400_000)

    assert page.status_code == 413


async def test_the_demo_is_not_part_of_the_app(town: Town) -> None:
    assert (await town.browser.get("/demo/state")).status_code == 404
    assert (await town.browser.get("/")).status_code == 404


async def test_health_readiness_and_metrics_answer(town: Town) -> None:
    assert (await town.browser.get("/healthz")).json() == {"alive": True}
    assert (await town.browser.get("/readyz")).json() == {"ready": True}
    assert "turns_total" in (await town.browser.get("/metrics")).text


async def test_what_is_planned_for_later_is_not_counted_as_late(town: Town) -> None:
    await asked_for_iin(town)
    await town.app.writer.deed(
        lambda deed: deed.db.execute("UPDATE outbox SET state='planned', due_at=due_at+86400000000, payload=x'00'")
    )
    town.clock.move(minutes=1)

    await town.app.tick()

    assert "outbox_due 0.0" in (await town.browser.get("/metrics")).text
