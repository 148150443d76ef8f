"""A check: one rule over one table of observations, how much it weighs, and the sentence that says it.

Observations are measured by `landed` and `marts`; judging them does not belong here.
"""

from dataclasses import dataclass

from quality.rules import Rule

LANDED = "landed"
MARTS = "marts"


@dataclass(frozen=True)
class Check:
    """`rule` over a table whose rows carry instance_id and subject, so that a finding has a name."""

    gate: str
    name: str
    severity: str
    rule: Rule
    it: str
    en: str
