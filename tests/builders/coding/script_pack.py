"""Commands by which agents edit files with scripts: a pack of sixty, of three kinds, as they are written.

Each is run for real in a folder of its own, so that what it makes of the files is known and not claimed.
"""

from __future__ import annotations

from typing import NamedTuple

LEDGER = '''"""Accounts and what moves between them."""
import logging
from decimal import Decimal

log = logging.getLogger(__name__)
LIMIT = 100


class Account:
    """One account."""

    def __init__(self, name, balance=0):
        self.name = name
        self.balance = balance

    def withdraw(self, amount):
        if amount > self.balance:
            return False
        self.balance -= amount
        return True

    def deposit(self, amount):
        self.balance += amount
        return True


def transfer(source, target, amount):
    if amount > LIMIT:
        log.warning("large transfer")
    if source.withdraw(amount):
        target.deposit(amount)
    return source.balance


def total(accounts):
    result = 0
    for account in accounts:
        result += account.balance
    return result
'''
CONFIG = """[server]
host = localhost
port = 80

[paths]
root = /srv
cache = /tmp/cache
"""
FILES = {"bank/ledger.py": LEDGER, "settings.ini": CONFIG}


class Command(NamedTuple):
    """What an agent runs: one bash command; `readable` where a bounded reading is asked to follow it."""

    name: str
    bash: str
    readable: bool = True


def inline(code: str, how: str = "python - <<'EOF'") -> str:
    """A script on standard input."""
    return f"{how}\n{code.strip()}\nEOF"


def kept(code: str, name: str = "fix.py") -> str:
    """A script that is written first, then run."""
    return f"cat > {name} <<'EOF'\n{code.strip()}\nEOF\npython {name}"


