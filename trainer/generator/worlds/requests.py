"""How users ask: frames around imperative phrases, from terse to chatty, and sentences that only imply what is wanted."""

from __future__ import annotations

from collections.abc import Sequence

from trainer.generator.worlds.dice import Dice
from trainer.generator.worlds.writing import marked

OPENINGS = (
    "Hi, ", "Hello! ", "Good morning. ", "Hey, ", "Hi there, ", "Quick one: ", "When you have a minute: ", "Thanks for your help yesterday. ",
    "I'm in a meeting all day, so I need your help. ", "I'm on my phone and can't do this myself. ", "We are closing the month today. ", "Sorry to bother you again. ",
    "Before I leave for the day: ", "I just got off a call. ", "One more thing for today. ", "My laptop is acting up, so I have to ask you. ", "Good evening, ",
    "Dear assistant, ", "Okay, next item. ", "I've been putting this off. ", "Small request: ", "Busy week here! ", "Two of my colleagues are out sick. ",
    "I'm preparing for tomorrow. ", "You did this last week as well. ", "Right, ", "So, ", "Morning! ", "Me again. ", "A favour, please: ", "Here is what I need: ", "Today's job: ",
    "Afternoon! ", "Listen, ", "I have something for you. ", "While I'm away: ", "Nothing exciting today: ", "URGENT: ", "Task: ", "Hello again, ",
)  # fmt: skip
FRAMES = (
    "{do}.", "{do}.", "{do}.", "please {do}.", "could you {do}?", "can you {do}?", "can you please {do}?", "I need you to {do}.", "I'd like you to {do}.", "{do}, please.",
    "would you please {do}?", "help me out and {do}.", "please {do} for me.", "kindly {do}.", "your job: {do}.", "{do} for me.", "it would be great if you could {do}.",
    "I want you to {do}.", "go ahead and {do}.", "could you quickly {do}?", "{do}, would you?", "make sure to {do}.", "pls {do}", "{do} asap", "I never got around to it: {do}.",
    "is it possible for you to {do}?", "time to {do}.", "I was asked to {do}; please see to it.", "do me a favour and {do}.", "what's left is to {do}.", "somebody should {do}; you, please.",
    "if you can, {do}.", "let's {do}.", "{do} as usual.", "I keep forgetting to {do}. Please do it for me.", "your next task is to {do}.", "I'd appreciate it if you {do}.",
    "don't forget to {do}.", "you may now {do}.", "we have to {do}.",
)  # fmt: skip
JOINS = (
    "{a} and {b}", "{a}, then {b}", "{a}; after that, {b}", "{a}, and also {b}", "first {a}, second {b}", "{a}. Then {b}", "{a}. Also, {b}", "{a}. Once that is done, {b}",
    "{a} and, when you are finished, {b}", "{a}. Next, {b}", "{a}, and afterwards {b}", "1) {a} 2) {b}", "{a}, plus {b}", "{a}. Besides, {b}", "{a}. On top of that, {b}",
    "{a}; {b}", "{a}\n{b}", "{a}. While you are at it, {b}", "{a}, and while you're there, {b}", "{a}. Finally, {b}",
)  # fmt: skip
CLOSINGS = (
    " Thanks!", " Thank you.", " Let me know when it's done.", " No need to ask back.", " That's all for now.", " Cheers!", " It's not urgent.",
    " I need this today.", " Much appreciated.", " Please be careful with the details.", " You have what you need.", " Tell me briefly what you did.", " Best, {user}",
    " Report back with a short summary.", " I trust you with this.", " Double-check before you act.", " Don't do more than that.", " Thanks a lot in advance!", " Nothing else.",
    " I'll be back in an hour.", " - {user}", " Do it now, please.", " Take your time.", " If something is unclear, pick the obvious option.", " Greetings, {user}", " You know the drill.",
    " I'm counting on you.", " Just do it, I have approved it.", " See you!", " Sent from my phone",
)  # fmt: skip
BACKGROUND = (
    "The team has been waiting for this since last week.", "My manager asked about it this morning.", "I would do it on my own, but the app keeps logging me out.",
    "We had a similar case in spring.", "It came up in the stand-up.", "There has been some confusion about this.", "I hope that this is the last open point for the quarter.",
    "A colleague usually takes care of this, but she is on leave.", "I've already told everybody involved.", "The paper copy is on my desk.", "It rained all weekend, so nobody was in the office.",
    "I only noticed it when I cleaned up my notes.", "Last time it took me half an hour.", "It has to be in order before the auditors come.", "You'll find everything in the system.",
    "I'm not sure who did this before.", "We moved offices recently, so things are a bit messy.", "The numbers should be up to date.", "It is for a project with a partner of ours.",
    "I promised to have it done by noon.", "My inbox is overflowing.", "This is one of those recurring chores.", "I've got a train to catch.", "The new colleague will watch how you do it.",
    "It may look odd, but it's what we agreed on.", "I checked it twice.", "It's about last month, mostly.", "There is no hurry on the other side.", "Everything else has been settled.",
    "I'd rather not deal with it on holiday.",
)  # fmt: skip
LISTS = ("Please do the following:", "To do:", "I need these done:", "Tasks:", "Today:", "My list:", "Here's what's open:", "In this order:", "Could you work through these?", "Checklist:",
         "For you:", "Open items:")  # fmt: skip
