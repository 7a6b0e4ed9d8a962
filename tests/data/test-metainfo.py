"""What software centres want to know of an application and appstreamcli passes in silence when it is missing.

Usage: test-metainfo.py METAINFO_FILE MESON_VERSION SHOTS_SCRIPT
"""

import pathlib
import re
import sys
import xml.etree.ElementTree as xml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))

import tap  # noqa: E402

ROOT = xml.parse(sys.argv[1]).getroot()
VERSION = sys.argv[2]
SHOTS = pathlib.Path(sys.argv[3]).read_text(encoding='utf-8')


def texts(path):
    lang = '{http://www.w3.org/XML/1998/namespace}lang'
    return [''.join(element.itertext()).strip() for element in ROOT.findall(path) if lang not in element.attrib]


def test_newest_release_is_this_version():
    newest = ROOT.find('releases/release')
    assert newest.get('version') == VERSION, newest.attrib
    assert re.fullmatch(r'\d{4}-\d\d-\d\d', newest.get('date'))
    dates = [release.get('date') for release in ROOT.findall('releases/release')]
    assert dates == sorted(dates, reverse=True)
    assert all(release.find('description') is not None for release in ROOT.findall('releases/release'))


def test_who_made_it_and_where_it_lives():
    assert texts('developer/name') == texts('developer_name') != []
    assert ROOT.find('developer').get('id')
    assert any(url.get('type') == 'homepage' and url.text.startswith('https://') for url in ROOT.findall('url'))


def test_screenshots():
    """One is the default; each has a caption, and is a picture that ./dev shots makes."""
    shots = ROOT.findall('screenshots/screenshot')
    assert len(shots) >= 3
    assert [shot.get('type') for shot in shots].count('default') == 1
    for shot in shots:
        caption, image = shot.findtext('caption'), shot.findtext('image')
        assert caption and len(caption) <= 100 and not caption.endswith('.'), caption
        assert image.startswith('https://'), image
        name = pathlib.PurePosixPath(image).stem
        assert f"'{name}'" in SHOTS, f'./dev shots makes no picture named {name}'


def test_content_rating_and_hardware():
    assert ROOT.find('content_rating').get('type') == 'oars-1.1'
    assert ROOT.find('requires/display_length') is not None
    assert {'keyboard', 'pointing', 'touch'} <= set(texts('supports/control'))


def test_colours():
    schemes = {color.get('scheme_preference') for color in ROOT.findall('branding/color')}
    assert schemes == {'light', 'dark'}
    assert all(re.fullmatch('#[0-9a-f]{6}', color.text) for color in ROOT.findall('branding/color'))


def test_texts_are_of_a_fit_length():
    summary = ROOT.findtext('summary')
    assert 10 <= len(summary) <= 60 and not summary.endswith('.')
    assert any(len(text) > 80 for text in texts('description/p'))


tap.run({name: value for name, value in globals().items() if name.startswith('test_')})
