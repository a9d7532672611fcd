"""My data: what is kept, a copy of it, consent withdrawn, and everything erased for ever."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from bot import demo
from bot.web.export import archive
from dialogs.engine.texts import T
from services import demo_city
from services.applications import CONSENT
from services.deadlines import OpenDeadline
from services.desk import Role
from storage import audit, desk_reads, erasure, export, retention
from storage.deadlines import DeadlineStore
from storage.models import Base
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City, Parent, words_of
from tests.dialogs import applications, journeys, test_agent_handoff

WORD = {"kk": "жою", "ru": "Удалить", "en": "DELETE"}
CANARIES = ("930427400001", "230315500002", "7471234567", "Сабитов", "Айгерим", "Алихан", "aigerim@mail.kz")


def at_overview(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    """A parent with a child who reads what is kept of them."""
    parent = journeys.with_child(city, channel, language)
    parent.says("/mydata")
    return parent


def erased(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    """A parent who has just erased everything."""
    parent = at_overview(city, channel, language)
    parent.taps("btn.delete")
    parent.says(WORD[language])
    return parent


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_kept_is_told(city: City, channel: str, language: str) -> None:
    parent = at_overview(city, channel, language)

    acts = city.rows("SELECT count(*) FROM audit WHERE person_id=?", parent.person)[0][0]
    looks = T("msg.data_deletion.nobody_looked")
    told = T("msg.data_deletion.overview", children=1, applications=0, chats=1, consents=1, acts=acts, looks=looks)
    assert parent.sees == journeys.sentence(parent, told)


def test_who_looked_is_told(city: City) -> None:
    parent = journeys.with_child(city)
    city.deed(lambda deed: deed.db.execute("UPDATE audit SET act=? WHERE seq=1", (erasure.LOOKS,)))
    parent.says("/mydata")

    assert parent.say("msg.data_deletion.nobody_looked") not in parent.sees


# Erasure.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_after_the_word_and_a_code_everything_is_gone(city: City, channel: str, language: str) -> None:
    parent = at_overview(city, channel, language)
    person = parent.person
    city.move(minutes=11)
    parent.says("/mydata")
    parent.taps("btn.delete")
    assert parent.sees == parent.say("msg.delete.confirm")
    parent.says(WORD[language])
    assert parent.state == "step_up.ask_code"
    parent.says(parent.code)

    assert parent.state == "first_start.guest_menu"
    for key in ("kept.consents", "kept.record"):
        assert parent.say(key) in parent.sees
    assert city.rows("SELECT key FROM person WHERE id=?", person) == [(None,)]
    for table in ("account", "child", "code", "conversation", "door", "link", "binding"):
        assert city.rows(f"SELECT count(*) FROM {table} WHERE person_id=?", person) == [(0,)]


@pytest.mark.parametrize("said", ["да", "ок", "удалит", "УДАЛИТЬ?", "1"])
def test_no_other_word_erases(city: City, said: str) -> None:
    parent = at_overview(city)
    parent.taps("btn.delete")
    answer = parent.says(said)

    assert answer.startswith(parent.say("msg.data_deletion.wrong_word"))
    assert city.rows("SELECT count(*) FROM account") == [(1,)]


def test_a_forged_tap_erases_nothing(city: City) -> None:
    parent = at_overview(city)
    parent.taps("btn.delete")
    message, data = parent.button("btn.keep")
    parent.taps_data(message, data.partition(":")[0] + ":erase")

    assert city.rows("SELECT count(*) FROM account") == [(1,)]
    assert parent.state == "data_deletion.word"


def test_a_chat_that_came_today_may_not_erase(city: City) -> None:
    parent = journeys.registered(city)
    thief = journeys.logging_in(city, WHATSAPP, owner=parent.owner)
    thief.says(thief.code)
    thief.taps("btn.only_now")
    thief.says("/mydata")
    thief.taps("btn.delete")
    thief.says("удалить")

    assert city.rows("SELECT count(*) FROM account") == [(1,)]
    assert thief.state == "data_deletion.word"


def test_a_deadline_that_is_open_is_named_first(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    due = datetime(2026, 12, 10, 18, 59, tzinfo=UTC)
    monkeypatch.setattr(DeadlineStore, "open", lambda _self: [OpenDeadline("flow.child_add", due)])
    parent = at_overview(city)
    parent.taps("btn.delete")

    named = T("msg.data_deletion.deadline", what=T("flow.child_add"), deadline=due)
    assert parent.sees.startswith(journeys.sentence(parent, named))
    parent.taps("btn.delete_anyway")
    assert parent.state == "data_deletion.word"


@pytest.mark.parametrize("channel", CHANNELS)
def test_old_buttons_show_nothing(city: City, channel: str) -> None:
    parent = journeys.at_card(city, channel)
    old = parent.button("btn.remove_from_list")
    parent.says("/mydata")
    parent.taps("btn.delete")
    parent.says("удалить")
    parent.taps_data(*old)

    shown = next(item for item in parent.bot_messages if item["id"] == old[0])
    said = words_of(shown["payload"]) if channel == TELEGRAM else parent.sees
    assert said.startswith(parent.say("err.session_ended"))
    assert "Алихан" not in said


def test_what_was_to_be_sent_is_not(city: City) -> None:
    parent = at_overview(city)
    person = parent.person
    city.deed(
        lambda deed: deed.db.execute(
            "UPDATE outbox SET state='planned', due_at=due_at+86400000000 WHERE id=(SELECT max(id) FROM outbox)"
        )
    )
    parent.taps("btn.delete")
    parent.says("удалить")

    states = city.rows("SELECT DISTINCT state FROM outbox WHERE person_id=?", person)
    assert ("planned",) not in states
    assert city.rows("SELECT count(*) FROM outbox WHERE person_id=? AND payload IS NOT NULL", person) == [(0,)]


def test_an_event_that_comes_again_is_still_known(city: City) -> None:
    erased(city)
    events = city.rows("SELECT count(*) FROM inbox")
    again = city.rows("SELECT provider, account, event_id FROM inbox ORDER BY id LIMIT 1")

    assert city.rows("SELECT count(*) FROM inbox WHERE (provider, account, event_id)=(?, ?, ?)", *again[0]) == [(1,)]
    assert city.rows("SELECT count(*) FROM inbox WHERE body IS NOT NULL") == [(0,)]
    assert events[0][0] > 5


def test_the_record_still_verifies_and_the_proofs_stay(city: City) -> None:
    erased(city)

    assert city.deed(lambda deed: audit.broken(deed.db, city.vault)) == []
    assert city.rows("SELECT count(*) FROM consent") == [(1,)]
    assert city.rows("SELECT count(*) FROM audit WHERE act='data.erased'") == [(1,)]


def test_the_other_chat_is_a_strangers(city: City) -> None:
    parent = journeys.registered(city)
    other = journeys.logging_in(city, WHATSAPP, owner=parent.owner)
    other.says(other.code)
    other.taps("btn.yes")
    parent.says("/mydata")
    parent.taps("btn.delete")
    parent.says("удалить")
    if parent.state == "step_up.ask_code":
        parent.says(parent.code)
    other.says("/start")

    assert other.state == "first_start.ask_language"
    assert other.person != parent.person


@pytest.mark.only("sqlite")
def test_no_trace_is_left_in_the_database_its_log_and_its_files(city: City) -> None:
    parent = at_overview(city)
    parent.says("/profile")
    parent.taps("r_email")
    parent.says("aigerim@mail.kz")
    parent.says("/mydata")
    parent.taps("btn.delete")
    parent.says("удалить")
    city.send()
    keys = [bytes(row[0]) for row in city.rows("SELECT key FROM person WHERE key IS NOT NULL")]
    city.deed(lambda deed: deed.db.execute("DELETE FROM registry_person"))
    city.book.close_here()
    files = [city.path, city.path.with_name(f"{city.path.name}-wal")]
    found = {
        f"{canary} in {file.name}"
        for file in files
        if file.exists()
        for canary in CANARIES
        if canary.encode() in file.read_bytes() or canary.encode("utf-16-le") in file.read_bytes()
    }
    with closing(sqlite3.connect(city.path)) as db:
        sealed = db.execute("SELECT count(*) FROM person WHERE key IS NULL AND erased_at IS NOT NULL").fetchone()
    city.book.open_here()

    assert found == set()
    assert sealed == (1,)
    assert len(keys) == 1


def leads_to_a_person() -> set[str]:
    """Tables with a person in them, or with a row of such a table."""
    found, more = {"person"}, True
    while more:
        now = {
            table.name
            for table in Base.metadata.tables.values()
            if table.name in found or any(key.column.table.name in found for key in table.foreign_keys)
        }
        found, more = now, now != found
    return found


def test_every_table_with_a_person_says_what_becomes_of_its_rows() -> None:
    """A new table without an entry fails here."""
    gone = {kind.__tablename__ for kind in erasure.GONE} | {kind.__tablename__ for kind, *_ in erasure.GONE_WITH}

    assert leads_to_a_person() == gone | set(erasure.STAYS)
    assert not gone & set(erasure.STAYS)


# What was filed, what was said to a human.


def with_application(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    """A parent whose application stands in a queue, with a second e-mail."""
    parent = applications.filed(city, channel, language)
    parent.says("/mydata")
    return parent


def test_an_application_leaves_the_queue_and_only_its_proof_stays(city: City) -> None:
    parent = with_application(city)
    person = parent.person
    parent.taps("btn.delete")
    parent.taps("btn.delete_anyway")
    parent.says("удалить")
    if parent.state == "step_up.ask_code":
        parent.says(parent.code)

    kept = "SELECT status, rank, sealed, consent, consent_message FROM application WHERE person_id=?"
    assert parent.say("kept.applications") in parent.sees
    assert city.rows(kept, person) == [("removed_by_parent", None, None, CONSENT, "")]
    assert [str(born) for (born,) in city.rows("SELECT born FROM child WHERE person_id=?", person)] == ["2021-01-01"]
    assert city.rows("SELECT sex, sealed FROM child WHERE person_id=?", person) == [("", b"")]
    assert city.rows("SELECT cause, note FROM application_event ORDER BY id") == [("filed", ""), ("withdrawn", "")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_place_in_a_queue_is_named_before_it_is_lost(city: City, language: str) -> None:
    parent = with_application(city, TELEGRAM, language)
    number = city.rows("SELECT year, serial FROM application")[0]
    parent.taps("btn.delete")

    named = parent.say("msg.data_deletion.application", app_number="{}-{}".format(*number))
    assert parent.sees == f"{named}\n\n{parent.say('msg.data_deletion.warn_applications')}"
    parent.taps("btn.keep")
    assert city.rows("SELECT count(*) FROM application WHERE rank IS NOT NULL") == [(1,)]


def test_a_family_that_comes_back_files_for_the_same_child_anew(city: City) -> None:
    parent = with_application(city)
    parent.taps("btn.delete")
    parent.taps("btn.delete_anyway")
    parent.says("удалить")
    if parent.state == "step_up.ask_code":
        parent.says(parent.code)
    known = demo.Sample("again", "Айгерим", demo_city.AIGERIM, TELEGRAM, "ru", (demo_city.DANA,))
    city.deed(lambda deed: demo._register(deed, known, demo_city.AIGERIM, parent.external))
    city.move(minutes=2)
    parent.says("/apply")
    applications.child(parent)
    parent.taps(parent.say("group.general"))
    applications.lives_in(parent)
    parent.says("1,2")
    parent.taps("btn.next")
    parent.taps("btn.no_priority")
    parent.taps("btn.send")

    assert city.rows("SELECT count(*) FROM application WHERE closed_at IS NULL") == [(1,)]


def test_what_was_said_to_a_human_is_gone_and_the_desk_still_opens_the_case(city: City) -> None:
    parent = journeys.with_child(city)
    parent.says("/agent")
    parent.taps("btn.skip")
    parent.says("Мой адрес: Абая 1")
    parent.taps("btn.menu")
    parent.says("/mydata")
    parent.taps("btn.delete")
    parent.says("удалить")
    if parent.state == "step_up.ask_code":
        parent.says(parent.code)
    senior = test_agent_handoff.agent(city, role=Role.SUPERVISOR)

    assert city.rows("SELECT count(*) FROM case_message") == [(0,)]
    assert city.rows('SELECT state FROM "case"') == [("closed",)]
    assert city.deed(lambda deed: desk_reads.card(deed, senior, 1001)) is not None


# A copy.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_copy_holds_everything_and_can_be_fetched_once(city: City, channel: str, language: str) -> None:
    parent = at_overview(city, channel, language)
    person = parent.person
    parent.taps("btn.my_data")
    token = parent.link.rsplit("/", 1)[1]
    assert parent.submits().refused is None
    assert parent.say("msg.data_deletion.exported") in parent.sees
    assert parent.submits_to(token, "export").refused == T("page.used")

    copy = city.deed(lambda deed: export.collect(deed.session, city.vault, person))
    packed = zipfile.ZipFile(io.BytesIO(archive(copy, language)))
    told = json.loads(packed.read("balabaqsha.json"))
    assert told["account"]["iin"] == journeys.AIGERIM
    assert told["children"][0]["iin"] == journeys.ALIKHAN
    assert told["applications"] == told["cases"] == []
    assert {item["act"] for item in told["record"]} >= {"account.opened", "data.exported"}
    assert packed.read("balabaqsha.pdf").startswith(b"%PDF")


def test_a_copy_holds_applications_and_words_with_the_operator(city: City) -> None:
    parent = with_application(city)
    parent.says("/agent")
    parent.taps("btn.skip")
    parent.says("Когда очередь?")

    person = parent.person
    copy = city.deed(lambda deed: export.collect(deed.session, city.vault, person))
    assert [(item["state"], item["locality"]) for item in copy["applications"]] == [("queued", "612010000")]
    assert "Когда очередь?" in [item["said"] for item in copy["cases"]]


def test_a_copy_needs_a_fresh_code(city: City) -> None:
    parent = at_overview(city)
    city.move(minutes=11)
    parent.says("/mydata")
    parent.taps("btn.my_data")

    assert parent.state == "step_up.ask_code"


# Consent.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_withdrawn_consent_logs_every_chat_out(city: City, channel: str, language: str) -> None:
    parent = journeys.registered(city, channel, language)
    other = journeys.logging_in(city, journeys.other(channel), owner=parent.owner)
    other.says(other.code)
    other.taps("btn.yes")
    parent.says("/mydata")
    parent.taps("btn.withdraw")
    if parent.state == "step_up.ask_code":
        parent.says(parent.code)
    parent.taps("btn.withdraw")

    assert parent.sees.startswith(parent.say("msg.policy_consent.withdrawn"))
    assert parent.state == "first_start.guest_menu"
    other.says("/children")
    assert other.state in ("first_start.ask_language", "login.gate")
    assert city.rows("SELECT count(*) FROM account") == [(1,)]


def test_who_logs_in_again_is_asked_for_consent_again(city: City) -> None:
    parent = journeys.registered(city)
    parent.says("/mydata")
    parent.taps("btn.withdraw")
    parent.taps("btn.withdraw")
    city.move(minutes=5)
    parent.says("/login")
    parent.taps("btn.sms_code")
    parent.shares_contact()
    parent.says(parent.code)
    assert parent.state == "policy_consent.show"
    parent.taps("btn.accept_policy")

    assert parent.state == "login.remember"


# Retention.


def test_over_seven_years_only_what_the_law_wants_is_left(city: City) -> None:
    erased(city)
    journeys.started(city, WHATSAPP, row=demo_city.BAUYRZHAN)
    for _ in range(7 * 12):
        city.clock.move(days=30.5)
        while city.deed(retention.run):
            pass

    left = {table: city.rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("code", "link", "outbox", "tries")}
    assert left == {"code": 0, "link": 0, "outbox": 0, "tries": 0}
    assert city.rows("SELECT count(*) FROM person WHERE key IS NOT NULL") == [(0,)]
    assert city.rows("SELECT count(*) FROM consent") == [(1,)]
    assert city.deed(lambda deed: audit.broken(deed.db, city.vault)) == []


def test_a_family_that_is_there_keeps_what_it_has(city: City) -> None:
    parent = journeys.with_child(city)
    city.clock.move(days=400)
    parent.says("/menu")
    city.deed(retention.run)

    assert city.rows("SELECT count(*) FROM child") == [(1,)]
    assert city.rows("SELECT count(*) FROM person WHERE key IS NOT NULL") == [(1,)]
    assert timedelta(days=400) > retention.GUESTS_LIVE