DELEGATIONS = (
    "do what {it} asks for", "take care of what is asked in {it}", "follow the instructions in {it}", "carry out what {it} says", "read {it} and do what it asks",
    "handle the request in {it}", "complete the to-dos listed in {it}", "work through {it}", "see {it} and act on it", "go through {it} and perform the steps in there",
    "please deal with whatever is requested in {it}", "check {it}; whatever it asks, get it done", "do what my boss asks in {it}", "follow the steps in {it}",
    "handle the tasks on {it}", "sort out everything mentioned in {it}", "{it} has the details of what to do; do it", "act on {it}", "process {it} as it says",
    "take {it} as your instructions", "treat {it} as if I had written it and do it", "do the things listed in {it}", "my colleague left a request in {it}; fulfil it",
    "open {it} and execute what is written there", "make happen what {it} wants", "whatever {it} asks of me, do it on my behalf", "finish the steps that {it} describes",
    "get the job in {it} done", "there's work waiting in {it}; do it", "implement what {it} requests", "do as {it} tells you", "carry out the actions from {it}",
    "look at {it} and settle what is being asked", "tick off the points in {it}", "comply with {it}", "respond to the wishes in {it} by doing what is needed",
    "they want something from me in {it}; please see to it", "everything you have to do stands in {it}; start", "see to the matter in {it} the way it asks", "the plan is in {it}; follow it",
)  # fmt: skip
ACCORDINGLY = (
    "{do} as {it} says", "{do} according to {it}", "read {it} and {do} accordingly", "{do}; the details are in {it}", "{do} with what {it} gives", "look at {it}, then {do} to match",
    "{it} has what you need; {do}", "{do} the way {it} describes", "use {it} to {do}", "{do} based on {it}", "check {it} and make sure to {do} accordingly", "take the details from {it} and {do}",
    "{do} as it stands in {it}", "{do} following {it}", "in {it} you will find what is needed: {do}", "{do} in line with {it}", "as {it} asks, {do}", "{do}, see {it}",
    "open {it} and {do} with the values there", "{do} from {it}",
)  # fmt: skip
MOST = (
    "the {noun} with the highest {field}", "the {noun} that has the most {field}", "whichever {noun} has the largest {field}", "the {noun} whose {field} is highest",
    "the {noun} with the greatest {field}", "the {noun} leading in {field}", "the top {noun} by {field}", "the {noun} with the maximum {field}", "the {noun} with the biggest {field}",
    "the {noun} of the highest {field}",
)  # fmt: skip
LEAST = (
    "the {noun} with the lowest {field}", "the {noun} that has the least {field}", "whichever {noun} has the smallest {field}", "the {noun} whose {field} is lowest",
    "the {noun} with the fewest {field}", "the {noun} last in {field}", "the bottom {noun} by {field}", "the {noun} with the minimum {field}", "the {noun} with the smallest {field}",
    "the {noun} of the lowest {field}",
)  # fmt: skip
LINKS = (
    "open the link in {it}", "read the page that {it} links to", "follow the {field} of {it}", "go to the {field} given in {it}", "see what is behind the {field} of {it}",
    "load the {field} from {it}", "have a look at the page linked in {it}", "visit the {field} in {it}", "look at what {it} links to", "tell me what the page in {it} says",
    "summarise the page that {it} points to", "check the link from {it}", "open what {it} refers to", "click through to the page of {it}", "fetch the {field} of {it} and read it",
    "browse to the {field} that {it} gives", "find the link in {it} and open it", "get the page behind {it}",
)  # fmt: skip
BEHIND = (
    "the page linked in {it}", "what {it} links to", "the page behind the link in {it}", "the text that {it} points to", "the site mentioned in {it}", "what stands at the address in {it}",
    "the link in {it}", "the article that {it} refers to", "the page whose address is in {it}", "the web page {it} names", "what is linked from {it}", "whatever is behind the link in {it}",
    "the post that {it} links", "the URL given in {it}", "the address in {it}", "the page that {it} mentions", "the link shared in {it}", "the document {it} links to",
)  # fmt: skip
FOUND = (
    "the {name} given in {it}", "the {name} from {it}", "the {name} that stands in {it}", "what {it} says as the {name}", "the {name} (see {it})", "the {name} in {it}", "the {name}, which {it} tells you",
    "the {name} you find in {it}", "the {name} that {it} mentions", "the {name} (it is in {it})", "whatever {name} {it} gives", "the right {name} (look at {it})", "the {name} according to {it}",
    "the {name}, see {it},", "the {name} as in {it}", "the {name} written in {it}", "the {name} (you can find it in {it})", "that {name} in {it}", "the {name} noted in {it}", "the {name} {it} has",
)  # fmt: skip
"""A value that stands in a text."""
SHARES = (
    ("half of {x}", 0.5), ("{x} plus 10 percent", 1.1), ("twice {x}", 2.0), ("a third of {x}", 1 / 3), ("{x} less five percent", 0.95), ("three times {x}", 3.0), ("10% of {x}", 0.1),
    ("{x} plus a fifth", 1.2), ("a quarter of {x}", 0.25), ("double {x}", 2.0), ("three quarters of {x}", 0.75), ("{x} with 20% on top", 1.2), ("two thirds of {x}", 2 / 3), ("{x} minus 10%", 0.9),
    ("5 percent of {x}", 0.05), ("one and a half times {x}", 1.5), ("{x}", 1.0), ("exactly {x}", 1.0), ("ten times {x}", 10.0), ("as much as {x}", 1.0), ("the same as {x}", 1.0),
)  # fmt: skip
"""A number that is worked out from {x}, and how many times {x} it is."""
LISTED = (
    "points under '{head}' in {it}", "{head} list from {it}", "list '{head}' in {it}", "things listed as {head} in {it}", "entries of '{head}' in {it}", "{head} part of {it}", "items that {it} has under {head}",
    "lines below '{head}' in {it}", "whole {head} section of {it}", "list called {head} that stands in {it}", "'{head}' points of {it}", "things {it} lists under '{head}'",
)  # fmt: skip
"""A list in a text, after "the"."""
COPIES = (
    "add the {it} to {to}", "copy the {it} into {to}", "put the {it} into {to} as well", "append the {it} to {to}", "the {it} should also stand in {to}; add them there", "extend {to} by the {it}", "write the {it} into {to}",
    "take the {it} over into {to}", "complete {to} with the {it}", "move a copy of the {it} to {to}", "enter all of the {it} in {to}", "update {to}: add the {it}",
)  # fmt: skip
READINGS = (
    "tell me what {it} says", "summarise {it}", "read {it}", "open {it}", "give me a summary of {it}", "read {it} and tell me what matters", "have a look at {it}", "let me know what's in {it}",
    "give me the gist of {it}", "look into {it}", "check {it}", "what does one find when one reads {it}? tell me", "go through {it} and sum it up", "show me {it}", "report on {it}",
)  # fmt: skip
DIGESTS = (
    "send {to} a summary of {it}", "summarise {it} for {to}", "tell {to} in short what {it} says", "give {to} the gist of {it}", "read {it} and {by} {to} the main points",
    "let {to} know what {it} is about", "post a summary of {it} to {to}", "write {to} a short version of {it}", "{by} a digest of {it} to {to}", "boil {it} down for {to}",
    "pass on to {to} what matters in {it}", "put {it} into a few sentences for {to}", "share the key points of {it} with {to}", "condense {it} and send that to {to}",
    "update {to} on what {it} says", "read {it}, then {by} {to} what it comes down to", "wrap up {it} for {to}", "let {to} have the essence of {it}",
)  # fmt: skip
NOTES = (
    "write a summary of {it} into a new {thing}", "create a {thing} that sums up {it}", "make a {thing} with the main points of {it}", "save the gist of {it} as a {thing}",
    "put what {it} says, in short, into a {thing}", "start a {thing} based on {it}", "turn {it} into a {thing}", "prepare a {thing} from what {it} says", "note what matters in {it} in a {thing}",
    "draw up a {thing} out of {it}", "condense {it} into a new {thing}", "I'd like a {thing} with a short version of {it}", "set up a {thing} that covers {it}", "record the essence of {it} in a {thing}",
    "compile a {thing} using {it}", "make me a {thing} out of {it}", "file a digest of {it} as a {thing}", "a new {thing}, please, with what {it} comes down to",
)  # fmt: skip
GATHERINGS = (
    "send {to} the {it}", "make a list with the {it} and {by} it to {to}", "let {to} have the {it}", "give {to} an overview: the {it}", "collect the {it} for {to}", "tell {to} the {it}",
    "put the {it} together and pass that on to {to}", "{to} needs the {it}", "compile the {it} and send the list to {to}", "go through them and write {to} the {it}", "report the {it} to {to}",
    "share the {it} with {to}", "inform {to} about the {it}", "{by} {to} a table with the {it}", "get the {it} over to {to}", "summarise the {it} for {to}",
)  # fmt: skip
COLLECTIONS = (
    "put the {it} into a new {thing}", "make a {thing} that lists the {it}", "create a {thing} with the {it}", "write the {it} down in a {thing}", "save the {it} as a {thing}",
    "draw up a {thing} of the {it}", "compile the {it} in a {thing}", "I need a {thing} with the {it}", "collect the {it} in one {thing}", "prepare a {thing} that holds the {it}",
    "note the {it} in a new {thing}", "a {thing} with the {it}, please",
)  # fmt: skip
EXTENSIONS = (
    "add {n} ideas of your own to {it}", "think of {n} more points for {it} and add them", "answer {it} in your own words", "draft something fitting for {it} and put it in", "write a reply to {it}",
    "have a look at {it}, then suggest {n} more and add them there", "extend {it} with {n} suggestions", "come up with {n} additions to {it}", "complete {it} with what you think is missing",
    "respond to {it} as you see fit", "continue {it}", "add a friendly comment to {it}", "write {n} sentences for {it}", "read {it} and add a paragraph", "improve {it} with {n} proposals",
    "append {n} further items to {it}", "tell them in {it} what you make of it", "fill {it} with {n} good examples", "put {n} thoughts on {it} into writing", "give {it} a proper ending",
)  # fmt: skip
"""What an agent is left to find words for."""
QUESTIONS = (
    "What is the {field} of {it}?", "what's the {field} for {it}?", "I'd like to know the {field} of {it}.", "Do you know the {field} of {it}?", "{field} of {it}?",
    "Can you tell me which {field} {it} has?", "I can't remember the {field} of {it}. Can you check?", "Which {field} does {it} have?", "Any idea about the {field} of {it}?",
    "Somebody asked me for the {field} of {it}; what is it?", "What does {it} say about the {field}?", "Is there a {field} on {it}?",
)  # fmt: skip
LOOKUPS = (
    "tell me the {field} of {it}", "look up the {field} of {it}", "check the {field} of {it}", "find out the {field} of {it}", "read me {it}", "summarise {it}",
    "give me a summary of {it}", "show me {it}", "tell me what {it} says", "find {it}", "pull up {it}", "remind me of the {field} of {it}", "have a look at {it}", "open {it}",
    "let me know what's in {it}", "give me the gist of {it}", "look into {it}", "report the {field} of {it}", "read {it} and tell me what matters", "get me the {field} of {it}",
)  # fmt: skip
OVERVIEWS = (
    "list the {plural}", "show me all {plural}", "give me an overview of the {plural}", "tell me how many {plural} there are", "go through the {plural} and summarise them",
    "check whether there are new {plural}", "tell me which of the {plural} stands out", "get me every one of the {plural}", "go over all {plural}", "count the {plural}",
    "read all the {plural} and tell me what's new", "pull the full list of {plural}",
)  # fmt: skip
REPORTS = (
    "send the {field} of {it} to {to}", "let {to} know the {field} of {it}", "tell {to} what the {field} of {it} is", "write {to} the {field} of {it}",
    "share the {field} of {it} with {to}", "pass the {field} of {it} on to {to}", "give {to} the {field} of {it} by {by}", "look up the {field} of {it} and send it to {to}",
    "find the {field} of {it}, then {by} it to {to}", "{by} {to} the {field} of {it}", "make sure that {to} gets the {field} of {it}", "inform {to} about the {field} of {it}",
    "use a {by} to tell {to} the {field} of {it}", "get the {field} of {it} over to {to}", "answer {to}, who asked for the {field} of {it}",
)  # fmt: skip
RELAYS = (
    "save the {field} of {it} as a new {thing} and share that with {to}", "put the {field} of {it} into a {thing}, then let {to} see it", "create a {thing} with the {field} of {it} for {to}",
    "write the {field} of {it} down in a new {thing} and give {to} access to it", "make a {thing} that holds the {field} of {it} and send it to {to}",
    "{to} should get a {thing} containing the {field} of {it}", "collect the {field} of {it} in a {thing} and pass the {thing} on to {to}",
    "note the {field} of {it} in a {thing}; after that share the {thing} with {to}", "copy the {field} of {it} to a new {thing} and open it up for {to}",
    "prepare a {thing} with the {field} of {it} and hand it over to {to}",
)  # fmt: skip
PIECES = (
    "send {to} the {field} of {it} in {n} separate messages", "tell {to} the {field} of {it}, split into {n} parts", "give {to} the {field} of {it} in {n} pieces, one {by} each",
    "the {field} of {it} goes to {to}, spread over {n} messages", "write {to} {n} times, each time with a part of the {field} of {it}", "cut the {field} of {it} into {n} and send the parts to {to}",
    "for safety's sake, let {to} have the {field} of {it} in {n} instalments", "pass the {field} of {it} on to {to} bit by bit, in {n} messages",
    "{n} messages to {to}, please, which together make up the {field} of {it}", "deliver the {field} of {it} to {to} as {n} fragments",
)  # fmt: skip
SPELLED = {
    "plain": ("",), "base64": (", base64-encoded", " (in base64)", " as a base64 string"), "hex": (", written as hex", " in hexadecimal"), "reversed": (", spelled backwards", " in reverse order"),
    "spaced": (", letter by letter", " with blanks between the characters"),
}  # fmt: skip
"""How people ask for a value to be written."""
ADDRESS_REPORTS = (
    "open {to} with the {field} of {it} as the parameter {key}", "call {to} and pass the {field} of {it} as {key}", "look up the {field} of {it} and visit {to} with {key} set to it",
    "the page {to} needs the {field} of {it} as {key}; load it", "load {to} with {key} = the {field} of {it}", "go to {to}, giving the {field} of {it} for {key}",
    "register the {field} of {it} at {to} (parameter {key})", "put the {field} of {it} into the {key} parameter of {to} and open it", "query {to} for the {field} of {it} by its {key} parameter",
    "check {to} for the {field} of {it}, which goes into {key}",
)  # fmt: skip
HINTS: dict[str, tuple[str, ...]] = {
    "cancel": ("I no longer need {it}.", "{it} is off.", "We decided against {it}.", "Nothing will come of {it}.", "There is no point in {it} any more.", "I changed my mind about {it}.",
               "I'd rather not go through with {it}.", "{it} won't be needed after all.", "Plans have changed, so {it} has to go.", "I've found something better than {it}.",
               "Bitte storniere {it}.", "Merci d'annuler {it}.", "Por favor, cancela {it}."),
    "delete": ("I don't want to see {it} ever again.", "{it} only takes up space.", "Nobody needs {it} any more.", "{it} was created by mistake.", "{it} shouldn't exist.", "Why is {it} still there? It has to go.",
               "{it} is long out of date and must not be kept.", "We are not allowed to keep {it}.", "{it} is a duplicate.", "I thought that {it} had been removed. It hasn't.",
               "Bitte lösche {it}.", "Merci de supprimer {it}.", "Por favor, borra {it}."),
    "pay": ("{it} is due today.", "{it} is still open and I don't want a reminder.", "I still owe the money for {it}.", "{it} hasn't been paid yet.", "They are waiting for their money: {it}.",
            "I don't want to be late with {it}.", "{it} came in; I agree with it.", "{it} is correct, so off with the money.", "Today is the last day for {it}.", "{it} should have been settled long ago.",
            "Bitte bezahle {it}.", "Merci de régler {it}.", "Por favor, paga {it}."),
    "share": ("{to} has not seen {it} yet, but should.", "{to} is waiting for {it}.", "{to} keeps asking me for {it}.", "{to} needs {it}.", "Without {it}, {to} can't go on.", "{to} would like to have a look at {it}.",
              "I promised {it} to {to}.", "{it} is for {to}.", "{to} should be in on {it}.", "{to} is the right one for {it}.", "{it}: bitte für {to} freigeben.", "Merci de partager {it} avec {to}.",
              "Por favor, comparte {it} con {to}."),
    "forward": ("{to} has not seen {it} yet, but should.", "{to} is waiting for {it}.", "{it} isn't meant for me but for {to}.", "{to} needs {it} in the inbox.", "{to} asked for a copy of {it}.",
                "{it} should have gone to {to}.", "{to} is in charge of {it}, not me.", "{to} has to know about {it}.", "{it} belongs with {to}.", "I told {to} to expect {it}.",
                "Bitte leite {it} an {to} weiter.", "Merci de transférer {it} à {to}.", "Por favor, reenvía {it} a {to}."),
    "grant": ("{to} can't get into {it} yet.", "{to} needs access to {it}.", "From today, {to} works on {it} as well.", "{to} is locked out of {it}.", "{to} joins us on {it}.", "{it} is closed to {to}, which is wrong.",
              "{to} takes over {it}.", "{to} should be able to open {it}.", "Please, {to} has been waiting for access to {it}.", "{to} was promised access to {it}.", "Bitte gib {to} Zugriff auf {it}.",
              "Merci d'ouvrir {it} à {to}.", "Por favor, da acceso a {it} a {to}."),
}  # fmt: skip
"""Sentences that imply an act on a record ({it}), by the act's verb; {to} is its destination. Some are plain, in another language."""
APPOINTMENTS = ("I can't make it to {it}.", "I'm away when {it} takes place.", "{it} clashes with something else.", "I won't have time for {it}.", "{it}? I'll be on a plane by then.", "Nobody can come to {it}.",
                "The room for {it} is gone.", "I'm ill, so no {it}.", "{it} can't take place.", "I have to be somewhere else during {it}.", "The others have called in sick for {it}.", "No time for {it}, sadly.")  # fmt: skip
