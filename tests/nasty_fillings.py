"""Fillings that readers of text have stumbled over, or may."""

from __future__ import annotations

NASTY = (
    "1", "1,", "1:", "1: ", "replace ", "replace a with ", "(1 ", "| 1 ", "`", "{+", "[-a", "[-a{+b", "{+a+}", "[-",
    "# ", "(", ")", "\\", "[masked: edit]", "[masked: patch code] ", "returnmaxleft0", "return max(left, 0)",
    "return max(left, 0)\n", "return max((left, 0", "`max(left, 0)`", "empty shelf keeps ", "ranked_spans: [", " ",
    "\t", "\r", "\n", "\r\n", " \n", "a ", "a", "aA", "a.", "é", "a\n", "@@ -1 +1 @@\n", "@@ -1,1 +1,999999999 @@\n",
    "@@ -1,9 +1,9 @@\n+", "+\n", "-\n", "--- a\n", "+++ b\n", "diff --git a/x b/x\n", "diff --git a/", "<issue",
    "<issue>", "```", "```bash\n", "```bash\nsed ", "$(", "$(cat <<", "<<EOF\n", "'", "\"", "\"\\", "${a", "''",
    "\\\n", "cat a\n", ";", "a;", "a|", "sed -i s/a/b/ c\n", "/a/,", "s/a/b/;", "s/", "f(", "[", "{", "x = [\n",
    "if x:\n ", "not ", "-", "a-", "...", "<", ">", "&", "&amp;", "&lt;", "\\x41", "\\u0041", "\\n", "\x1b[", "\x1b]",
    "\x08", "\x1b[K", "[0m", "[31m", "a@", "a@b.", "://a:", "://a:b@", "/home/", "key=", "AKIA", "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----", "eyJ", "sk-", "E  ", "> ", ">>> ", "  1: ", "1\t", "L1: ", "a.py:1:", "a.py-1-",
    "[File: /a (", "[1] ", "~", "^", "^ ~", "index a..b", "old_str:\n", "<parameter=", "<function=",
    "bash\ncommand:\n", "\nbash\ncommand:\n", "<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n", "edit 1:2\n",
    "create a\n", "PASSED a\n", "FAILED a::b\n", "a => ", "1 → ", "Tokens: ", "new_span_ids: [", "- a\n", "* a\n",
    "a_b", "aB", ".", "! ", "? ", "a. ", "def f(\n", "class A:\n", "def f():\n", "  def f():\n", "@a\n", "\x00",
    "\ud800", "/", "a/", "../", "a,", "=", "==", "**", "//", "u\"",
)  # fmt: skip
