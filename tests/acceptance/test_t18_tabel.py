"""T18 without its pushes: a month is published, seen as a picture, and confirmed in two taps."""

from __future__ import annotations

from services.tabels import Month
from tests.acceptance.parents import adds, registered, ru, sees, shows
from tests.acceptance.running import RunningBot
from tests.fakes.telegram import FakeTelegram

ALIKHAN = "230315500002"
NOVEMBER = Month(2026 * 12 + 10)


async def test_november_is_confirmed_in_two_taps(telegram: FakeTelegram, bot: RunningBot) -> None:
    phone = telegram.phone(user_id=518, first_name="Айгерим", language_code="ru")
    await registered(phone, bot)
    await adds(phone, bot, ALIKHAN)

    # 1. In November the kindergarten still fills it.
    await phone.text("/tabel")
    await sees(phone, ru("msg.tabel_month.nothing"))

    # 2. On 1 December it is there, as a picture.
    await bot.post("/demo/clock", {"to": "2026-12-01T10:00:00+05:00"})
    await phone.text("/tabel")
    await sees(phone, "Алихан С. · ноябрь 2026", "Дней в саду: 21")
    assert phone.last.content["photo"][-1]["width"] == 1080

    # 3. Two taps; a second press of the same button changes nothing.
    await phone.tap(ru("btn.all_right"))
    await sees(phone, "Подтвердить табель за ноябрь?")
    await phone.tap(ru("btn.confirm"))
    await sees(phone, ru("msg.tabel.confirmed", month=NOVEMBER, confirmed_at="", next_window="").partition(":")[0])

    # 4. The month says who and when.
    await phone.text("/tabel")
    await shows(phone, "✅ ноябрь 2026")
    await phone.tap("✅ ноябрь 2026")
    await sees(phone, "Табель подтверждён", "А••••• С.", "••••••••0001")