LINE_LISTS = [
    Command(
        "filter-append",
        kept("""
with open('bank/ledger.py') as f:
    lines = f.readlines()
out = []
for line in lines:
    if 'amount > self.balance' in line:
        out.append('        if amount <= 0 or amount > self.balance:\\n')
    else:
        out.append(line)
with open('bank/ledger.py', 'w') as f:
    f.writelines(out)
"""),
    ),
    Command(
        "slice-assign",
        inline("""
lines = open('bank/ledger.py').readlines()
lines[16:18] = ['        if amount > self.balance:\\n', '            raise ValueError(amount)\\n']
open('bank/ledger.py', 'w').writelines(lines)
"""),
    ),
    Command(
        "insert-at-found",
        inline("""
path = "bank/ledger.py"
with open(path, "r", encoding="utf-8") as handle:
    lines = handle.readlines()
for i, line in enumerate(lines):
    if line.startswith("def transfer("):
        lines.insert(i + 1, "    if source is target:\\n        return source.balance\\n")
        break
with open(path, "w", encoding="utf-8") as handle:
    handle.writelines(lines)
print("done")
"""),
    ),
    Command(
        "skip-flag",
        kept("""
lines = open('bank/ledger.py').read().split('\\n')
new_lines = []
skip = False
for line in lines:
    if line.strip() == 'if amount > LIMIT:':
        skip = True
        new_lines.append('    check(amount)')
        continue
    if skip:
        skip = False
        continue
    new_lines.append(line)
with open('bank/ledger.py', 'w') as f:
    f.write('\\n'.join(new_lines))
"""),
    ),
    Command(
        "while-index",
        inline("""
with open('bank/ledger.py') as f:
    lines = f.read().splitlines()
i = 0
result = []
while i < len(lines):
    if lines[i].strip().startswith('result = 0'):
        result.append(lines[i].replace('0', 'Decimal(0)'))
        i += 1
        continue
    result.append(lines[i])
    i += 1
open('bank/ledger.py', 'w').write('\\n'.join(result) + '\\n')
"""),
    ),
    Command(
        "del-range",
        inline("""
lines = list(open('bank/ledger.py'))
start = next(i for i, l in enumerate(lines) if 'def deposit' in l)
del lines[start:start + 4]
with open('bank/ledger.py', 'w') as f:
    f.writelines(lines)
"""),
    ),
    Command(
        "pop",
        inline(
            """
f = open('settings.ini')
lines = f.readlines()
f.close()
removed = lines.pop(2)
lines.insert(2, removed.replace('80', '8080'))
f = open('settings.ini', 'w')
f.writelines(lines)
f.close()
""",
            "python3 - <<'EOF'",
        ),
    ),
    Command(
        "comprehension",
        inline("""
from pathlib import Path
p = Path('bank/ledger.py')
lines = [l for l in p.read_text().splitlines(keepends=True) if 'logging' not in l and not l.startswith('log =')]
p.write_text(''.join(lines))
"""),
    ),
    Command(
        "conditional-map",
        inline("""
lines = open('bank/ledger.py').readlines()
lines = [l.replace('balance', 'funds') if 'self.' in l else l for l in lines]
open('bank/ledger.py', 'w').writelines(lines)
"""),
    ),
    Command(
        "indent-block",
        inline("""
with open('bank/ledger.py') as f:
    content = f.readlines()
inside = False
for n, line in enumerate(content):
    if line.startswith('def total'):
        inside = True
        content[n] = line + '    with lock:\\n'
    elif inside and line.strip():
        content[n] = '    ' + line
with open('bank/ledger.py', 'w') as f:
    f.writelines(content)
"""),
    ),
    Command(
        "index-of",
        inline("""
lines = open('bank/ledger.py').read().split("\\n")
idx = lines.index('LIMIT = 100')
lines[idx] = 'LIMIT = Decimal(100)'
lines.insert(idx + 1, 'FLOOR = Decimal(0)')
open('bank/ledger.py', 'w').write("\\n".join(lines))
"""),
    ),
    Command(
        "sections",
        kept("""
import sys
target = None
lines = open('settings.ini').readlines()
section = ''
for i, line in enumerate(lines):
    s = line.strip()
    if s.startswith('[') and s.endswith(']'):
        section = s[1:-1]
    elif section == 'paths' and '=' in s:
        key, value = [part.strip() for part in s.split('=', 1)]
        if key == 'cache':
            target = i
if target is None:
    print('cache not found')
    sys.exit(1)
lines[target] = 'cache = /var/cache\\n'
with open('settings.ini', 'w') as f:
    f.writelines(lines)
print(f"changed line {target + 1}")
"""),
    ),
    Command(
        "reversed-insert",
        inline("""
lines = open('bank/ledger.py').readlines()
for i in reversed(range(len(lines))):
    if lines[i].startswith('    def ') and '__init__' not in lines[i]:
        lines.insert(i, '    # public\\n')
with open('bank/ledger.py', 'w') as out:
    out.writelines(lines)
"""),
    ),
    Command(
        "python-c",
        "python -c \"\nlines = open('settings.ini').readlines()\nlines[1] = 'host = 0.0.0.0\\n'\n"
        "open('settings.ini', 'w').writelines(lines)\n\"",
    ),
    Command(
        "write-loop",
        inline('''
lines = open('bank/ledger.py').readlines()
with open('bank/ledger.py', 'w') as f:
    for i, line in enumerate(lines, start=1):
        if i == 27:
            f.write('    """Moves an amount from one account to another."""\\n')
        f.write(line)
'''),
    ),
    Command(
        "tuple-edits",
        inline("""
edits = [(6, 'LIMIT = 250\\n'), (4, '\\n')]
with open('bank/ledger.py') as f:
    lines = f.readlines()
for number, text in edits:
    lines[number - 1] = text
with open('bank/ledger.py', 'w') as f:
    f.write(''.join(lines))
"""),
    ),
    Command(
        "dict-by-number",
        inline("""
with open("bank/ledger.py") as f:
    lines = f.readlines()
new = {18: "            raise ValueError('short')\\n"}
for n in sorted(new, reverse=True):
    lines[n - 1] = new[n]
with open("bank/ledger.py", "w") as f:
    f.writelines(lines)
"""),
    ),
    Command(
        "extend-end",
        inline("""
lines = open('bank/ledger.py').readlines()
lines += ['\\n', '\\n', 'def empty(accounts):\\n', '    return not accounts\\n']
open('bank/ledger.py', 'w').writelines(lines)
"""),
    ),
    Command(
        "two-files",
        inline("""
for name, old, new in (('bank/ledger.py', 'LIMIT', 'CEILING'), ('settings.ini', 'port', 'listen')):
    with open(name) as f:
        lines = f.readlines()
    with open(name, 'w') as f:
        f.writelines(l.replace(old, new) for l in lines)
"""),
    ),
    Command(
        "print-into",
        inline("""
rows = open('settings.ini').read().splitlines()
with open('settings.ini', 'w') as f:
    for row in rows:
        print(row.upper() if row.startswith('[') else row, file=f)
"""),
    ),
    Command(
        "nothing-found",
        inline("""
lines = open('bank/ledger.py').readlines()
found = False
for i, l in enumerate(lines):
    if 'def nowhere' in l:
        lines[i] = 'x\\n'
        found = True
if found:
    open('bank/ledger.py', 'w').writelines(lines)
else:
    lines[5] = 'LIMIT = 7\\n'
    open('bank/ledger.py', 'w').writelines(lines)
"""),
    ),
    Command(
        "random",
        inline("""
import random
lines = open('bank/ledger.py').readlines()
random.Random(3).shuffle(lines)
open('bank/ledger.py', 'w').writelines(lines)
"""),
        readable=False,
    ),
    Command(
        "from-a-tool",
        inline("""
import subprocess
lines = open('bank/ledger.py').readlines()
at = int(subprocess.check_output(['grep', '-n', 'def total', 'bank/ledger.py'], text=True).split(':')[0])
lines.insert(at, '    # sums up\\n')
open('bank/ledger.py', 'w').writelines(lines)
"""),
        readable=False,
    ),
    Command(
        "fileinput",
        inline("""
import fileinput
for line in fileinput.input('bank/ledger.py', inplace=True):
    print(line.replace('100', '200'), end='')
"""),
        readable=False,
    ),
]

