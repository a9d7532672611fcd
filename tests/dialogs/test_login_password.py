"""Login by a password: every name of the account, one verification for all, a lock after five failures."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from bot.inbox import PageAnswer
from bot.web.argon import Argon, derive
from services.passwords import PARAMETERS
from storage import links
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City, Parent
from tests.dialogs import journeys
from tests.dialogs.test_password import NoPages

PASSWORD, WRONG = "Тұман-2026", "Басқа-2026"
CHEAP = "$argon2id$v=19$m=8,t=1,p=1$"
HASH = derive(PASSWORD, f"{CHEAP}c29tZXNhbHQ")


def with_password(city: City, channel: str = TELEGRAM) -> Parent:
    """A registered parent whose password is PASSWORD."""
    parent = journeys.at_password(city, channel)
    parent.submits(hash=HASH, salt="s", mark="m")
    parent.taps("btn.yes")
    return parent


def challenge(parent: Parent) -> str:
    """What the page of the last link is told."""
    token = parent.link.rsplit("/", 1)[1]

    def look(deed: object) -> links.Link | None:
        session: Session = deed.session  # type: ignore[attr-defined]
        return links.look(session, parent.city.vault, token)

    link = parent.city.deed(look)
    assert link is not None
    return str(link.about)


def types_password(parent: Parent, password: str = PASSWORD) -> PageAnswer:
    """Type a password on the secure page: it makes the hash it was told to make, and knows no more."""
    about = challenge(parent)
    # A hash for nobody costs a second of the real parameters: any other proof is as wrong.
    proof = derive(password, about) if about.startswith(CHEAP) else f"{about}$wrong"
    return parent.submits(proof=proof)


def at_password(city: City, channel: str, typed: str, language: str = "ru", **known: object) -> Parent:
    """Somebody who typed a name at the question how to log in and is asked for the password."""
    parent = journeys.started(city, channel, language, **known)
    parent.taps("btn.login")
    parent.says(typed)
    return parent


def refusal(parent: Parent, answer: PageAnswer) -> str:
    assert answer.refused is not None
    return journeys.sentence(parent, answer.refused)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_parent_logs_in_with_iin_and_password(city: City, channel: str, language: str) -> None:
    parent = with_password(city, journeys.other(channel))
    other = journeys.started(city, channel, language, owner=parent.owner)
    other.taps("btn.login")
    other.taps("btn.by_iin")
    journeys.gives_iin(other)
    assert other.sees.startswith(other.say("msg.login.password_page"))

    assert types_password(other).refused is None

    assert other.sees == other.say("msg.registration.remember")
    assert other.person == parent.person
    other.taps("btn.yes")
    assert other.sees.startswith(other.say("msg.login.greet_told", first_name="Айгерим"))


def test_the_other_chats_hear_of_a_login_by_password(city: City) -> None:
    parent = with_password(city)
    other = journeys.started(city, WHATSAPP, owner=parent.owner)
    other.says("/login")
    other.taps("btn.by_phone")
    other.taps("btn.yes")
    types_password(other)

    assert parent.sees == other.say("msg.security.login")


@pytest.mark.parametrize(
    ("typed", "state"),
    [
        ("930427400001", "login.password"),
        ("8 747 123 45 67", "login.code"),
        ("aigerim@mail.kz", "login.password"),
        ("aigerim.s", "login.password"),
        ("Айгерім_93", "login.password"),
    ],
)
def test_the_way_in_is_recognised_from_what_is_typed(city: City, typed: str, state: str) -> None:
    parent = at_password(city, TELEGRAM, typed)

    assert parent.state == state


@pytest.mark.parametrize(
    ("typed", "key"),
    [("93042740000", "err.phone.format"), ("a@b", "err.email.format"), ("ab", "err.login.format")],
)
def test_a_name_that_cannot_be_one_is_explained(city: City, typed: str, key: str) -> None:
    parent = at_password(city, TELEGRAM, typed)

    assert parent.sees.startswith(parent.say(key))
    assert parent.state == "login.choose"


def test_an_iin_typed_in_whatsapp_is_not_used(city: City) -> None:
    parent = at_password(city, WHATSAPP, "930427400001")

    assert parent.sees.startswith(parent.say("msg.common.page_only"))
    assert parent.state == "login.choose"


def test_an_iin_typed_in_telegram_is_deleted(city: City) -> None:
    parent = at_password(city, TELEGRAM, "930427400001")

    assert city.rows("SELECT count(*) FROM outbox WHERE kind='erase'") == [(1,)]
    assert parent.state == "login.password"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_unknown_and_wrong_get_the_same_words_on_the_page(city: City, channel: str, language: str) -> None:
    with_password(city)
    guest = at_password(city, channel, "nobody@mail.kz", language, name="Чужой", phone="+77015550011")
    unknown_says = refusal(guest, types_password(guest))
    guest.says("/login")
    guest.taps("btn.by_phone")
    guest.says("8 747 123 45 67")

    wrong_says = refusal(guest, types_password(guest, WRONG))

    assert wrong_says == unknown_says == guest.say("err.login.failed")
    assert guest.state == "login.password"


def test_a_page_cannot_tell_an_account_from_nobody(city: City) -> None:
    """Both get parameters of the same shape, and the same ones each time they are asked."""
    first, again = (at_password(city, TELEGRAM, "nobody@mail.kz", name="А", phone=f"+7701555001{n}") for n in (1, 2))

    assert challenge(first) == challenge(again)
    assert challenge(first).startswith(PARAMETERS)


async def test_a_hash_of_ours_begins_as_a_decoy_does() -> None:
    argon = Argon()
    made = await argon.hash(PASSWORD)

    assert made.startswith(PARAMETERS)
    assert await argon.prove(PASSWORD, made.rpartition("$")[0]) == made
    assert argon.runs == 2


def test_the_fifth_failure_locks_the_door_for_a_quarter_of_an_hour(city: City) -> None:
    parent = with_password(city)
    thief = at_password(city, TELEGRAM, "930427400001", name="Вор", phone="+77015550011")
    said = [refusal(thief, types_password(thief, WRONG)) for _ in range(5)]

    assert said[:4] == [thief.say("err.login.failed")] * 4
    assert said[4] == thief.say("err.login.locked", minutes=15)
    assert refusal(thief, types_password(thief)) == thief.say("err.login.locked", minutes=15)
    city.move(minutes=9)
    assert refusal(thief, types_password(thief)) == thief.say("err.login.locked", minutes=6)
    assert thief.person != parent.person


def test_a_locked_name_is_locked_in_every_chat(city: City) -> None:
    with_password(city)
    thief = at_password(city, TELEGRAM, "930427400001", name="Вор", phone="+77015550011")
    for _ in range(5):
        types_password(thief, WRONG)
    second = at_password(city, TELEGRAM, "930427400001", name="Второй", phone="+77015550012")

    assert refusal(second, types_password(second, WRONG)) == second.say("err.login.locked", minutes=15)


def test_a_locked_chat_may_not_try_other_names(city: City) -> None:
    thief = at_password(city, TELEGRAM, "one@mail.kz", name="Вор", phone="+77015550011")
    for _ in range(5):
        types_password(thief, WRONG)
    thief.says("/login")
    thief.says("two@mail.kz")

    assert refusal(thief, types_password(thief)) == thief.say("err.login.locked", minutes=15)


def test_a_lock_does_not_tell_that_two_names_are_one_account(city: City) -> None:
    """The account is shut under its other name, too, but only who knows the password hears why (T18)."""
    with_password(city)
    thief = at_password(city, TELEGRAM, "930427400001", name="Вор", phone="+77015550011")
    for _ in range(5):
        types_password(thief, WRONG)
    other = journeys.started(city, TELEGRAM, name="Второй", phone="+77015550012")
    other.taps("btn.login")
    other.taps("btn.by_phone")
    other.says("8 747 123 45 67")

    assert refusal(other, types_password(other, WRONG)) == other.say("err.login.failed")
    assert refusal(other, types_password(other)) == other.say("err.login.locked", minutes=15)


def test_a_right_password_forgets_the_failures_before_it(city: City) -> None:
    parent = with_password(city, TELEGRAM)
    other = journeys.started(city, WHATSAPP, owner=parent.owner)
    for _ in range(2):
        other.says("/login")
        other.taps("btn.by_phone")
        other.taps("btn.yes")
        for _ in range(4):
            assert refusal(other, types_password(other, WRONG)) == other.say("err.login.failed")
        assert types_password(other).refused is None
        other.taps("btn.yes")
        other.says("/logout")
        other.taps("btn.logout")
        city.move(minutes=1)


def test_a_password_typed_in_the_chat_is_no_attempt_and_is_deleted(city: City) -> None:
    parent = at_password(city, TELEGRAM, "930427400001")
    said = parent.says("Тұман-2026")

    assert said.startswith(parent.say("msg.login.password_in_chat"))
    assert city.rows("SELECT count(*) FROM outbox WHERE kind='erase'") == [(2,)]
    assert city.rows("SELECT count(*) FROM tries") == [(0,)]


@pytest.mark.parametrize(
    ("button", "state"),
    [("btn.sms_code", "login.ident"), ("btn.forgot_password", "password_recovery.ask_phone")],
)
def test_beside_the_password_there_are_two_other_ways(city: City, button: str, state: str) -> None:
    parent = at_password(city, TELEGRAM, "930427400001")

    parent.taps(button)

    assert parent.state == state


def test_without_pages_there_is_only_the_code(city: City) -> None:
    city.channels[TELEGRAM] = NoPages(city.phones)
    parent = journeys.started(city)
    parent.taps("btn.login")

    assert parent.labels[0] == parent.say("btn.sms_code")
    assert parent.say("btn.by_iin") not in parent.labels


def test_a_chat_that_is_somebodys_is_left_before_another_logs_in(city: City) -> None:
    parent = with_password(city)
    said = parent.says("/login")

    assert said.startswith(parent.say("msg.login.other_account", name_masked="А••••• С."))
    parent.taps("btn.logout_login")
    assert parent.state == "login.choose"
    assert city.rows("SELECT count(*) FROM account") == [(1,)]
