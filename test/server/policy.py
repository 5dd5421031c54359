#!/usr/bin/env python3
"""policy.py POLICY RULE…: for each rule, `SOURCE TARGET CLASS PERMISSION,…`, with * for any, whether the policy lets
the source do one of these: a line with yes or no. As sesearch does, which reads the whole policy for each."""
import sys

import setools

policy = setools.SELinuxPolicy(sys.argv[1])
for rule in sys.argv[2:]:
    source, target, tclass, perms = rule.split()
    wanted = {"ruletype": ["allow"], "source": source}
    if target != "*":
        wanted["target"] = target
    if tclass != "*":
        wanted["tclass"] = [tclass]
    if perms != "*":
        wanted["perms"] = perms.split(",")
    found = next(iter(setools.TERuleQuery(policy, **wanted).results()), None)
    print("no" if found is None else "yes")