HELPERS = [
    Command(
        "replace-once",
        inline("""
from pathlib import Path

def replace_once(path, old, new):
    text = Path(path).read_text()
    count = text.count(old)
    if count != 1:
        raise SystemExit(f"expected one match in {path}, got {count}")
    Path(path).write_text(text.replace(old, new))

replace_once('bank/ledger.py', 'if amount > LIMIT:', 'if amount >= LIMIT:')
replace_once('bank/ledger.py', '    result = 0\\n', '    result = Decimal(0)\\n')
"""),
    ),
    Command(
        "read-write",
        inline("""
def read(p):
    with open(p) as f:
        return f.read()

def write(p, s):
    with open(p, 'w') as f:
        f.write(s)

s = read('bank/ledger.py')
s = s.replace("return False", "raise ValueError(amount)", 1)
write('bank/ledger.py', s)
"""),
    ),
    Command(
        "assert-in",
        inline("""
import re
p = 'bank/ledger.py'
src = open(p).read()
def sub(old, new):
    global src
    assert old in src, old
    src = src.replace(old, new, 1)
sub("    if source.withdraw(amount):\\n        target.deposit(amount)",
    "    if not source.withdraw(amount):\\n        return None\\n    target.deposit(amount)")
sub("LIMIT = 100", "LIMIT = 1000")
open(p, 'w').write(src)
print("patched", p)
"""),
    ),
    Command(
        "regex-helper",
        inline(r"""
import re

def update(text, pattern, repl):
    new, n = re.subn(pattern, repl, text, flags=re.M)
    assert n == 1, (pattern, n)
    return new

with open('bank/ledger.py') as f:
    text = f.read()
text = update(text, r'^LIMIT = (\d+)', r'LIMIT = Decimal(\1)')
text = update(text, r'^    return source\.balance', '    return source.balance, target.balance')
with open('bank/ledger.py', 'w') as f:
    f.write(text)
"""),
    ),
    Command(
        "regex-function",
        inline(r"""
import re
def twice(m):
    return m.group(1) + str(int(m.group(2)) * 2)
t = open('settings.ini').read()
t = re.sub(r'(port = )(\d+)', twice, t)
open('settings.ini', 'w').write(t)
"""),
    ),
    Command(
        "main-guard",
        kept(
            '''
#!/usr/bin/env python3
"""Apply the fix."""
import os
import sys

ROOT = os.path.join('bank', 'ledger.py')


def patch(content: str) -> str:
    """Returns the new content."""
    marker = "    def deposit(self, amount):\\n"
    guard = "        if amount < 0:\\n            raise ValueError(amount)\\n"
    head, sep, tail = content.partition(marker)
    if not sep:
        sys.exit("marker is gone")
    return head + sep + guard + tail


def main():
    with open(ROOT) as handle:
        content = handle.read()
    with open(ROOT, "w") as handle:
        handle.write(patch(content))
    print("Successfully patched", ROOT)


if __name__ == "__main__":
    main()
''',
            "apply_fix.py",
        ),
    ),
    Command(
        "find-method-end",
        inline('''
def block_end(lines, start):
    indent = len(lines[start]) - len(lines[start].lstrip())
    for i in range(start + 1, len(lines)):
        stripped = lines[i].strip()
        if stripped and len(lines[i]) - len(lines[i].lstrip()) <= indent:
            return i
    return len(lines)

lines = open('bank/ledger.py').read().split('\\n')
start = [i for i, l in enumerate(lines) if 'def withdraw' in l][0]
end = block_end(lines, start)
body = """    def withdraw(self, amount):
        if not 0 < amount <= self.balance:
            raise ValueError(amount)
        self.balance -= amount
        return True
""".split('\\n')
lines[start:end] = body
open('bank/ledger.py', 'w').write('\\n'.join(lines))
'''),
    ),
    Command(
        "find-and-slice",
        inline("""
def between(s, a, b):
    i = s.index(a)
    j = s.index(b, i)
    return i, j

s = open('bank/ledger.py').read()
i, j = between(s, 'def transfer', 'def total')
new = "def transfer(source, target, amount):\\n    source.withdraw(amount)\\n    target.deposit(amount)\\n\\n\\n"
s = s[:i] + new + s[j:]
with open('bank/ledger.py', 'w') as f:
    f.write(s)
"""),
    ),
    Command(
        "default-arguments",
        inline("""
def edit(path, pairs, encoding='utf-8', *, count=1):
    data = open(path, encoding=encoding).read()
    for old, new in pairs:
        data = data.replace(old, new, count)
    open(path, 'w', encoding=encoding).write(data)
    return len(pairs)

n = edit('bank/ledger.py', [('self.name = name', 'self.name = str(name)'), ('LIMIT', 'MOST')], count=2)
print(f'{n} edits')
"""),
    ),
    Command(
        "nested-function",
        inline("""
def run():
    edits = []
    def add(old, new):
        edits.append((old, new))
    add('host = localhost', 'host = example.org')
    add('root = /srv', 'root = /srv/www')
    text = open('settings.ini').read()
    for old, new in edits:
        if old not in text:
            print('missing', old)
            continue
        text = text.replace(old, new)
    open('settings.ini', 'w').write(text)
run()
"""),
    ),
    Command(
        "try-except",
        inline("""
def locate(lines, needle):
    try:
        return lines.index(needle)
    except ValueError:
        return -1
lines = open('settings.ini').read().splitlines()
at = locate(lines, 'port = 443')
if at < 0:
    at = locate(lines, 'port = 80')
lines[at] = 'port = 443'
open('settings.ini', 'w').write('\\n'.join(lines) + '\\n')
"""),
    ),
    Command(
        "lambda-sorted",
        inline("""
names = sorted(['deposit', 'withdraw'], key=lambda n: -len(n))
text = open('bank/ledger.py').read()
for name in names:
    text = text.replace(f'def {name}(self, amount)', f'def {name}(self, amount, note="")')
open('bank/ledger.py', 'w').write(text)
"""),
    ),
    Command(
        "textwrap",
        inline('''
import textwrap
NEW = textwrap.dedent("""
    def close(account):
        account.balance = 0
""")
with open('bank/ledger.py', 'a') as f:
    f.write('\\n' + NEW)
'''),
    ),
    Command(
        "counted-loop",
        inline("""
def renumber(text):
    out, n = [], 0
    for line in text.splitlines():
        if line.startswith('['):
            n += 1
            line = '%s  # %d' % (line, n)
        out.append(line)
    return '\\n'.join(out) + '\\n'
open_text = open('settings.ini').read()
with open('settings.ini', 'w') as f: f.write(renumber(open_text))
"""),
    ),
    Command(
        "fails-on-purpose",
        inline("""
def need(text, part):
    if part not in text:
        raise ValueError(part)
text = open('settings.ini').read()
open('settings.ini', 'w').write(text.replace('80', '81'))
need(text, 'nowhere')
"""),
    ),
    Command(
        "pathlib-root",
        inline("""
from pathlib import Path
ROOT = Path('.')
for sub in ('bank/ledger.py',):
    file = ROOT / sub
    body = file.read_text(encoding='utf-8')
    file.write_text(body.replace('accounts', 'ledger_accounts'), encoding='utf-8')
"""),
    ),
    Command(
        "stdin-pipe",
        "cat <<'EOF' | python -\ns = open('settings.ini').read()\n"
        "def f(x):\n    return x.replace('localhost', '127.0.0.1')\nopen('settings.ini', 'w').write(f(s))\nEOF",
    ),
    Command(
        "generator-function",
        inline("""
def changed(lines):
    for line in lines:
        yield line.replace('amount', 'sum_')
text = open('bank/ledger.py').read()
open('bank/ledger.py', 'w').write(''.join(changed(text.splitlines(True))))
"""),
        readable=False,
    ),
    Command(
        "class-helper",
        inline("""
class Editor:
    def __init__(self, path):
        self.path = path
        self.text = open(path).read()
    def swap(self, old, new):
        self.text = self.text.replace(old, new)
        return self
    def save(self):
        open(self.path, 'w').write(self.text)
Editor('settings.ini').swap('80', '90').save()
"""),
        readable=False,
    ),
    Command(
        "from-environment",
        inline("""
import os
def port():
    return os.environ.get('PORT', '99')
s = open('settings.ini').read()
open('settings.ini', 'w').write(s.replace('80', port()))
"""),
        readable=False,
    ),
]

