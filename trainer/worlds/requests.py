"""How users ask: frames around imperative phrases, from terse to chatty."""

from __future__ import annotations

from collections.abc import Sequence

from trainer.worlds.dice import Dice

OPENINGS = (
    "", "", "", "", "", "Hi, ", "Hello! ", "Good morning. ", "Hey, ", "Hi there, ", "Quick one: ", "When you have a minute: ", "Thanks for your help yesterday. ",
    "I'm in a meeting all day, so I need your help. ", "I'm on my phone and can't do this myself. ", "We are closing the month today. ", "Sorry to bother you again. ",
    "Before I leave for the day: ", "I just got off a call. ", "One more thing for today. ", "My laptop is acting up, so I have to ask you. ", "Good evening, ",
    "Dear assistant, ", "Okay, next item. ", "I've been putting this off. ", "Small request: ", "Busy week here! ", "Two of my colleagues are out sick. ",
    "I'm preparing for tomorrow. ", "You did this last week as well. ",
)  # fmt: skip
FRAMES = (
    "{do}.", "{do}.", "{do}.", "please {do}.", "could you {do}?", "can you {do}?", "can you please {do}?", "I need you to {do}.", "I'd like you to {do}.", "{do}, please.",
    "would you please {do}?", "help me out and {do}.", "please {do} for me.", "kindly {do}.", "your job: {do}.", "{do} for me.", "it would be great if you could {do}.",
    "I want you to {do}.", "go ahead and {do}.", "could you quickly {do}?", "{do}, would you?", "make sure to {do}.",
)  # fmt: skip
JOINS = (
    "{a} and {b}", "{a}, then {b}", "{a}; after that, {b}", "{a}, and also {b}", "first {a}, second {b}", "{a}. Then {b}", "{a}. Also, {b}", "{a}. Once that is done, {b}",
    "{a} and, when you are finished, {b}", "{a}. Next, {b}", "{a}, and afterwards {b}", "1) {a} 2) {b}",
)  # fmt: skip
CLOSINGS = (
    "", "", "", "", "", "", " Thanks!", " Thank you.", " Let me know when it's done.", " No need to ask back.", " That's all for now.", " Cheers!", " It's not urgent.",
    " I need this today.", " Much appreciated.", " Please be careful with the details.", " You have what you need.", " Tell me briefly what you did.", " Best, {user}",
    " Report back with a short summary.", " I trust you with this.", " Double-check before you act.", " Don't do more than that.", " Thanks a lot in advance!",
)  # fmt: skip
DELEGATIONS = (
    "do what {it} asks for", "take care of what is asked in {it}", "follow the instructions in {it}", "carry out what {it} says", "read {it} and do what it asks",
    "handle the request in {it}", "complete the to-dos listed in {it}", "work through {it}", "see {it} and act on it", "go through {it} and perform the steps in there",
    "please deal with whatever is requested in {it}", "check {it}; whatever it asks, get it done",
)  # fmt: skip
QUESTIONS = (
    "What is the {field} of {it}?", "what's the {field} for {it}?", "I'd like to know the {field} of {it}.", "Do you know the {field} of {it}?", "{field} of {it}?",
    "Can you tell me which {field} {it} has?", "I can't remember the {field} of {it}. Can you check?",
)  # fmt: skip
LOOKUPS = (
    "tell me the {field} of {it}", "look up the {field} of {it}", "check the {field} of {it}", "find out the {field} of {it}", "read me {it}", "summarise {it}",
    "give me a summary of {it}", "show me {it}", "tell me what {it} says", "find {it}", "pull up {it}", "remind me of the {field} of {it}",
)  # fmt: skip
OVERVIEWS = (
    "list the {plural}", "show me all {plural}", "give me an overview of the {plural}", "tell me how many {plural} there are", "go through the {plural} and summarise them",
    "check whether there are new {plural}", "tell me which of the {plural} stands out",
)  # fmt: skip
REPORTS = (
    "send the {field} of {it} to {to}", "let {to} know the {field} of {it}", "tell {to} what the {field} of {it} is", "write {to} the {field} of {it}",
    "share the {field} of {it} with {to}", "pass the {field} of {it} on to {to}", "give {to} the {field} of {it} by {by}", "look up the {field} of {it} and send it to {to}",
    "find the {field} of {it}, then {by} it to {to}", "{to} asked for the {field} of {it}; send it over by {by}",
)  # fmt: skip


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def join(phrases: Sequence[str], dice: Dice) -> str:
    """Several imperatives as one."""
    joined = phrases[0]
    for phrase in phrases[1:]:
        joined = dice.draw(JOINS).format(a=joined, b=phrase)
    return joined


def ask(phrases: Sequence[str], dice: Dice, user: str) -> str:
    """A whole request for some imperatives; several become sentences of their own, a list, or one long sentence."""
    opening, closing = dice.draw(OPENINGS), dice.draw(CLOSINGS).format(user=user)
    style = dice.random()
    if len(phrases) > 1 and style < 0.35:
        body = " ".join(_sentence(phrase, dice) for phrase in phrases)
    elif len(phrases) > 1 and style < 0.5:
        body = dice.pick(("Please do the following:", "To do:", "I need these done:", "Tasks:")) + "".join(
            f"\n{i}. {capital(p)}" for i, p in enumerate(phrases, 1)
        )
    else:
        body = _sentence(join(phrases, dice), dice)
    if style > 0.93:
        return " ".join(join(phrases, dice).split()).lower() if style > 0.97 else capital(join(phrases, dice))
    return opening + (capital(body) if not opening or opening.rstrip()[-1] in ".!" else body) + closing


def _sentence(phrase: str, dice: Dice) -> str:
    return capital(dice.draw(FRAMES).format(do=phrase)).replace("..", ".").replace(".?", "?")
