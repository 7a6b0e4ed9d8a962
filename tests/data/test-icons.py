"""The icons are what the desktop's icon themes ask of them.

Usage: test-icons.py ICONS_FOLDER
"""

import pathlib
import re
import sys
import xml.etree.ElementTree as xml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))

import tap  # noqa: E402

ICONS = pathlib.Path(sys.argv[1])
SVG = '{http://www.w3.org/2000/svg}'
APPLICATION = sorted((ICONS / 'hicolor/scalable/apps').glob('*.svg'))
SYMBOLIC = sorted(ICONS.rglob('*-symbolic.svg'))
# What GTK puts the colour of the text in place of.
SYMBOLIC_COLOURS = {'#2e3436', '#bebebe', 'none'}


def elements(path):
    return list(xml.parse(path).getroot().iter())


def assert_size(path, size):
    root = xml.parse(path).getroot()
    assert root.tag == f'{SVG}svg', root.tag
    assert (root.get('width'), root.get('height'), root.get('viewBox')) == (str(size), str(size), f'0 0 {size} {size}'), (path.name, root.attrib)


def test_all_are_there():
    assert [path.name for path in APPLICATION] == ['app.wherry.Wherry.Devel.svg', 'app.wherry.Wherry.svg']
    assert (ICONS / 'hicolor/symbolic/apps/app.wherry.Wherry-symbolic.svg') in SYMBOLIC
    assert {*APPLICATION, *SYMBOLIC} == set(ICONS.rglob('*.svg')), 'an icon of neither kind'


def test_application_icons_are_on_the_grid():
    for path in APPLICATION:
        assert_size(path, 128)
    assert len({path.read_bytes() for path in APPLICATION}) == 2, 'the development build looks like the released one'


def test_symbolic_icons_have_the_colour_of_text():
    for path in SYMBOLIC:
        assert_size(path, 16)
        for element in elements(path):
            assert element.get('fill', 'none') in SYMBOLIC_COLOURS and element.get('stroke', 'none') in SYMBOLIC_COLOURS, (path.name, element.attrib)


def test_nothing_is_fetched_run_or_written():
    """Plain shapes: no scripts, no pictures in pictures, no text in a font that may be missing, nothing from elsewhere."""
    for path in [*APPLICATION, *SYMBOLIC]:
        for element in elements(path):
            assert element.tag.removeprefix(SVG) not in {'script', 'image', 'text', 'foreignObject', 'style'}, (path.name, element.tag)
            for name, value in element.attrib.items():
                assert not name.startswith('on') and not re.search(r'https?:|file:|data:', value), (path.name, name, value)
                for reference in re.findall(r'url\(#([^)]*)\)', value):
                    assert any(other.get('id') == reference for other in elements(path)), (path.name, reference)


tap.run({name: value for name, value in globals().items() if name.startswith('test_')})