NEW_CONFIG = CONFIG.replace("80", "8000").replace("/srv", "/data")
NEW_LEDGER = LEDGER.replace("LIMIT = 100", "LIMIT = 500").replace("return False", "raise ValueError(amount)")
REWRITES = [
    Command("cat-quoted", f"cat > settings.ini <<'EOF'\n{NEW_CONFIG}EOF"),
    Command("cat-unquoted", f"cat > settings.ini << EOF\n{NEW_CONFIG}EOF"),
    Command("cat-after-marker", f"cat << 'END' > bank/ledger.py\n{NEW_LEDGER}END"),
    Command("tee", f"tee settings.ini > /dev/null <<'EOF'\n{NEW_CONFIG}EOF"),
    Command("cat-pipe-tee", f"cat <<'EOF' | tee bank/ledger.py\n{NEW_LEDGER}EOF"),
    Command("tabs", "cat > settings.ini <<-'EOF'\n\t[server]\n\thost = remote\n\tport = 80\n\tEOF"),
    Command("shorter", "cat > settings.ini <<'EOF'\n[server]\nhost = other\nEOF"),
    Command("longer", f"cat > bank/ledger.py <<'EOF'\n{NEW_LEDGER}\n\ndef none():\n    return None\nEOF"),
    Command("append", "cat >> settings.ini <<'EOF'\n\n[log]\nlevel = info\nEOF"),
    Command("then-move", f"cat > new.ini <<'EOF'\n{NEW_CONFIG}EOF\nmv new.ini settings.ini"),
    Command("then-copy", f"cat > none/n.ini <<'EOF'\n{NEW_CONFIG}EOF\ncp none/n.ini settings.ini", readable=False),
    Command("python-rewrites", inline(f"text = '''{NEW_CONFIG}'''\nopen('settings.ini', 'w').write(text)")),
    Command("two-steps", f"cat > settings.ini <<'EOF'\n{NEW_CONFIG}EOF\nsed -i 's/localhost/there/' settings.ini"),
    Command("backup-first", f"cp settings.ini old.ini\ncat > settings.ini <<'EOF'\n{NEW_CONFIG}EOF\nrm old.ini"),
    Command("in-a-folder", f"cd bank && cat > ledger.py <<'EOF'\n{NEW_LEDGER}EOF"),
    Command("variable", 'PORT=91\ncat > settings.ini <<EOF\n[server]\nport = $PORT\nEOF', readable=False),
]  # fmt: skip
PACK = [*LINE_LISTS, *HELPERS, *REWRITES]
