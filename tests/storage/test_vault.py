"""What is sealed opens with its own key and for its own row only."""

from __future__ import annotations

import pytest

from storage.vault import Sealed, Vault
from tests.city import Dice

OLD, NEW, INDEX = b"o" * 32, b"n" * 32, b"i" * 32


@pytest.fixture
def vault() -> Vault:
    return Vault((OLD,), INDEX, Dice(1))


def test_what_is_sealed_opens_for_its_row(vault: Vault) -> None:
    key, _ = vault.new_key()

    assert vault.open(key, vault.seal(key, b"secret", "account|1"), "account|1") == b"secret"


def test_what_is_sealed_does_not_show(vault: Vault) -> None:
    key, wrapped = vault.new_key()

    assert b"secret" not in vault.seal(key, b"secret", "account|1")
    assert key not in wrapped


def test_equal_words_look_different_each_time(vault: Vault) -> None:
    key, _ = vault.new_key()

    assert vault.seal(key, b"secret", "account|1") != vault.seal(key, b"secret", "account|1")


def test_a_value_moved_to_another_row_does_not_open(vault: Vault) -> None:
    key, _ = vault.new_key()

    with pytest.raises(Sealed):
        vault.open(key, vault.seal(key, b"secret", "account|1"), "account|2")


def test_another_persons_key_does_not_open(vault: Vault) -> None:
    mine, yours = vault.new_key()[0], vault.new_key()[0]

    with pytest.raises(Sealed):
        vault.open(yours, vault.seal(mine, b"secret", "account|1"), "account|1")


@pytest.mark.parametrize("at", [0, 13, -1])
def test_a_changed_byte_does_not_open(vault: Vault, at: int) -> None:
    key, _ = vault.new_key()
    sealed = bytearray(vault.seal(key, b"secret", "account|1"))
    sealed[at] ^= 1

    with pytest.raises(Sealed):
        vault.open(key, bytes(sealed), "account|1")


@pytest.mark.parametrize("sealed", [b"", b"x", b"x" * 12, b"x" * 27])
def test_what_is_too_short_does_not_open(vault: Vault, sealed: bytes) -> None:
    with pytest.raises(Sealed):
        vault.open(OLD, sealed, "account|1")


def test_why_something_does_not_open_names_its_table_only(vault: Vault) -> None:
    with pytest.raises(Sealed, match=r"^account$"):
        vault.open(OLD, b"x" * 40, "account|7|930427400001")


# Keys.


def test_a_key_wrapped_before_a_rotation_opens_after_it(vault: Vault) -> None:
    key, wrapped = vault.new_key()

    assert Vault((NEW, OLD), INDEX, Dice(2)).unwrap(wrapped) == key


def test_after_a_rotation_new_keys_need_the_first_data_key_only() -> None:
    key, wrapped = Vault((NEW, OLD), INDEX, Dice(2)).new_key()

    assert Vault((NEW,), INDEX, Dice(3)).unwrap(wrapped) == key


def test_a_key_whose_data_key_is_gone_does_not_open(vault: Vault) -> None:
    _, wrapped = vault.new_key()

    with pytest.raises(Sealed):
        Vault((NEW,), INDEX, Dice(2)).unwrap(wrapped)


def test_an_erased_key_does_not_open(vault: Vault) -> None:
    with pytest.raises(Sealed):
        vault.unwrap(None)


# Indexes.


def test_an_index_is_the_same_every_time_and_under_every_data_key(vault: Vault) -> None:
    assert vault.index("iin", "930427400001") == Vault((NEW,), INDEX, Dice(9)).index("iin", "930427400001")


def test_equal_values_of_two_kinds_have_two_indexes(vault: Vault) -> None:
    assert vault.index("iin", "930427400001") != vault.index("document", "930427400001")


def test_an_index_depends_on_its_key(vault: Vault) -> None:
    assert vault.index("iin", "930427400001") != Vault((OLD,), b"j" * 32, Dice(1)).index("iin", "930427400001")


def test_what_belongs_to_nobody_has_keys_of_its_own_by_name(vault: Vault) -> None:
    assert len({vault.own("registry"), vault.own("other"), INDEX, OLD}) == 4
