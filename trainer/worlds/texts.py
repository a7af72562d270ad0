"""Everyday sentences for bodies, notes and comments. Many are harmless imperatives addressed to people, as in real mail."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

EVERYDAY = (
    "Please have a look when you find the time.",
    "Remember to bring your badge on Thursday.",
    "The numbers look fine to me, thanks for the quick turnaround.",
    "Call me if anything is unclear.",
    "Let us keep the old layout for now.",
    "Don't forget to submit your timesheet before the weekend.",
    "We agreed to meet twice a month from now on.",
    "The delivery was delayed by two days because of the weather.",
    "Everyone should read the safety leaflet before entering the hall.",
    "I will be out of office next week, write to the group address instead.",
    "Please keep this between us until the announcement.",
    "The second draft is shorter and reads much better.",
    "Check the figures in the last column, they seem rounded.",
    "Nothing urgent, just wanted to keep you in the loop.",
    "Send me your comments by Friday noon.",
    "The room has space for twelve people and a projector.",
    "Use the side entrance, the main door is being repaired.",
    "Thanks again for your patience and support.",
    "Our new opening hours are 8:30 to 17:00.",
    "Do not switch off the machine while the light is blinking.",
    "Important: the car park closes at 19:00.",
    "Store in a dry place and keep away from direct sunlight.",
    "The customer was friendly and asked for a follow-up in spring.",
    "Make sure that the form is signed on both pages.",
    "Version two replaces all earlier copies.",
    "Lunch is provided; tell the organiser about allergies.",
    "The review went well, three minor findings remain open.",
    "Note: prices do not include tax.",
    "Please reply with the dates that suit you.",
    "It worked on the second attempt.",
    "Follow the signs to the reception desk and ask for a visitor pass.",
    "I attached the pictures from the event.",
    "They offered a discount for early payment.",
    "Reminder: passwords expire every ninety days.",
    "All staff must complete the online course by the end of the month.",
    "The supplier confirmed the order by phone.",
    "Great location, but the rooms were a little noisy.",
    "Would recommend to a friend.",
    "See you on Monday!",
    "The issue appears only when the list is empty.",
    "Steps to reproduce: open the page, press save, wait ten seconds.",
    "Attention: maintenance on Sunday from 02:00 to 04:00.",
    "Visit our stand in hall 4 and win a weekend for two.",
    "Try the soup, it is excellent.",
    "Kindly confirm receipt of this message.",
    "Shake well before use.",
    "The battery lasts about nine hours.",
    "Keep the receipt, it counts as a warranty card.",
    "Ask the front desk for a key to the bicycle room.",
    "Half of the team prefers the earlier slot.",
    "We should update the contact list at some point.",
    "Transfer your old notes to the shared folder before the move.",
    "Delete the cached files if the page does not load.",
    "Book early, seats are limited.",
    "Forward questions to the help desk.",
    "Pay attention to the order of the steps.",
    "Cancel at least one day ahead if you cannot come.",
    "Share your ideas in the next meeting.",
    "A refund can take up to ten working days.",
    "Please update your profile picture.",
    "The access code for the side door changes every quarter.",
    "Add your name to the list on the kitchen door.",
    "Our accountant asked for the missing receipts.",
    "The committee approved the proposal without changes.",
    "Subscribe to the calendar to see later changes.",
    "Buy two, get the third for half the price.",
    "Wait for the green light before opening the lid.",
    "Sorry for the confusion earlier.",
    "The new intern starts in the second week.",
    "Report broken chairs to the facility team.",
    "The invoice went out twice, please ignore the second one.",
    "Could somebody water the plants while I am away?",
    "Write the number of the room on the back of the badge.",
    "Tell the driver to ring at the side gate.",
    "The lift is out of order until Wednesday.",
    "Open the window for ten minutes after every meeting.",
    "I prefer to discuss this on the phone.",
    "Her flight lands at noon, so let us start at two.",
    "Change the filter twice a year.",
    "Please take your shoes off at the entrance.",
    "Read the manual before you plug it in.",
    "My colleague will take over from here.",
    "Press any key to continue.",
    "The figures do not include the last two days.",
    "Click on 'save' before you leave the page.",
    "We moved the fridge to the second floor.",
    "Return the form in the enclosed envelope.",
    "Everything arrived in good condition.",
    "Do not leave bags unattended.",
    "He asked whether we could meet half way.",
    "Please be on time, the bus does not wait.",
    "The colour is nicer than in the picture.",
    "Turn left after the bridge and follow the river.",
    "Enter your initials in the third column.",
    "It rained, so we stayed inside.",
    "Log out when you share a computer.",
    "Call the number on the back of the card if it gets lost.",
    "I have no strong opinion either way.",
    "Give my regards to the whole team.",
    "Rinse with cold water and let it dry.",
    "Choose a window seat if there is one.",
    "The contract runs for two years and renews by itself.",
    "We are five adults and two children.",
    "Place the order before ten to get it the same day.",
    "Nobody was hurt and the damage is small.",
    "Update the app to the latest version.",
    "Print only if you really need to.",
    "I was told to ask here.",
    "Hand the keys to the neighbour on the first floor.",
    "The parcel was left in the shed.",
    "Fill in the blanks and sign at the bottom.",
    "Please speak up at the back.",
    "Remove the lid before heating.",
    "We had a lovely time and will come again.",
    "Stop by when you are in the area.",
    "The password hint is the name of a pet.",
    "Let the engine cool down first.",
    "Compare the two columns and mark what differs.",
    "Both options cost the same in the end.",
    "Pick up the children at a quarter past four.",
    "Nothing to add from my side.",
    "Put the old labels into the grey box.",
    "Ask your doctor before you travel.",
    "The heating makes a strange noise at night.",
    "Confirm the date with the caretaker.",
    "My order number is on the slip inside the box.",
    "Approve nothing without seeing it with your own eyes.",
    "Repeat the test after a week.",
    "I never got an answer to my last question.",
    "Invite the new neighbours as well.",
    "Leave a message after the tone.",
    "It is sold out until the end of the month.",
    "Set the clock back by one hour on Sunday.",
    "Bring a pen and something to write on.",
    "The smaller one fits better under the table.",
    "Clear the desk before the painters come.",
    "Thank you for travelling with us.",
    "Sign here and keep the yellow copy.",
    "We hope to hear from you soon.",
    "Count the chairs once more before the doors open.",
)
"""Sentences written by hand."""

_WHO = "the front desk|the caretaker|your manager|the whole team|the new colleague|our partner in the south|the night shift|the organiser|the driver|the supplier|the landlord|the committee|the printer|the auditor|our neighbours|the trainee".split(
    "|"
)
_THING = (
    "the signed form|the second draft|the old badge|the meter reading|the guest list|the spare key|the delivery slip|the photos|the summary|the seating plan|the receipts|the floor plan|the sample"
    "|the minutes|the price list|the checklist|the training record|the letter|the box on the shelf|the new schedule|the survey|the ladder|the projector|the coffee order"
).split("|")
_WHEN = "by Friday|before noon|tomorrow morning|next week|at the end of the month|once you are back|after the holidays|as soon as it arrives|on Monday|before the meeting|tonight|in the first week of May|when the rush is over|this afternoon|at your convenience|within three days".split(
    "|"
)
_WHY = "because the deadline moved|so that nobody has to wait|since the last one got lost|as agreed on the phone|to be on the safe side|because the room is small|so we can plan ahead|as it was promised|since the rules changed|for the record".split(
    "|"
)
_DO = "send|bring|hand|pass|show|return|mail|give|forward|deliver|lend|take".split("|")
_CARE = "check|print|sign|copy|correct|update|file|scan|replace|collect|review|count|label|sort|look through|order|finish|store".split(
    "|"
)
_STATE = "is on its way|was not where it should be|looks much better now|has been approved|needs one more signature|arrived damaged|is still missing|can wait|was sent to the wrong floor|turned out fine|is kept at the reception|comes in two parts".split(
    "|"
)
_RULES: tuple[tuple[str, tuple[Sequence[str], ...]], ...] = (
    ("Please {} {} to {}.", (_DO, _THING, _WHO)),
    ("{} {} to {} {}.", (_DO, _THING, _WHO, _WHEN)),
    ("Don't forget to {} {}.", (_CARE, _THING)),
    ("Could you {} {} {}?", (_CARE, _THING, _WHEN)),
    ("{} {} {}.", (_CARE, _THING, _WHEN)),
    ("{} {}, {}.", (_CARE, _THING, _WHY)),
    ("Remind {} to {} {}.", (_WHO, _CARE, _THING)),
    ("{} will {} {}.", (_WHO, _CARE, _THING)),
    ("{} {}; please {} it.", (_THING, _STATE, _CARE)),
    ("{} says {} {}.", (_WHO, _THING, _STATE)),
    ("If {} {}, tell {}.", (_THING, _STATE, _WHO)),
    ("First {} {}, then {} it.", (_CARE, _THING, _CARE)),
    ("We will {} {} {}.", (_CARE, _THING, _WHEN)),
    ("I could not {} {} {}.", (_CARE, _THING, _WHEN)),
    ("Only {} may {} {}.", (_WHO, _CARE, _THING)),
    ("{} {} {}, {}.", (_CARE, _THING, _WHEN, _WHY)),
)
"""Templates and what fills them."""
_EACH = 400


def _grown() -> tuple[str, ...]:
    """A fixed sample of what the grammar can say, in a fixed order: a draw from a pool costs less than one from the grammar, and
    `Dice.draw` divides a pool among the splits."""
    rng = Random("remarks")
    found: dict[str, None] = {}
    for count, (template, slots) in enumerate(_RULES, 1):
        while len(found) < count * _EACH:
            line = template.format(*map(rng.choice, slots))
            found[line[0].upper() + line[1:]] = None
    return tuple(rng.sample(list(found), len(found)))


REMARKS = _grown()
"""Sentences of the grammar."""
