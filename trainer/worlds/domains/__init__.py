"""All domains, by split: whole domains are held out."""

from trainer.worlds.dice import Split
from trainer.worlds.domain import Domain
from trainer.worlds.domains import (
    care,
    culture,
    finance,
    industry,
    money,
    office,
    outreach,
    people,
    public,
    state,
    systems,
    tech,
    trade,
    transport,
)

PARTS = (money, finance, people, care, tech, systems, trade, transport, industry, outreach, public, state, culture)
VALIDATION = (
    money.EXPENSES, finance.TAX, care.TELEHEALTH, systems.MONITORING, trade.VEHICLES, industry.SITEWORK, outreach.MEETINGS, public.LIBRARY,
)  # fmt: skip
TEST = (
    finance.BROKERAGE, people.CLINIC, care.VET, tech.HELPDESK, systems.ZONES, systems.BACKUPS, trade.TICKETS, transport.RAIL, industry.GRID, outreach.SOCIAL,
    public.LAW, state.ELECTIONS, state.POLICE, culture.MUSEUM,
)  # fmt: skip
TRAIN = tuple(d for part in PARTS for d in part.DOMAINS if d not in VALIDATION + TEST)
DOMAINS: dict[Split, tuple[Domain, ...]] = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
FACILITIES: dict[Split, tuple[Domain, ...]] = {
    "train": office.FACILITIES,
    "validation": (office.WIKI, office.BOARD, office.MISSIVES, office.CONTACTS),
    "test": (office.PAGER, office.COURIER, office.CABINET, office.WIRE, office.CONTACTS),
}
"""What joins the domains: each split has its own, but for the address book, which lets receivers be named instead of addressed."""
