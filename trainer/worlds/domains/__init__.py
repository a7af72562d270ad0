"""All domains, by split: whole domains are held out."""

from trainer.worlds.dice import Split
from trainer.worlds.domain import Domain
from trainer.worlds.domains import money, office, people, public, tech, trade

VALIDATION = (money.EXPENSES, public.LIBRARY, trade.VEHICLES)
TEST = (people.CLINIC, trade.TICKETS, tech.HELPDESK, public.LAW)
TRAIN = tuple(d for part in (money, people, tech, trade, public) for d in part.DOMAINS if d not in VALIDATION + TEST)
DOMAINS: dict[Split, tuple[Domain, ...]] = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
FACILITIES: dict[Split, tuple[Domain, ...]] = {
    "train": office.FACILITIES,
    "validation": (office.WIKI, office.WEB, office.MAIL, office.CONTACTS),
    "test": (office.PAGER, office.WIKI, office.WEB, office.FILES, office.CONTACTS),
}
"""What joins the domains. Mail, web, files and contacts are everywhere; the other facilities of a split are its own."""
