"""Every translation is sound and complete.

Usage: test-translations.py PO_FOLDER
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))

import tap  # noqa: E402

PO = pathlib.Path(sys.argv[1])
LANGUAGES = (PO / 'LINGUAS').read_text(encoding='utf-8').split()


def test_every_file_is_listed():
    assert sorted(path.stem for path in PO.glob('*.po')) == sorted(LANGUAGES)


def checks(language):
    def check():
        if not shutil.which('msgfmt'):
            raise tap.Skip('there is no msgfmt')
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(['msgfmt', '--check', '--check-accelerators=_', '--statistics', '-o', folder + '/mo',
                                   PO / f'{language}.po'], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert not re.search('fuzzy|untranslated', done.stderr), done.stderr
    return check


tests = {f'test_{language}': checks(language) for language in LANGUAGES}
tap.run({'test_every_file_is_listed': test_every_file_is_listed, **tests})
