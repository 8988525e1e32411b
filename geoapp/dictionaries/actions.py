"""Editing a code list or a number: add, rename, move, retire, offer again, delete. Callers own the transaction."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.errors import NotFound
from geoapp.core.i18n import translate
from geoapp.dictionaries import rules
from geoapp.dictionaries.lists import Dictionary, Number, all_dictionaries, all_numbers
from geoapp.dictionaries.reads import counter, item, number, refresh
from grids_boundaries.access import Access


def find_dictionary(key: str) -> Dictionary:
    """A list by its key. Raises NotFound."""
    if key not in all_dictionaries():
        raise NotFound()
    return all_dictionaries()[key]


def find_number(key: str) -> Number:
    """A number by its key. Raises NotFound."""
    if key not in all_numbers():
        raise NotFound()
    return all_numbers()[key]


def add_code(connection: Connection, access: Access, key: str, code: str, zh: str, en: str) -> None:
    """One more code, at the end. Raises NotFound, InvalidInput, Conflict."""
    found = _held(connection, key)
    code = rules.normal_code(code)
    rules.check_new(found, code)
    _write(connection, found, code, zh, en, position=len(found))
    _note(connection, access, key, "add", code)


def rename_code(connection: Connection, access: Access, key: str, code: str, zh: str, en: str) -> None:
    """Other words for a code; what is stored stays. Raises NotFound, InvalidInput."""
    found = _held(connection, key, code)
    _write(connection, found, code, zh, en)
    _note(connection, access, key, "rename", code)


def retire_code(connection: Connection, access: Access, key: str, code: str, *, retired: bool) -> None:
    """Not to be chosen any more, or again. Raises NotFound, Conflict."""
    found = _held(connection, key, code)
    if retired:
        rules.check_retire(found, code)
    _write(connection, found, code, *_words(found, code), retired=retired)
    _note(connection, access, key, "retire" if retired else "offer", code)


def delete_code(connection: Connection, access: Access, key: str, code: str) -> None:
    """An added code nobody has used goes. Raises NotFound, Conflict."""
    found = _held(connection, key, code)
    # a list the function does not know counts as used: nothing is deleted by mistake
    used = connection.scalar(select(func.dictionary_code_used(key, code))) is not False
    rules.check_delete(found, code, used)
    connection.execute(delete(item).where(item.c.dictionary == key, item.c.code == code))
    _note(connection, access, key, "delete", code)


def set_number(connection: Connection, access: Access, key: str, value: int) -> None:
    """Another value. Raises NotFound, InvalidInput."""
    found = find_number(key)
    kept = {"value": rules.check_number(found, value)}
    saved = insert(number).values(key=key, **kept)
    connection.execute(saved.on_conflict_do_update(index_elements=["key"], set_=kept))
    _note(connection, access, key, "set", "number")


# -- parts ---------------------------------------------------------------------------------


def _held(connection: Connection, key: str, code: str | None = None) -> Dictionary:
    """The list as it is stored now, held until the transaction ends. Raises NotFound."""
    found = find_dictionary(key)
    connection.execute(select(counter.c.version).with_for_update())
    refresh(connection)
    if code is not None and code not in found:
        raise NotFound()
    return found


def _words(found: Dictionary, code: str) -> tuple[str, str]:
    return translate(found[code], "zh"), translate(found[code], "en")


def _write(
    connection: Connection, found: Dictionary, code: str, zh: str, en: str, *,
    position: int | None = None, retired: bool | None = None,
) -> None:  # fmt: skip
    values = {
        "zh": rules.normal_words(zh, "zh"), "en": rules.normal_words(en, "en"),
        "position": list(found).index(code) if position is None else position,
        "retired": found.is_retired(code) if retired is None else retired,
    }  # fmt: skip
    saved = insert(item).values(dictionary=found.key, code=code, **values)
    connection.execute(saved.on_conflict_do_update(index_elements=["dictionary", "code"], set_=values))


def _note(connection: Connection, access: Access, key: str, step: str, code: str) -> None:
    connection.execute(update(counter).values(version=counter.c.version + 1))
    record(connection, access, Action.SETTING_CHANGE, reason=f"dictionary.{key}", facts={"step": step, "code": code})
