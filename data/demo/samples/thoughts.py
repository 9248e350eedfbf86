"""What the scripted agent says: several phrasings of each thought, chosen by the run's seed.

Fields: {function}, {path}, {package}, {test}, {call}, {observed}, {expected}, {old}, {new}, {word}, {failing}.
"""

from __future__ import annotations

LOOK_AROUND = [
    "Let me start by looking at the repository to see how it is laid out.",
    "I'll begin with the structure of the project before I touch anything.",
    "First, what is in here?",
    "The description talks about `{function}`. Before searching for it I want to see which modules {package} has.",
]
SEARCH = [
    "Now I'll find where `{word}` is defined and who uses it.",
    "Let me search for `{word}`.",
    "`{word}` is what the description complains about. Where does it live?",
    "A search for `{word}` should show me the definition, its callers and its tests.",
    "I want every place that mentions `{word}`, in the source as well as in the tests.",
]
READ = [
    "The definition is in {path}. Let me read it.",
    "{path} is the file to read.",
    "Let me look at {path} closely.",
    "I'll read the code in {path} around `{function}` and follow what happens for `{call}`.",
    "Found it. Now the implementation, in {path}.",
]
READ_TESTS = [
    "What do the tests expect of `{function}`? They tell me which behaviour is intended.",
    "Let me check the existing tests in {test} for this function.",
    "The tests are the best description of what is wanted, so I'll read {test} next.",
]
DETOUR = [
    "For context I also want to know what {path} does.",
    "Let me see {path} too, in case the behaviour depends on it.",
    "Is there something similar in {path}? It would show the conventions of this code base.",
    "I'll rule out {path} as the cause before going on.",
    "Before I decide anything, a look at {path}.",
    "{path} may use the same helper, so a change here could matter there. Let me check.",
]
DETOUR_SEARCH = [
    "Who else deals with `{word}`?",
    "Let me check how `{word}` is used elsewhere, so that I don't break a caller.",
    "I want to be sure that `{word}` has no second definition somewhere.",
    "Let me grep for `{word}` to see the rest of the picture.",
]
STATE = [
    "Let me check the state of the working tree.",
    "Is the checkout clean, and what happened to it last?",
    "A quick look at the repository itself.",
]
REPRODUCE = [
    "Let me reproduce the problem with a small script first.",
    "I'll write a script that runs the case from the description.",
    "Before changing anything I want to see the failure myself: `{call}` should give {expected}.",
    "Time to confirm the report. The script below does what the description says.",
]
REPRODUCE_TESTS = [
    "The tests of this module should show the problem. Let me run them.",
    "Let me see what {test} says at the moment.",
]
CONFIRMED = [
    "Confirmed: I get `{observed}` where `{expected}` is expected. Let me look at the lines in question again.",
    "The problem is real. So which line of `{function}` is responsible? Let me look once more.",
    "Reproduced. I'll go through `{function}` line by line.",
]
WRONG = [
    "I think the problem is in this line of `{function}`; let me change it and see.",
    "My first guess is that `{function}` goes wrong here. I'll try this.",
    "This looks suspicious. Let me adjust it and run the script again.",
]
STILL_WRONG = [
    "Let me see whether that helped.",
    "Running the script again.",
]
UNDO = [
    "That was not it, the result is still wrong. I'll undo the change and think again.",
    "No better. Let me restore the file and read the function more carefully.",
    "That guess was wrong, so back to the original.",
]
SLIPPED = [
    "The text did not match. Let me look at the exact lines before I try again.",
    "My copy of the line was not exact. I'll print it and retry.",
]
FIX = [
    "Now I can see it. Let me fix `{function}`.",
    "That is the cause: with this line `{function}` cannot give {expected}. I'll correct it.",
    "The logic in `{function}` does not match what the docstring promises. I'll change it.",
    "I know what is wrong. The fix is small and stays inside `{function}`.",
]
FIX_QUOTED = [
    "The bug is here: `{old}`. It should be `{new}`, then `{call}` gives {expected}.",
    "In `{function}` the code has `{old}`, but according to the docstring it must be `{new}`. Let me fix that.",
    "So `{old}` is wrong, and `{new}` is right. I'll make exactly this change.",
    "I see it now. Instead of `{old}` we need `{new}`:",
]
OTHER_FIX: dict[str, list[str]] = {
    "negated": [
        "The condition in `{function}` is wrong. I would rather say what must not hold, as I read it more "
        "easily that way.",
        "This test does not fit the description. Put as the negation of its opposite it is plain what is excluded.",
    ],
    "flipped": [
        "The comparison is wrong. I'll write it from the other side, in the order in which the description puts it.",
        "Both sides of this test are fine, but not how they are compared. I'll turn it around while I correct it.",
    ],
    "reordered": [
        "The expression in `{function}` is wrong. I'll correct it, with its parts in the order in which I "
        "think of them.",
        "Let me write this expression anew: the order of its parts does not matter, so the simpler one comes first.",
    ],
    "spelled": [
        "The short form hides what happens in `{function}`. I'll write the right computation out.",
        "I'll correct the line and spell the step out, so that nobody has to guess again what is meant.",
    ],
    "named": [
        "I'll compute the right value first and give it a name, then the line in `{function}` says what it does.",
        "A helper variable makes the fix easy to follow: first the value, then what is done with it.",
    ],
    "guard": [
        "An early return is clearer than a conditional value here, so that is how I'll fix `{function}`.",
        "I'll take the first case out as a guard; what is left then is the ordinary one.",
    ],
    "special": [
        "The report is about one input. I'll treat it in front of the rest, so that all others keep what they "
        "have now.",
        "I can't tell from the report what `{function}` should do in general. `{call}` has a known answer, so "
        "I'll add it.",
        "The safest change is a case of its own for what was reported; callers with other arguments see no difference.",
    ],
    "branch": [
        "Other callers may depend on the old line, so I'll change it for the reported argument alone.",
        "I'll keep the old behaviour and branch off only where the report says that `{function}` is wrong.",
    ],
}
REREAD = [
    "Let me check that the edit came out as intended.",
    "I'll look at the changed lines once more.",
    "Reading the function again after the edit.",
]
VERIFY = [
    "Now the script again.",
    "Does the case from the description work now?",
    "Let me run the reproduction again. It should give {expected}.",
]
VERIFY_TESTS = [
    "Now the tests of this module.",
    "Let me run {test} to see that everything in it passes.",
]
VERIFY_ALL = [
    "The whole test suite, to be sure that nothing else broke.",
    "Now all tests.",
    "Finally a full run of the tests.",
]
EDGE_CASES = [
    "Let me also try the case in a separate script that checks the outcome, so that I don't rely on reading alone.",
    "I'll write a short check around the change, with the expected value in it.",
]
CLEAN = [
    "It works. I'll remove the scripts that I made.",
    "Cleaning up my temporary files.",
    "The scratch files should not be handed in, so they go.",
]
DIFF = ["Let me look at the final diff.", "A last look at what I changed."]
DONE = [
    "The problem is solved and the tests pass. Handing in.",
    "Everything works as described now. I'll submit.",
    "Done: `{function}` behaves as the description asks. Submitting the result.",
]
DONE_PARTIAL = [
    "The script from the description gives {expected} now, which is what was asked for. Handing in.",
    "`{call}` works as described. I'll stop here and submit.",
    "The reported case is solved. Submitting.",
]
DONE_SUMMARY = [
    "Summary: in `{function}` ({path}) I replaced `{old}` by `{new}`. The case from the description now gives "
    "{expected} and the tests pass. Handing in.",
    "To sum up, the cause was `{old}` in {path}; it now reads `{new}`. All tests pass, so I'll submit.",
]
MUSING = [
    "The report says that `{call}` gives `{observed}`, while `{expected}` would be right, so the input itself is fine.",
    "Whatever I change must keep the other cases of `{function}` as they are.",
    "I should keep the change minimal and follow the style of the surrounding code.",
    "The docstring of `{function}` is precise enough to tell what is intended.",
    "If the tests of {test} cover this, they must be failing now.",
    "I should not touch the tests themselves, only the source in {package}.",
    "The failing part seems to be limited to {path}; the other modules only use it.",
]
