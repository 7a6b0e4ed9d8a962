"""The benchmark itself, on a few small files: all is measured and kept, and the chart is one.

Usage: test-bench.py BUILD_FOLDER
"""

import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.path.append(str(pathlib.Path(__file__).parents[1] / 'support'))
import bench
import chart
import tap  # pylint: disable=wrong-import-position # found by the line above

TOOLS = pathlib.Path(sys.argv[1]).resolve() / 'tests'
NAMES = ['wherry-cp', 'scp -O', 'tar | ssh tar']


def test_works():
    files, part = bench.Files(2, 3, 5000), bench.Files(1, 3, 5000)
    results = bench.run(TOOLS, {
        'small': bench.Work('6 files', 'near', files, 2, NAMES),
        'far-small': bench.Work('6 files, far', 'far', files, 1, NAMES, part=part, part_names=['scp -O']),
        'between': bench.Work('6 files from server to server', 'near', files, 1, NAMES[:2], ['between']),
    })
    rows = {(row['work'], row['contender'], row['direction']): row for row in results['rows']}
    assert len(rows) == len(NAMES) * 4 + 2, rows.keys()
    for row in rows.values():
        assert row['seconds'] > 0 and row['cpu_seconds'] > 0 and row['server_cpu_seconds'] > 0, row
        assert row['peak_mib'] > 0 and row['server_peak_mib'] > 0 and row['connections'] >= 1, row
    ours, half = rows['far-small', 'wherry-cp', 'up'], rows['far-small', 'scp -O', 'up']
    # Connecting alone takes several round trips.
    assert ours['seconds'] > 4 * 2 * bench.DELAY / 1000, ours
    assert (ours['share'], ours['times_ours'], ours['files']) == (1, 1, 6), ours
    assert (half['share'], half['files']) == (0.5, 3), half
    assert half['seconds_for_all'] == 2 * half['seconds'], half
    assert rows['small', 'scp -O', 'up']['rounds'] == 2, rows
    assert 'wherry-cp' in results['machine']['ciphers'], results['machine']

    drawing = chart.draw(results)
    words = [text.text for text in xml.etree.ElementTree.fromstring(drawing).iter('{http://www.w3.org/2000/svg}text')]
    assert '6 files, far, down' in words and words.count('wherry-cp') == 4, words
    assert sum(word.startswith('≈') for word in words) == 2, words


def test_failure():
    """A copy that fails is no figure."""
    with tempfile.TemporaryDirectory() as folder:
        figures = pathlib.Path(folder, 'figures')
        measure = [TOOLS / 'bench' / 'measure', figures]
        assert subprocess.run([*measure, 'sh', '-c', 'exit 3'], check=False).returncode == 3
        assert subprocess.run([*measure, 'sh', '-c', 'kill -9 $$'], check=False).returncode == 128 + 9
            # What is left behind is waited for, and counted.
        subprocess.run([*measure, 'sh', '-c', '(i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done) &'], check=True)
        seconds, cpu_seconds, peak = map(float, figures.read_text(encoding='ascii').split())
        assert seconds > 0 and cpu_seconds > 0.05 and peak > 100, (seconds, cpu_seconds, peak)


tap.run(globals())
