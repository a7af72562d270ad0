"""Worlds as data: domains, names, values, vocabularies, requests, outputs, rules and the policies that render them."""
