"""The results of calls that an agent made in one turn, put in the order of the calls.

Harnesses answer parallel calls as they finish, or several in one turn; a call is told by its id. A reader of edits
takes the n-th result for the n-th call's.
"""

from __future__ import annotations

from typing import Any

_RESULT_ROLES = ("tool", "function")


def in_call_order(turns: list[Any]) -> list[Any]:
    """Turns with the results after a turn of several calls in the order of these calls, one turn each.

    A call without a result has an empty one where later calls have theirs. Turns whose ids are not told stay as they
    are.
    """
    if not any(_has_ids(turn) for turn in turns):
        return turns
    ordered: list[Any] = []
    at = 0
    while at < len(turns):
        ordered.append(turns[at])
        calls = _call_ids(turns[at])
        at += 1
        if len(calls) > 1:
            stop = next((i for i in range(at, len(turns)) if not _result_ids(turns[i])), len(turns))
            ordered += _ordered(calls, turns[at:stop])
            at = stop
    return ordered


def _has_ids(turn: Any) -> bool:
    return type(turn) is dict and len(_call_ids(turn)) > 1


def _call_ids(turn: Any) -> list[str]:
    if type(turn) is not dict:
        return []
    calls, parts = turn.get("tool_calls"), turn.get("content")
    found = [call.get("id") for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    if not found and isinstance(parts, list):
        found = [part.get("id") for part in parts if isinstance(part, dict) and part.get("type") == "tool_use"]
    return [name for name in found if isinstance(name, str)]


def _result_ids(turn: Any) -> list[str]:
    if type(turn) is not dict or turn.get("role", turn.get("from")) == "assistant":
        return []
    names, parts = turn.get("tool_call_ids"), turn.get("content")
    found = [turn.get("tool_call_id"), *(names if isinstance(names, list) else ())]
    if isinstance(parts, list) and all(isinstance(part, dict) for part in parts):
        found += [part.get("tool_use_id") for part in parts if part.get("type") == "tool_result"]
    return list(dict.fromkeys(name for name in found if isinstance(name, str)))


def _ordered(calls: list[str], results: list[Any]) -> list[Any]:
    single = [one for result in results for one in _apart(result)]
    places = {name: at for at, name in enumerate(calls)}
    named = {_result_ids(result)[0]: result for result in single}
    if len(named) < len(single) or not set(named) <= set(places) or len(places) < len(calls):
        return results
    last = max((places[name] for name in named), default=-1)
    return [named.get(name, {"role": _RESULT_ROLES[0], "content": ""}) for name in calls[: last + 1]]


def _apart(turn: dict[str, Any]) -> list[dict[str, Any]]:
    """A turn of several results as one each."""
    parts = turn.get("content")
    if len(_result_ids(turn)) < 2 or not isinstance(parts, list):
        return [turn]
    results = [part for part in parts if part.get("type") == "tool_result"]
    return (
        [{**turn, "role": _RESULT_ROLES[0], "content": [part]} for part in results]
        if len(results) == len(parts)
        else [turn]
    )
