"""Message catalogues are compiled, refreshed and checked."""

from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.support import Translations

from geoapp.core.catalogues import CatalogueError, compile_catalogues, refresh_catalogue
from geoapp.core.settings import CHECKOUT

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en" / "LC_MESSAGES").mkdir(parents=True)
    return tmp_path


def write(folder: Path, text: str) -> Path:
    path = folder / "en" / "LC_MESSAGES" / "messages.po"
    path.write_text(HEAD + text, "utf-8")
    return path


def test_a_compiled_catalogue_translates(folder: Path):
    write(folder, 'msgid "房屋"\nmsgstr "House"\n')
    assert list(compile_catalogues(folder).values()) == [1]
    assert Translations.load(str(folder), ["en"]).gettext("房屋") == "House"


def test_an_unchanged_catalogue_is_not_compiled_again(folder: Path):
    write(folder, 'msgid "房屋"\nmsgstr "House"\n')
    compile_catalogues(folder)
    assert compile_catalogues(folder) == {}


@pytest.mark.parametrize("english", ["%(m)s rows", "%(n)d rows %(m)s", "%s rows"])
def test_other_facts_in_the_translation_are_refused(folder: Path, english: str):
    """Such a text would fail when it is shown."""
    write(folder, f'#, python-format\nmsgid "共 %(n)s 条"\nmsgstr "{english}"\n')
    with pytest.raises(CatalogueError, match="messages"):
        compile_catalogues(folder)


def test_an_empty_translation_falls_back_to_its_id(folder: Path):
    write(folder, '#, python-format\nmsgid "共 %(n)s 条"\nmsgstr ""\n')
    compile_catalogues(folder)
    assert Translations.load(str(folder), ["en"]).gettext("共 %(n)s 条") == "共 %(n)s 条"


def test_a_broken_catalogue_is_named(folder: Path):
    write(folder, "no catalogue at all\n")
    with pytest.raises(CatalogueError, match="messages"):
        compile_catalogues(folder)


def test_refreshing_collects_from_python_and_templates_and_keeps_translations(folder: Path):
    source = folder / "source"
    (source / "geoapp").mkdir(parents=True)
    (source / "templates").mkdir()
    (source / "geoapp" / "a.py").write_text('T = N_("房屋")\n', "utf-8")
    (source / "templates" / "a.html").write_text('{{ _("居民") }}', "utf-8")
    write(folder, 'msgid "房屋"\nmsgstr "House"\n\nmsgid "旧"\nmsgstr "Old"\n')
    assert refresh_catalogue("en", source, folder) == ["居民"]
    text = (folder / "en" / "LC_MESSAGES" / "messages.po").read_text("utf-8")
    assert 'msgstr "House"' in text
    assert "旧" not in text


def test_the_catalogues_of_this_checkout_compile(tmp_path: Path):
    for source in (CHECKOUT / "geoapp/core/translations").glob("*/LC_MESSAGES/*.po"):
        target = tmp_path / source.parts[-3] / "LC_MESSAGES" / source.name
        target.parent.mkdir(parents=True)
        target.write_bytes(source.read_bytes())
    compile_catalogues(tmp_path)
    [compiled] = tmp_path.rglob("*.mo")
    with compiled.open("rb") as file:
        assert GNUTranslations(file).gettext("房屋") == "Houses"
