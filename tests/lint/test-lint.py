"""Plants each breach in a small tree and expects lint.py to find it, and nothing else."""

import json
import pathlib
import subprocess
import sys
import tempfile

LINT = pathlib.Path(__file__).with_name('lint.py')
TIDY = '#include "config.h"\n\nint\nf (void)\n{\n  return 0;\n}\n'
MANIFEST = {
    'id': 'org.example.App', 'runtime': 'r', 'runtime-version': '1', 'sdk': 's', 'command': 'app',
    'finish-args': ['--share=network'],
    'modules': [{'name': 'm', 'sources': [{'type': 'git', 'commit': 'a' * 40}]}],
}
MARK = 'TO' 'DO'


def manifest(**changes):
    return json.dumps({**MANIFEST, **changes})


# check, file, content: each a breach.
PLANTED = [
    ('includes', 'src/base/a.c', '#include "scp/wherry-scp.h"\n'),
    ('includes', 'src/scp/a.c', '#include "local/wherry-walker.h"\n'),
    ('includes', 'src/local/a.h', '#  include "ssh/wherry-session.h"\n'),
    ('includes', 'src/ssh/a.c', '#include "sites/wherry-known-hosts.h"\n'),
    ('includes', 'src/sites/a.c', '#include "remote/a.h"\n'),
    ('includes', 'src/remote/a.c', '#include "transfer/wherry-queue.h"\n'),
    ('includes', 'src/transfer/a.c', '#include "ui/wherry-window.h"\n'),
    ('includes', 'src/cli/a.c', '#include "ui/wherry-window.h"\n'),
    ('includes', 'src/ui/a.c', '#include "cli/a.h"\n'),
    ('includes', 'src/main.c', '#include "cli/a.h"\n'),
    ('includes', 'src/scp/a.c', '#include "wherry-scp.h"\n'),
    ('includes', 'src/scp/a.c', '#include "../scp/wherry-scp.h"\n'),
    ('includes', 'src/transfer/a.c', '#include <libssh/libssh.h>\n'),
    ('includes', 'src/ui/a.c', '#include <libssh/libssh.h>\n'),
    ('includes', 'src/transfer/a.c', '#include <gtk/gtk.h>\n'),
    ('includes', 'src/cli/a.c', '#include <adwaita.h>\n'),
    ('includes', 'src/base/a.h', '#include "config.h"\n'),
    ('includes', 'src/attic/a.c', TIDY),
    ('includes', 'tests/scp/a.c', '#include <gtk/gtk.h>\n'),
    ('length', 'src/scp/a.c', '\n' * 801),
    ('length', 'tests/scp/a.py', '\n' * 801),
    ('marks', 'src/scp/a.c', f'/* {MARK}: all of it */\n'),
    ('marks', 'dev', f'# {MARK}\n'),
    ('format', 'src/scp/a.c', 'int f (void) { return 0; }\n'),
    ('potfiles', 'src/scp/a.c', 'f (_("Hello"));\n'),
    ('potfiles', 'src/ui/a.ui', '<property name="title" translatable="yes">Hello</property>\n'),
    ('potfiles', 'data/a.desktop.in', 'Name=Wherry\n'),
    ('potfiles', 'po/POTFILES', 'src/nowhere.c\n'),
    ('flatpak', 'flatpak/org.example.App.json', '{,}'),
    ('flatpak', 'flatpak/org.example.Other.json', manifest()),
    ('flatpak', 'flatpak/org.example.App.json', manifest(command='')),
    ('flatpak', 'flatpak/org.example.App.json', manifest(**{'finish-args': ['--filesystem=home']})),
    ('flatpak', 'flatpak/org.example.App.json', manifest(modules=[{'name': 'm', 'sources': [{'type': 'git', 'tag': '1'}]}])),
    ('flatpak', 'flatpak/org.example.App.json', manifest(modules=[{'name': 'm', 'sources': [{'type': 'archive'}]}])),
]

# What must be let through.
TIDY_TREE = {
    'src/base/a.c': TIDY,
    'src/ssh/a.c': '#include "config.h"\n\n#include "base/a.h"\n#include "ssh/a.h"\n\n#include <libssh/libssh.h>\n',
    'src/transfer/a.h': '#pragma once\n\n#include "ssh/wherry-session.h"\n#include "scp/wherry-scp.h"\n',
    'src/cli/a.c': '#include "transfer/a.h"\n',
    'src/ui/a.c': '#include "transfer/a.h"\n\n#include <gtk/gtk.h>\n',
    'src/ui/b.c': 'int a;\n\nf (_("Hello"));\n',
    'src/main.c': '#include "ui/a.h"\n\n#include <gtk/gtk.h>\n',
    'tests/scp/a.c': '#include "scp/a.h"\n',
    'po/POTFILES': '# the window\nsrc/ui/b.c\n',
    'flatpak/org.example.App.json': manifest(),
}


def run(check, tree):
    with tempfile.TemporaryDirectory(prefix='wherry-lint-') as folder:
        top = pathlib.Path(folder)
        style = LINT.parents[2] / '.clang-format'
        for name, content in {'.clang-format': style.read_text(), **tree}.items():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_text(content)
        return subprocess.run([sys.executable, LINT, check, top], capture_output=True, text=True)


def main():
    failed = 0
    for number, (check, name, content) in enumerate(PLANTED, 1):
        # On the tidy tree but for the one file, so that it is that file that is found.
        tree = {**TIDY_TREE, name: content}
        if check == 'format':
            tree = {name: content}
        result = run(check, tree)
        found = result.returncode == 1 and name in result.stdout or (name.startswith('flatpak') and result.returncode == 1)
        if result.returncode == 77:
            print(f'ok {number} - {check}: {name} # SKIP {result.stdout.strip()}')
            continue
        print(f'{"ok" if found else "not ok"} {number} - {check} finds what is wrong with {name}')
        if not found:
            print(f'# {content[:80]!r}: status {result.returncode}: {result.stdout} {result.stderr}')
            failed += 1
    number = len(PLANTED)
    for check in ['includes', 'length', 'marks', 'potfiles', 'flatpak']:
        number += 1
        result = run(check, TIDY_TREE)
        print(f'{"ok" if result.returncode == 0 else "not ok"} {number} - {check} lets a tidy tree through')
        if result.returncode != 0:
            print(f'# status {result.returncode}: {result.stdout} {result.stderr}')
            failed += 1
    print(f'1..{number}')
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
