"""Telling how strong a new password is. It advises; what is refused, the rules alone decide."""

from collections.abc import Container, Mapping
from math import prod
from typing import Any

from kiosk.domain import passwords
from kiosk.domain.forms import Rules, check_new_password
from kiosk.domain.password_spellings import without_accents
from kiosk.domain.passwords import OwnData, PasswordProblem
from kiosk.domain.strengths import Advice, Strength, StrengthLevel

# Time grows with the square of it and more, and forty characters are strong or one word repeated.
_MOST_MEASURED = 40
# With more ways to read marks as letters than that, they are not read so at all.
_MOST_READINGS = 8
# As many guesses as one word of the list is worth, of which nobody knows how common it is.
_LISTED_RANK = 20_000
_SHORTEST_LISTED, _LONGEST_LISTED = 4, 20
_ADVICE_FOR_PROBLEM = {
    PasswordProblem.TOO_SHORT: Advice.LENGTHEN,
    PasswordProblem.REPEATED: Advice.AVOID_REPETITION,
    PasswordProblem.SEQUENCE: Advice.AVOID_ORDER,
    PasswordProblem.COMMON: Advice.ADD_WORD,
    PasswordProblem.OWN_CARD: Advice.AVOID_OWN_DATA,
    PasswordProblem.OWN_CPF: Advice.AVOID_OWN_DATA,
    PasswordProblem.OWN_BIRTH_DATE: Advice.AVOID_OWN_DATA,
    PasswordProblem.OWN_EMAIL: Advice.AVOID_OWN_DATA,
    PasswordProblem.OWN_NAME: Advice.AVOID_OWN_DATA,
    PasswordProblem.PLAN_WORDS: Advice.AVOID_OWN_DATA,
}
_ADVICE_FOR_PATTERN = {
    "dictionary": Advice.ADD_WORD,
    "spatial": Advice.AVOID_ORDER,
    "sequence": Advice.AVOID_ORDER,
    "repeat": Advice.AVOID_REPETITION,
    "date": Advice.AVOID_DATES,
    "regex": Advice.AVOID_DATES,
}
_LEVELS = (
    StrengthLevel.WEAK,
    StrengthLevel.WEAK,
    StrengthLevel.FAIR,
    StrengthLevel.GOOD,
    StrengthLevel.STRONG,
)
_OWN, _LISTED = "own", "listed"


def measure_strength(password: str, own: OwnData, rules: Rules) -> Strength:
    """Estimate how well a password withstands guessing; what the rules refuse is weak.

    Only its first forty characters are looked at, so a longer one is at least as strong.

    Args:
        password: As typed.
        own: What was typed beside it.
        rules: The settings by which it is refused or not.
    """
    if problem := check_new_password(password, own, rules):
        return Strength(StrengthLevel.WEAK, _ADVICE_FOR_PROBLEM.get(problem))
    text = without_accents(passwords.normalise(password)[:_MOST_MEASURED])[:_MOST_MEASURED]
    if not text:
        # Nothing but accents.
        return Strength(StrengthLevel.WEAK, Advice.LENGTHEN)
    return _estimate(text, passwords.own_words(own), rules.common_passwords)


def _estimate(text: str, own: tuple[str, ...], common: Container[str]) -> Strength:
    # A tenth of a second and 13 MB, for whoever chooses a password and nobody else. Its own
    # entrance would keep the data of a person until the next call, and is not used.
    from zxcvbn import matching, scoring, time_estimates

    dictionaries: dict[str, Mapping[str, int]] = {
        **matching.RANKED_DICTIONARIES,
        _OWN: {word: 1 + place for place, word in enumerate((*own, *passwords.PLAN_WORDS))},
        _LISTED: dict.fromkeys(_listed_within(text.lower(), common), _LISTED_RANK),
    }
    matchers = [
        matching.dictionary_match,
        matching.reverse_dictionary_match,
        matching.spatial_match,
        matching.sequence_match,
        matching.regex_match,
        matching.date_match,
    ]
    readings = matching.relevant_l33t_subtable(text, matching.L33T_TABLE).values()
    if prod(1 + len(marks) for marks in readings) <= _MOST_READINGS:
        matchers += [matching.l33t_match, matching.repeat_match]
    found = [
        match for matcher in matchers for match in matcher(text, _ranked_dictionaries=dictionaries)
    ]
    found.sort(key=lambda match: (match["i"], match["j"]))
    estimate = scoring.most_guessable_match_sequence(text, found)
    level = _LEVELS[time_estimates.guesses_to_score(estimate["guesses"])]
    is_strong = level is StrengthLevel.STRONG
    return Strength(level, None if is_strong else _advice(estimate["sequence"]))


def _listed_within(lowered: str, common: Container[str]) -> set[str]:
    return {
        lowered[start:end]
        for start in range(len(lowered))
        for end in range(start + _SHORTEST_LISTED, min(start + _LONGEST_LISTED, len(lowered)) + 1)
        if lowered[start:end] in common
    }


def _advice(sequence: list[dict[str, Any]]) -> Advice:
    longest = max(sequence, key=lambda match: len(match["token"]))
    if longest.get("dictionary_name") == _OWN:
        return Advice.AVOID_OWN_DATA
    return _ADVICE_FOR_PATTERN.get(longest["pattern"], Advice.LENGTHEN)
