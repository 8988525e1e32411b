"""Code lists an administrator may edit: a seed in the code, and what was changed of it, one truth for all who ask.

A `Dictionary` is a mapping of stored codes to words like any constant, so forms, filters, lists, exports and
rules read it as they did; it holds every code there ever was, for a stored one always has its words. What may
be chosen anew is `offered`. No database here: `geoapp.dictionaries.reads` brings the changes in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, Label, Words


@dataclass(frozen=True)
class Item:
    """One code as it was changed or added: its words in both languages, its place, whether it is retired."""

    code: str
    zh: str
    en: str
    position: int = 0
    retired: bool = False


class Dictionary(Mapping[str, str]):
    """Code to words, in order. `fixed` are codes the rules name: their words may change, they are never retired."""

    def __init__(self, key: str, title: str, seed: Mapping[str, str], fixed: Collection[str] = ()) -> None:
        self.key, self.title, self.seed, self.fixed = key, title, dict(seed), frozenset(fixed)
        self._words: dict[str, str] = dict(seed)
        self._retired: frozenset[str] = frozenset()
        assert key not in _lists, key
        _lists[key] = self

    def __getitem__(self, code: str) -> str:
        return self._words[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)

    def __or__(self, other: Mapping[str, str]) -> Mapping[str, str]:
        return Joined(self, other)

    def offered(self, *kept: str | None) -> list[str]:
        """Codes that may be chosen, in order; retired ones only if `kept`, because a record has them."""
        return [code for code in self._words if code not in self._retired or code in kept]

    def is_retired(self, code: str) -> bool:
        """Whether it may not be chosen anew."""
        return code in self._retired

    def change(self, items: Sequence[Item]) -> None:
        """Take the stored changes over the seed; codes of the seed that nobody changed stay as they are."""
        changed = {item.code: item for item in items}
        seeded = {code: place for place, code in enumerate(self.seed)}
        order = sorted({*seeded, *changed}, key=lambda code: _place(code, seeded, changed))
        self._words = {code: _words(code, self.seed, changed) for code in order}
        self._retired = frozenset(item.code for item in items if item.retired)


class Joined(Mapping[str, str]):
    """Two lists read as one, the later one's words where both have a code; follows both."""

    def __init__(self, first: Mapping[str, str], second: Mapping[str, str]) -> None:
        self.first, self.second = first, second

    def __getitem__(self, code: str) -> str:
        return self.second[code] if code in self.second else self.first[code]

    def __iter__(self) -> Iterator[str]:
        yield from self.first
        yield from (code for code in self.second if code not in self.first)

    def __len__(self) -> int:
        return len({*self.first, *self.second})


class Number:
    """A whole number an administrator may set, between `least` and `most`."""

    def __init__(self, key: str, title: str, default: int, least: int, most: int) -> None:
        self.key, self.title, self.default, self.least, self.most = key, title, default, least, most
        self.value = default
        assert key not in _numbers, key
        _numbers[key] = self


_lists: dict[str, Dictionary] = {}
_numbers: dict[str, Number] = {}


def all_dictionaries() -> dict[str, Dictionary]:
    """Key to list, as far as their packages are imported."""
    return _lists


def all_numbers() -> dict[str, Number]:
    """Key to number, as far as their packages are imported."""
    return _numbers


def offered(codes: Mapping[str, str], *kept: str | None) -> dict[str, str]:
    """What a form offers of any code list, with its words: all of a constant, of a dictionary what is not retired."""
    chosen = codes.offered(*kept) if isinstance(codes, Dictionary) else list(codes)
    return {code: codes[code] for code in chosen}


def check_chosen(codes: Dictionary, field: str, code: str | None, *kept: str | None) -> None:
    """Raises InvalidInput for a code that is none, or that is retired and not `kept` from before."""
    if code is None or code not in codes:
        raise InvalidInput(N_("请选择列表中的一项。"), field=field)
    if code not in codes.offered(*kept):
        raise InvalidInput(N_("“%(word)s”已停用，请另选一项。"), field=field, word=Label(codes[code]))


def known(codes: Mapping[str, str], *before: str) -> Callable[[], list[str]]:
    """For a select field that corrects what is stored, where a retired code may stay: `check_chosen` decides."""
    return lambda: [*before, *codes]


def choices(codes: Mapping[str, str], *before: str, without: Collection[str] = ()) -> Callable[[], list[str]]:
    """For a select field: asked each time a form is made, so that it follows the list."""
    return lambda: [*before, *(code for code in offered(codes) if code not in without)]


def _words(code: str, seed: Mapping[str, str], changed: Mapping[str, Item]) -> str:
    return Words(changed[code].zh, changed[code].en) if code in changed else seed[code]


def _place(code: str, seeded: Mapping[str, int], changed: Mapping[str, Item]) -> tuple[int, int, str]:
    """A changed code where it was put; others where the seed has them."""
    if code in changed:
        return changed[code].position, 0, code
    return seeded[code], 1, code
