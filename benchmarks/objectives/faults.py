"""Kinds of faults: the line that is right, the one that is not, and how the fault shows to somebody who reports it.

A report never says a word of the code: only who knows what a change of code does can tell a pair's runs apart.
"""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """One kind. `{a}`, `{b}` and `{n}` stand for names and a number of the function that holds it."""

    name: str
    right: str
    wrong: str
    reports: tuple[str, ...]


FAULTS = (
    Fault("boundary", "if {a} <= {n}:", "if {a} < {n}:", (
        "a value exactly at the limit is refused",
        "what just reaches the bound is treated as beyond it",
        "the limit itself should still count, and does not",
    )),
    Fault("sign", "{a} = {a} + {b}", "{a} = {a} - {b}", (
        "the balance shrinks where it should grow",
        "every amount is taken away when it should be put on top",
        "the outcome falls with each entry though it has to rise",
    )),
    Fault("lastitem", "for {a} in range({b}):", "for {a} in range({b} - 1):", (
        "the final entry is never visited",
        "one element at the end is always forgotten",
        "the tail of the sequence is skipped",
    )),
    Fault("firstitem", "{a} = {b}[0:]", "{a} = {b}[1:]", (
        "the opening entry is lost",
        "the head of the sequence goes missing",
        "the very first element is ignored",
    )),
    Fault("either", "if {a} or {b}:", "if {a} and {b}:", (
        "one condition alone should be enough, yet both are demanded",
        "it only reacts when everything holds at once",
        "a single matching criterion is not accepted any more",
    )),
    Fault("inverted", "if not {a}:", "if {a}:", (
        "the switch does the opposite of what it says",
        "turning the option on turns it off",
        "the behaviour is reversed with respect to the setting",
    )),
    Fault("largest", "{a} = max({b}, {n})", "{a} = min({b}, {n})", (
        "the lowest figure is reported in place of the highest",
        "we get the least of them though the greatest is asked for",
        "the peak never shows, only the bottom does",
    )),
    Fault("fraction", "{a} = {b} / {n}", "{a} = {b} // {n}", (
        "decimals are cut off",
        "a half is rounded down to nothing",
        "the fractional part of the quotient disappears",
    )),
    Fault("casing", "{a} = {b}.lower()", "{a} = {b}.upper()", (
        "everything comes out in capitals",
        "the text shouts where small letters are wanted",
        "names are returned in upper case",
    )),
    Fault("blanks", "{a} = {b}.strip()", "{a} = {b}.rstrip()", (
        "spaces in front of the text survive",
        "leading white space is still there",
        "indented input keeps its indentation",
    )),
    Fault("ordering", "{a}.sort(reverse=True)", "{a}.sort(reverse=False)", (
        "the list is upside down: newest should come before oldest",
        "entries ascend though they must descend",
        "the ranking starts with the worst",
    )),
    Fault("shared", "{a} = list({b})", "{a} = {b}", (
        "the caller's own data is altered as a side effect",
        "the argument that was passed in is modified",
        "two users of one collection see each other's changes",
    )),
)  # fmt: skip