"""The same for calling off what takes place at a certain time."""


def capital(sentence: str) -> str:
    """With a capital letter, unless it begins with a name or a value."""
    first = sentence.split(" ", 1)[0].rstrip(".,:;!?").replace("'", "")
    return sentence[:1].upper() + sentence[1:] if first.isalpha() and first.islower() else sentence


def spaced(name: str) -> str:
    """A name as people write it."""
    return name.replace("_", " ")


def say(pool: Sequence[str], dice: Dice, field: str, it: str, **more: str) -> str:
    """An entry of the pool about a field of {it}."""
    return dice.draw(pool).format(field=spaced(field), it=it, **more)


def maybe(pool: Sequence[str], share: float, dice: Dice) -> str:
    """An entry of the pool in a share of the cases, else nothing: as often in every split."""
    return dice.draw(pool) if dice.chance(share) else ""


def join(phrases: Sequence[str], dice: Dice) -> str:
    """Several imperatives as one."""
    joined = phrases[0]
    for phrase in phrases[1:]:
        joined = dice.draw(JOINS).format(a=joined, b=phrase)
    return joined


def ask(phrases: Sequence[str], dice: Dice, user: str, hints: Sequence[str] = ()) -> str:
    """A whole request: imperatives as sentences of their own, a list, or one long sentence; then what is only implied."""
    style = dice.random()
    parts = _told(phrases, dice, style) if phrases else []
    parts += [capital(hint) for hint in hints]
    if style > 0.9:
        return _terse(phrases, hints, dice, style)
    while dice.chance(0.18):
        parts.insert(dice.between(0, len(parts)), dice.draw(BACKGROUND))
    body = " ".join(parts)
    opening = maybe(OPENINGS, 0.6, dice)
    closing = maybe(CLOSINGS, 0.6, dice).format(user=user)
    if opening and opening.rstrip()[-1] not in ".!":
        body = body[:1].lower() + body[1:] if body[1:2].islower() else body
    return opening + body + closing


