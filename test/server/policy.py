#!/usr/bin/env python3
"""policy.py POLICY RULE…: for each rule, `SOURCE TARGET CLASS PERMISSION,…`, with * for any, whether the policy lets
the source do one of these: a line with yes or no. As sesearch, which takes as long for each as this for all."""
import sys

import setools

policy = setools.SELinuxPolicy(sys.argv[1])


def names(of):
    """A type, and the attributes that rules know it by."""
    if of == "*":
        return None
    found = policy.lookup_type(of)
    return {str(found), *map(str, found.attributes())}


def wish(rule):
    source, target, tclass, perms = rule.split()
    return names(source), names(target), None if tclass == "*" else {tclass}, None if perms == "*" else set(perms.split(","))


def has(wanted, name):
    return wanted is None or name in wanted


wishes = [wish(rule) for rule in sys.argv[2:]]
allowed = [False] * len(wishes)
for rule in policy.terules():
    if str(rule.ruletype) != "allow":
        continue
    source, target, tclass = str(rule.source), str(rule.target), str(rule.tclass)
    for i, (sources, targets, classes, perms) in enumerate(wishes):
        if has(sources, source) and has(targets, target) and has(classes, tclass):
            allowed[i] = allowed[i] or perms is None or not perms.isdisjoint(rule.perms)
for one in allowed:
    print("yes" if one else "no")
