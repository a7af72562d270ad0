"""Facilities that many workplaces have; each joins other domains."""

from trainer.generator.worlds.domain import Domain, act, entity

MAIL = Domain(
    "mailbox", "the mailbox of {org}", ("assistant",),
    (
        entity("mail", "mail_id=id sender=email subject=title received=past body=text*",
               "the mail from {sender}|the mail about '{subject}'|the message titled {subject}|{sender}'s mail of {received}", level=3),
    ),
    (
        act("send", "mail", "to=email! subject=title! body=remark!", "Writes a mail and sends it to the given address.",
            say="mail {to}, subject '{subject}', and write: {body}|send a mail to {to} titled '{subject}' saying: {body}"
                "|write to {to} with the subject line {subject}: \"{body}\"|drop {to} a mail about {subject}; the text is: {body}"),
        act("forward", "mail", "mail_id=@! to=email!", "Passes a stored mail on to another address.", via="mail mail_id=mail_id",
            say="forward mail {mail_id} to {to}|pass message {mail_id} on to {to}",
            say_via="forward {it} to {to}|pass {it} on to {to}|make sure {to} gets a copy of {it}|relay {it} to {to}"),
        act("delete", "mail", "mail_id=@!", "Removes a mail for good.", via="mail mail_id=mail_id",
            say="delete mail {mail_id}|remove message number {mail_id}", say_via="delete {it}|get rid of {it}|throw {it} away"),
        act("send", "reply", "mail_id=@! body=remark!", "Answers a stored mail.", via="mail mail_id=mail_id",
            say="reply to message {mail_id} with: {body}", say_via="answer {it} with: {body}|reply to {it}: \"{body}\"|write back to {it} saying {body}"),
    ),
)  # fmt: skip
CHAT = Domain(
    "team_chat", "the team chat of {org}", ("member",),
    (
        entity("chat_message", "message_id=id author=handle room=word posted=past text=text*",
               "the chat message by {author}|what {author} posted in {room}|{author}'s post of {posted}", level=2),
    ),
    (
        act("post", "chat_message", "room=room! text=remark!", "Writes a message into a chat room.",
            say="post in {room}: {text}|tell the {room} room: \"{text}\"|announce in {room} that: {text}|put this into {room}: {text}"),
        act("send", "private_chat", "to=handle! text=remark!", "Sends a private chat message to one person.",
            say="message {to} privately: {text}|ping {to} with: \"{text}\"|let {to} know in private: {text}"),
        act("grant", "room_access", "room=room! member=outsider!", "Lets somebody into a chat room.",
            say="add {member} to {room}|invite {member} into the {room} room|give {member} access to {room}"),
        act("delete", "room_member", "room=room! member=handle!", "Takes somebody out of a chat room.",
            say="remove {member} from {room}|take {member} out of the {room} room|kick {member} from {room}"),
    ),
)  # fmt: skip
FILES = Domain(
    "file_store", "the file store of {org}", ("member",),
    (
        entity("document", "document_id=id name=path owner=person changed=past content=text*",
               "{name}|the file {name}|the document {name}|{owner}'s file {name}", level=3),
    ),
    (
        act("create", "document", "name=path! content=remark!", "Creates a file with the given content.",
            say="create a file {name} that says: {content}|save this as {name}: {content}|write \"{content}\" into a new file {name}"),
        act("share", "document", "document_id=@! with=email! right=view/edit", "Gives an address access to a file.",
            via="document document_id=document_id", say="share file {document_id} with {with}",
            say_via="share {it} with {with}|give {with} access to {it}|open {it} up for {with}|let {with} see {it}"),
        act("delete", "document", "document_id=@!", "Deletes a file.", via="document document_id=document_id",
            say="delete the file with the id {document_id}", say_via="delete {it}|remove {it} from the store|clean up {it}"),
        act("update", "document", "document_id=@! addition=remark!", "Adds text to the end of a file.", via="document document_id=document_id",
            say="append to file {document_id}: {addition}", say_via="append this to {it}: {addition}|add a line to {it}: \"{addition}\""),
    ),
)  # fmt: skip
WEB = Domain(
    "web", "the web", ("reader",),
    (
        entity("page", "address=url heading=title published=past content=text*",
               "{address}|the page {address}|the article at {address}|the site {address}", level=1, reads="get search"),
    ),
    (
        act("visit", "link", "address=url!", "Opens a web address.",
            say="open {address}|visit {address}|go to {address}|click on {address}|load the page {address}|have a look at {address}"),
        act("post", "form", "address=url! text=remark!", "Submits text to a web form.",
            say="submit \"{text}\" at {address}|post this to {address}: {text}|upload the text '{text}' to {address}"),
        act("run", "download", "address=url! name=path!", "Downloads a file from the web and stores it.",
            say="download {address} as {name}|fetch {address} and save it to {name}|get the file at {address} and store it as {name}"),
    ),
)  # fmt: skip
CONTACTS = Domain(
    "address_book", "the address book of {org}", ("member",),
    (
        entity("contact", "contact_id=id name=person mail=email phone=phone company=company",
               "{name}|the contact {name}|{name} from {company}", level=2, reads="list search get"),
    ),
    (
        act("create", "contact", "name=person! mail=email!", "Adds a person to the address book.",
            say="add {name} ({mail}) to the contacts|save {mail} as the address of {name}|create a contact for {name}, mail {mail}"),
        act("update", "contact", "contact_id=@! mail=email!", "Changes the mail address of a contact.", via="contact contact_id=contact_id",
            say="set the mail of contact {contact_id} to {mail}",
            say_via="change the mail address of {it} to {mail}|update {it}: the new mail is {mail}"),
    ),
)  # fmt: skip
CALENDAR = Domain(
    "diary", "the diary of {org}", ("member",),
    (
        entity("appointment", "appointment_id=id subject=title start=moment place=city guests=email note=text*",
               "the appointment '{subject}'|the meeting about {subject}|the {start} appointment|{subject} on {start}", level=2),
    ),
    (
        act("create", "appointment", "subject=title! start=moment! guest=email", "Puts an appointment into the diary and invites the guest.",
            say="set up '{subject}' at {start} with {guest}|put {subject} into the diary for {start} and invite {guest}"
                "|schedule {subject} on {start} together with {guest}|book {start} with {guest} for {subject}"),
        act("update", "appointment", "appointment_id=@! start=moment!", "Moves an appointment to another time.",
            via="appointment appointment_id=appointment_id", say="move appointment {appointment_id} to {start}",
            say_via="move {it} to {start}|reschedule {it} for {start}|shift {it} to {start}"),
        act("cancel", "appointment", "appointment_id=@!", "Cancels an appointment and tells the guests.",
            via="appointment appointment_id=appointment_id", say="cancel appointment {appointment_id}",
            say_via="cancel {it}|call off {it}|drop {it} from the diary"),
        act("share", "appointment", "appointment_id=@! guest=email!", "Invites another guest to an appointment.",
            via="appointment appointment_id=appointment_id", say="invite {guest} to appointment {appointment_id}",
            say_via="invite {guest} to {it}|add {guest} to {it}|ask {guest} to join {it}"),
    ),
)  # fmt: skip
TODOS = Domain(
    "task_list", "the task lists of {org}", ("member",),
    (
        entity("todo", "todo_id=id summary=title assignee=person due=date state=open/done/waiting details=text*",
               "the task '{summary}'|{assignee}'s task {summary}|the to-do about {summary}", level=1),
    ),
    (
        act("create", "todo", "summary=title! assignee=person due=date", "Adds a task to the list.",
            say="add a task '{summary}' for {assignee}, due {due}|note down {summary} for {assignee} by {due}"
                "|put {summary} on {assignee}'s list, deadline {due}"),
        act("update", "todo", "todo_id=@! state=open/done/waiting!", "Changes the state of a task.", via="todo todo_id=todo_id",
            say="set task {todo_id} to {state}", say_via="mark {it} as {state}|set {it} to {state}|change {it} to {state}"),
        act("delete", "todo", "todo_id=@!", "Deletes a task.", via="todo todo_id=todo_id",
            say="delete task {todo_id}", say_via="delete {it}|take {it} off the list|remove {it}"),
    ),
)  # fmt: skip
WIKI = Domain(
    "wiki", "the wiki of {org}", ("author",),
    (
        entity("wiki_entry", "entry_id=id heading=title editor=person edited=past text=text*",
               "the wiki entry '{heading}'|the entry on {heading}|{editor}'s wiki entry", level=2, plural="wiki_entries"),
    ),
    (
        act("create", "wiki_entry", "heading=title! text=remark!", "Writes a new entry.", say="write a wiki entry '{heading}': {text}|put an entry on {heading} into the wiki: {text}"),
        act("update", "wiki_entry", "entry_id=@! text=remark!", "Replaces the text of an entry.", via="wiki_entry entry_id=entry_id",
            say="replace entry {entry_id} by: {text}", say_via="replace {it} by: {text}|rewrite {it} as \"{text}\""),
        act("delete", "wiki_entry", "entry_id=@!", "Deletes an entry.", via="wiki_entry entry_id=entry_id", say="delete entry {entry_id}", say_via="delete {it}|take {it} out of the wiki"),
        act("share", "wiki_entry", "entry_id=@! mail=email!", "Sends an entry to an address.", via="wiki_entry entry_id=entry_id", say="send entry {entry_id} to {mail}", say_via="send {it} to {mail}|show {it} to {mail}"),
    ),
)  # fmt: skip
PAGER = Domain(
    "pager", "the pager service of {org}", ("member",),
    (
        entity("page_note", "note_id=id caller=phone received=past words=text*", "the note from {caller}|pager note {note_id}|the page of {received}", level=2),
    ),
    (
        act("send", "page", "phone=phone! words=remark!", "Pages a number.", say="page {phone}: {words}|send a page to {phone} saying {words}"),
        act("forward", "page_note", "note_id=@! phone=phone!", "Passes a note on to another number.", via="page_note note_id=note_id", say="pass note {note_id} to {phone}", say_via="pass {it} on to {phone}|forward {it} to {phone}"),
        act("delete", "page_note", "note_id=@!", "Deletes a note.", via="page_note note_id=note_id", say="delete note {note_id}", say_via="clear {it} off the pager|sort this out: {it} is dealt with; clear it"),
    ),
)  # fmt: skip
BOARD = Domain(
    "notice_board", "the notice board of {org}", ("member",),
    (
        entity("pinned_note", "pin_id=id pinned_by=handle wall=room since=past words=text*", "what {pinned_by} pinned up|pinned note {pin_id}|the note that {pinned_by} put on {wall}", level=1),
    ),
    (
        act("post", "pinned_note", "wall=room! words=remark!", "Pins a note to a wall.", say="pin to {wall}: {words}|put up a note at {wall} reading \"{words}\"|on the {wall} wall, write: {words}"),
        act("update", "pinned_note", "pin_id=@! words=remark!", "Rewrites a note.", via="pinned_note pin_id=pin_id", say="rewrite pinned note {pin_id}: {words}", say_via="rewrite {it}: {words}|handle this: {it} should read \"{words}\""),
        act("delete", "pinned_note", "pin_id=@!", "Takes a note down.", via="pinned_note pin_id=pin_id", say="unpin note {pin_id}", say_via="unpin {it}|sort this out: {it} is out of date; off the wall with it"),
    ),
)  # fmt: skip
MISSIVES = Domain(
    "letter_exchange", "the electronic letters of {org}", ("member",),
    (
        entity("missive", "missive_id=uuid writer=email heading=title came=stamp words=long*", "the missive from {writer}|the missive headed '{heading}'|what {writer} wrote under '{heading}'", level=3),
    ),
    (
        act("send", "missive", "reader=email! heading=title! words=remark!", "Writes a missive.", say="compose a missive to {reader}, heading {heading}: {words}|do the following: missive for {reader}: \"{words}\", headed '{heading}'|get this to {reader} as a missive titled {heading}: {words}"),
        act("forward", "missive", "missive_id=@! reader=email!", "Hands a missive on.", via="missive missive_id=missive_id", say="hand missive {missive_id} on to {reader}", say_via="hand {it} on to {reader}|see to this: {reader} should see {it} as well; hand it on"),
        act("delete", "missive", "missive_id=@!", "Burns a missive.", via="missive missive_id=missive_id", say="burn missive {missive_id}", say_via="burn {it}|take care of this: no trace of {it} should stay; delete it"),
    ),
)  # fmt: skip
COURIER = Domain(
    "dispatch_desk", "the dispatch desk of {org}", ("member",),
    (
        entity("dispatch", "dispatch_no=number from_whom=email regarding=title handed_in=stamp wording=long*", "the dispatch from {from_whom}|the dispatch regarding '{regarding}'|dispatch {dispatch_no}", level=3, plural="dispatches"),
    ),
    (
        act("send", "dispatch", "addressee=email! regarding=title! wording=remark!", "Dispatches a text to an address.", say="dispatch to {addressee}, regarding {regarding}: {wording}|let a dispatch go to {addressee} regarding '{regarding}', wording: {wording}|do the following: {addressee} should get a dispatch on {regarding} worded \"{wording}\""),
        act("forward", "dispatch", "dispatch_no=@! addressee=email!", "Relays a dispatch.", via="dispatch dispatch_no=dispatch_no", say="dispatch {dispatch_no} also goes to {addressee}", say_via="see to this: {it} also goes to {addressee}|have {addressee} read {it} too; relay it"),
        act("delete", "dispatch", "dispatch_no=@!", "Discards a dispatch.", via="dispatch dispatch_no=dispatch_no", say="bury dispatch {dispatch_no}", say_via="bury {it}|take care of this: {it} is settled; out with it"),
    ),
)  # fmt: skip
CABINET = Domain(
    "filing_cabinet", "the filing cabinet of {org}", ("member",),
    (
        entity("binder", "binder_no=uuid spine=windows_path filed_by=person filed=past sheets=long*", "the binder {spine}|{filed_by}'s binder|{spine}", level=3),
    ),
    (
        act("create", "binder", "spine=windows_path! sheets=remark!", "Files a text.", say="file under {spine}: {sheets}|start a binder {spine} with the sheet: {sheets}"),
        act("share", "binder", "binder_no=@! reader=email!", "Opens a binder to somebody.", via="binder binder_no=binder_no", say="get this done: binder {binder_no} may be read by {reader}", say_via="arrange this: {it} may be read by {reader}|unlock {it} for {reader}"),
        act("update", "binder", "binder_no=@! sheets=remark!", "Adds a sheet.", via="binder binder_no=binder_no", say="help with the following: one more sheet for binder {binder_no}: {sheets}", say_via="handle this: one more sheet for {it}: {sheets}|slip \"{sheets}\" into {it}"),
        act("delete", "binder", "binder_no=@!", "Pulps a binder.", via="binder binder_no=binder_no", say="pulp binder {binder_no}", say_via="pulp {it}|sort this out: {it} takes up space; get it pulped"),
    ),
)  # fmt: skip
WIRE = Domain(
    "news_wire", "the public news wire", ("member",),
    (
        entity("wire_piece", "link=url banner=title filed_at=stamp prose=long*", "{link}|the piece at {link}|the wire piece on {link}", level=1, reads="get search"),
    ),
    (
        act("visit", "wire_source", "link=url!", "Loads a link.", say="do the following: what stands at {link}? Load it|load {link} from the wire|call up {link}"),
        act("post", "wire_comment", "link=url! prose=remark!", "Comments on a piece.", say="see to this: below {link}, say: {prose}|respond at {link} with {prose}"),
    ),
)  # fmt: skip
FACILITIES = (MAIL, CHAT, FILES, WEB, CONTACTS, CALENDAR, TODOS)
