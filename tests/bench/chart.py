"""Draws the figures of bench.py as an SVG, readable on light and dark pages.

Usage: chart.py RESULTS.json >CHART.svg
"""

import json
import pathlib
import sys
from xml.sax.saxutils import escape

# One row of the chart each.
WORKS = ['small', 'large', 'far-small', 'far-large']
WAYS = ['up', 'down']

WIDTH = 860
MARGIN = 24
GAP = 36
PANEL = (WIDTH - 2 * MARGIN - GAP) / 2
NAMES = 118  # room for the names
FIGURES = 78  # room for the figure behind the longest bar
BAR = 12
STEP = 19
HEAD = 84
TITLE = 34

STYLE = '''
    .card { fill: #ffffff; stroke: #d5d0cc }
    text { font: 12px "Cantarell", "Inter", "Segoe UI", "Helvetica", sans-serif; fill: #3d3846 }
    .head { font-size: 17px; font-weight: bold; fill: #241f31 }
    .title { font-size: 13px; font-weight: bold; fill: #241f31 }
    .note { fill: #5e5c64 }
    .ours { font-weight: bold; fill: #1a5fb4 }
    .bar { fill: #c0bfbc }
    .bar-ours { fill: #3584e4 }
    @media (prefers-color-scheme: dark) {
      .card { fill: #242428; stroke: #46464b }
      text { fill: #deddda }
      .head, .title { fill: #ffffff }
      .note { fill: #b5b3b0 }
      .ours { fill: #99c1f1 }
      .bar { fill: #6b6a70 }
    }
'''


def text(x, y, words, kind='', anchor='start'):
    return f'  <text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def seconds(row):
    value = row['seconds_for_all']
    number = f'{value:.0f}' if value >= 20 else f'{value:.1f}' if value >= 5 else f'{value:.2f}'
    return f'{"" if row["share"] == 1 else "≈ "}{number} s'


def panel(rows, left, top):
    yield text(left, top + 14, f'{rows[0]["title"]}, {rows[0]["direction"]}', 'title')
    longest = max(row['seconds_for_all'] for row in rows)
    room = PANEL - NAMES - FIGURES
    for number, row in enumerate(sorted(rows, key=lambda row: row['seconds_for_all'])):
        y = top + TITLE + number * STEP
        ours = '-ours' if row['contender'] == 'wherry-cp' else ''
        width = max(row['seconds_for_all'] / longest * room, 1.5)
        yield text(left + NAMES - 8, y + 10, row['contender'], 'ours' if ours else '', 'end')
        yield f'  <rect x="{left + NAMES:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BAR}" rx="2" class="bar{ours}"/>'
        yield text(left + NAMES + width + 6, y + 10, seconds(row), 'ours' if ours else 'note')


def draw(results):
    machine = results['machine']
    panels = [[[row for row in results['rows'] if row['work'] == work and row['direction'] == way] for way in WAYS] for work in WORKS]
    panels = [pair for pair in panels if all(pair)]
    lines = []
    top = HEAD
    for pair in panels:
        for number, rows in enumerate(pair):
            lines += panel(rows, MARGIN + number * (PANEL + GAP), top)
        top += TITLE + max(map(len, pair)) * STEP + 22
    facts = f'{machine["cpu"]}, {machine["cores"]} cores, {machine["system"]}, {machine["versions"]["ssh"].split(",")[0]}, {machine["when"][:10]}'
    notes = ['Both ends on one machine and in memory; “50 ms away” is through a relay that adds 25 ms each way. ≈: from a part of it.', facts]
    for note in notes:
        lines.append(text(MARGIN, top + 4, note, 'note'))
        top += 18
    height = top + 8
    head = [
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}">',
        '  <title>Seconds that Wherry and others take to copy the same files</title>',
        f'  <style>{STYLE}  </style>',
        f'  <rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1:.0f}" rx="12" class="card"/>',
        text(MARGIN, 36, 'Seconds to copy the same files', 'head'),
        text(MARGIN, 58, 'Shorter is better; each picture has a scale of its own. Medians of interleaved rounds.', 'note'),
    ]
    return '\n'.join([*head, *lines, '</svg>', ''])


if __name__ == '__main__':
    sys.stdout.write(draw(json.loads(pathlib.Path(sys.argv[1]).read_text(encoding='utf-8'))))
