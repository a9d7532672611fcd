"""T07: an application with priority papers, an album, one bad file, an edit and a double tap."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from io import BytesIO

from PIL import Image

from dialogs.engine.catalogue import say
from dialogs.engine.texts import N
from tests.acceptance.parents import DANA, TIMUR, Phone, adds, at_languages, linked, registered, ru, sees, shows
from tests.acceptance.running import PAGES, RunningBot


def photo(shade: int) -> bytes:
    made = BytesIO()
    Image.new("RGB", (900, 900), (shade, shade, shade)).save(made, "JPEG")
    return made.getvalue()


async def files(phone: Phone, bot: RunningBot, child: str) -> None:
    """File an application without a benefit."""
    await at_languages(phone, child)
    await phone.text("1,2")
    await shows(phone, ru("btn.next"))
    await phone.tap(ru("btn.next"))
    await shows(phone, ru("btn.no_priority"))
    await phone.tap(ru("btn.no_priority"))
    await shows(phone, ru("btn.send"))
    await phone.tap(ru("btn.send"))
    await shows(phone, ru("btn.interested"))
    await bot.move_clock(minutes=2)


async def test_a_full_application_with_papers(parent: tuple[Phone, RunningBot]) -> None:
    phone, bot = parent
    await registered(phone, bot)
    await adds(phone, bot, DANA)
    await adds(phone, bot, TIMUR)
    await files(phone, bot, "Дана С.")

    # 1. Дана stands already; Тимур does not.
    await phone.text("/apply")
    await shows(phone, "Дана С.")
    await phone.tap("Дана С.")
    await sees(phone, ru("err.app.duplicate", app_number="2026-1"))
    await phone.tap("Назад")
    await shows(phone, "Тимур С.")

    # 2. Group, place, languages, status.
    await at_languages(phone, "Тимур С.", begins=False)
    await phone.text("каз и рус")
    await sees(phone, ru("msg.application_add.social_status", step=5, total=7, status=ru("social.none")))
    await phone.tap(ru("btn.next"))
    await shows(phone, ru("btn.pick_priority"))

    # 3. The benefit in the parent's own words.
    await phone.tap(ru("btn.pick_priority"))
    await sees(phone, ru("msg.application_add.priority_pick"))
    await phone.text("дети военных")
    await sees(phone, ru("doc.work"))
    await bot.move_clock(minutes=2)

    # 4. Four photos and a document of Word.
    for shade in (10, 60, 120, 180):
        await phone.photo(photo(shade))
    await sees(phone, ru("msg.common.files_counter", n=4, max_files=10))
    await phone.document("справка.docx", b"PK\x03\x04 not a picture", "application/msword")
    why = ru("file.named", name="справка.docx", reason=ru("file.format"))
    await sees(phone, ru("err.file.bad", reason=why, max_mb=10), ru("msg.common.files_counter", n=4, max_files=10))
    await phone.tap(ru("btn.done"))
    await sees(phone, ru("msg.application_add.issued_on"))
    await phone.text("10.11.2026")
    before = await sees(phone, say(N("files", 4), "ru"), ru("benefit_full.military"))
    await bot.move_clock(minutes=2)

    # 5. One answer is changed; straight back to the summary.
    await phone.tap(ru("btn.change"))
    await sees(phone, ru("msg.application_add.edit_pick"))
    await phone.text("4")
    await shows(phone, "✅ Казахский")
    await phone.tap("✅ Казахский")
    await shows(phone, "Казахский")
    await phone.tap(ru("btn.done"))
    await shows(phone, ru("btn.send"))
    assert [line for line in phone.last.text.splitlines() if line not in before] == ["4. Язык обучения: Русский"]

    # 6. Words do not submit.
    await phone.text("ок")
    await sees(phone, ru("err.need_button"))

    # 7. Two taps are one application.
    await asyncio.gather(phone.tap(ru("btn.send")), phone.tap(ru("btn.send")))
    await shows(phone, ru("btn.interested"))
    assert ru("msg.app.submitted", app_number="2026-2", first_name="Тимур", queue_number=1) in phone.last.text

    # 8. Interest is marked once.
    await phone.tap(ru("btn.interested"))
    await shows(phone, ru("btn.interested_done"))
    await phone.tap(ru("btn.interested_done"))
    await sees(phone, ru("err.already_done"))

    with closing(sqlite3.connect(bot.folder / "bot.db")) as db:
        stored = db.execute("SELECT benefit, languages, rank FROM application ORDER BY id").fetchall()
        papers = db.execute("SELECT count(*) FROM stored_file WHERE application_id=2").fetchall()
        marked = db.execute("SELECT count(*) FROM application_event WHERE cause='interested'").fetchall()
    assert stored == [("", "kk,ru", 2), ("military", "ru", 0)]
    assert (papers, marked) == ([(4,)], [(1,)])
    kept = list((bot.folder / "files").iterdir())
    assert len(kept) == 4
    assert all(b"JFIF" not in file.read_bytes() for file in kept)
    await its_paper_is_genuine(phone, bot)


async def its_paper_is_genuine(phone: Phone, bot: RunningBot) -> None:
    """Open the notice of registration, and check its code as a kindergarten would."""
    await bot.move_clock(minutes=2)
    await phone.text("/applications")
    await shows(phone, "Тимур · № 2026-2")
    await phone.tap("Тимур · № 2026-2")
    await shows(phone, ru("btn.documents"))
    await phone.tap(ru("btn.documents"))
    await shows(phone, ru("paper.registration"))
    await phone.tap(ru("paper.registration"))
    link = await linked(phone)
    data = await bot.bytes(link.replace(PAGES, ""))
    assert data.startswith(b"%PDF-")
    with closing(sqlite3.connect(bot.folder / "bot.db")) as db:
        code = db.execute("SELECT code FROM paper").fetchone()[0]
    status, page = await bot.page(f"{PAGES}/v/{code}")
    assert (status, "2026-2" in page, "Сабитов" in page) == (200, True, False)
    assert (await bot.page(f"{PAGES}/v/{'x' * 32}"))[0] == 404
