"""All domains, by split: whole domains are held out."""

from trainer.worlds.dice import Split
from trainer.worlds.domain import Domain
from trainer.worlds.domains import money, office, people, tech

DOMAINS: dict[Split, tuple[Domain, ...]] = {
    "train": (money.PAYABLES, money.SAVINGS, people.PERSONNEL, tech.SERVERS, tech.CODE),
    "validation": (money.EXPENSES,),
    "test": (people.CLINIC,),
}
FACILITIES: dict[Split, tuple[Domain, ...]] = {"train": office.FACILITIES, "validation": office.FACILITIES, "test": office.FACILITIES}