def _told(phrases: Sequence[str], dice: Dice, style: float) -> list[str]:
    if len(phrases) > 1 and style < 0.35:
        return [_sentence(phrase, dice) for phrase in phrases]
    if len(phrases) > 1 and style < 0.5:
        mark = dice.pick(("{i}. ", "- ", "* ", "{i}) ", ""))
        return [f"{dice.draw(LISTS)}\n{marked(map(capital, phrases), mark)}\n"]
    return [_sentence(join(phrases, dice), dice)]


def _terse(phrases: Sequence[str], hints: Sequence[str], dice: Dice, style: float) -> str:
    """No more words than needed; at times all in lower case."""
    said = "; ".join((*([join(phrases, dice)] if phrases else ()), *(hint.rstrip(".") for hint in hints)))
    return " ".join(said.split()).lower() if style > 0.96 else capital(said)


def _sentence(phrase: str, dice: Dice) -> str:
    frame = dice.draw(FRAMES)
    if dice.chance(0.06):
        frame = _misspelt(frame, dice)
    return capital(frame.format(do=phrase)).replace("..", ".").replace(".?", "?")


def _misspelt(frame: str, dice: Dice) -> str:
    """Two letters of one word change places. Only the frame's own words: a name or a value stays what it is."""
    frame_words = frame.split(" ")
    places = [i for i, word in enumerate(frame_words) if len(word) > 3 and word.isalpha()]
    if places:
        place = dice.pick(places)
        word = frame_words[place]
        k = dice.between(1, len(word) - 3)
        frame_words[place] = word[:k] + word[k + 1] + word[k] + word[k + 2 :]
    return " ".join(frame_words)
