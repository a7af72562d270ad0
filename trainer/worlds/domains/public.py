"""Domains of schools, offices, homes and communities."""

from trainer.worlds.domain import Domain, act, entity

SCHOOL = Domain(
    "school", "{org}, a school", ("teacher", "pupil", "parent", "head teacher", "school nurse"),
    (
        entity("pupil", "pupil_id=id name=person birth=birth form=1..12 average=rating parent_phone=phone medical=asthma/allergy/none address=address remark=text*", "{name}|pupil {pupil_id}|{name}'s file", level=4),
        entity("lesson", "lesson_id=id subject=word room=word starts=moment teacher=person homework=text*", "the {subject} lesson|lesson {lesson_id}|{teacher}'s lesson at {starts}", level=1),
        entity("mark", "mark_id=id pupil=person subject=word value=1..6 given=past reason=text*", "{pupil}'s mark in {subject}|mark {mark_id}", level=4),
        entity("parent_letter", "letter_id=id sender=outsider pupil=person received=past text=text*", "the letter from {sender}|the letter about {pupil}", level=3),
    ),
    (
        act("create", "mark", "pupil=person! subject=word! value=1..6!", "Enters a mark.", say="give {pupil} a {value} in {subject}|enter {value} for {pupil} in {subject}|note a {value} in {subject} for {pupil}"),
        act("update", "mark", "mark_id=@! value=1..6!", "Changes a mark.", via="mark mark_id=mark_id", say="change mark {mark_id} to {value}", say_via="change {it} to {value}|make {it} a {value}"),
        act("update", "room", "lesson_id=@! room=word!", "Moves a lesson.", via="lesson lesson_id=lesson_id", say="move lesson {lesson_id} to {room}", say_via="move {it} to room {room}|put {it} into {room}"),
        act("send", "parent_letter", "mail=outsider! text=remark!", "Writes to parents.", say="write to the parents at {mail}: {text}|send {mail} this letter: {text}"),
        act("delete", "pupil", "pupil_id=@!", "Removes a pupil from the register.", via="pupil pupil_id=pupil_id", say="remove pupil {pupil_id}", say_via="take {it} off the register|remove {it}"),
        act("share", "pupil_file", "pupil_id=@! mail=email!", "Sends a pupil's file.", via="pupil pupil_id=pupil_id", say="send pupil file {pupil_id} to {mail}", say_via="send {it} to {mail}|share {it} with {mail}"),
    ),
    attributes=("age", "students", "licence", "training"),
)  # fmt: skip
LIBRARY = Domain(
    "library", "{org}, a public library", ("reader", "librarian", "archivist", "volunteer"),
    (
        entity("book", "signature=number title=title author=person copies=0..9 shelf=word abstract=text*", "the book '{title}'|{signature}|{author}'s book {title}", level=1),
        entity("loan", "loan_id=id reader=person title=title due=date fee=money state=open/overdue/returned note=text*", "{reader}'s loan|loan {loan_id}|the loan of {title}", level=3),
        entity("reader_card", "card_number=number holder=person mail=outsider birth=birth fees=money", "{holder}'s card|card {card_number}", level=3),
    ),
    (
        act("book", "loan", "title=title! reader=person! due=date!", "Lends a book.", say="lend {title} to {reader} until {due}|let {reader} have {title} until {due}"),
        act("update", "loan_due", "loan_id=@! due=date!", "Extends a loan.", via="loan loan_id=loan_id", say="extend loan {loan_id} to {due}", say_via="extend {it} to {due}|prolong {it} until {due}"),
        act("pay", "reader_fee", "card_number=@! amount=money!", "Books a payment of fees.", via="reader_card card_number=card_number amount=fees", say="book {amount} on card {card_number}", say_via="pay the fees of {it}|clear {it}"),
        act("cancel", "reader_card", "card_number=@!", "Blocks a card.", via="reader_card card_number=card_number", say="block card {card_number}", say_via="block {it}|cancel {it}|lock {it}"),
        act("send", "reminder", "mail=outsider! text=remark!", "Reminds a reader.", say="remind {mail}: {text}|send {mail} a reminder saying {text}"),
        act("delete", "book", "signature=@!", "Removes a book from the catalogue.", via="book signature=signature", say="remove {signature} from the catalogue", say_via="remove {it} from the catalogue|weed out {it}"),
    ),
    attributes=("age", "membership", "students", "verified"),
)  # fmt: skip
HOME = Domain(
    "smart_home", "the home of the user, run by {org}", ("owner", "flatmate", "child", "guest", "technician"),
    (
        entity("device", "device_id=id name=word room=kitchen/hall/attic/garage/bedroom state=on/off/standby power=1..900 firmware=version note=text*", "the {name}|the device in the {room}|{name} in the {room}", level=2),
        entity("camera_clip", "clip_id=id camera=word recorded=past seconds=5..300 caption=text*", "the clip of {recorded}|clip {clip_id}|the {camera} clip", level=4),
        entity("routine", "routine_id=id title=word starts=time enabled=flag steps=text*", "the {title} routine|routine {routine_id}", level=1),
        entity("visitor", "visitor_id=id name=person phone=phone door_code=code until=date", "{name}|the visitor {name}", level=4),
    ),
    (
        act("control", "device", "device_id=@! state=on/off/standby!", "Switches a device.", via="device device_id=device_id", say="set device {device_id} to {state}", say_via="turn {it} {state}|switch {it} to {state}"),
        act("control", "front_door", "state=locked/unlocked!", "Locks or unlocks the front door.", say="set the front door to {state}|make sure the front door is {state}"),
        act("update", "heating", "room=kitchen/hall/attic/garage/bedroom! degrees=5..28!", "Sets the temperature.", say="heat the {room} to {degrees} degrees|set the {room} to {degrees} °C|make the {room} {degrees} degrees warm"),
        act("grant", "door_code", "name=person! phone=phone! until=date!", "Creates a door code for a visitor and texts it.", say="give {name} ({phone}) a door code until {until}|create a code for {name} valid until {until} and text it to {phone}"),
        act("share", "camera_clip", "clip_id=@! mail=email!", "Shares a clip.", via="camera_clip clip_id=clip_id", say="send clip {clip_id} to {mail}", say_via="send {it} to {mail}|share {it} with {mail}"),
        act("delete", "camera_clip", "clip_id=@!", "Deletes a clip.", via="camera_clip clip_id=clip_id", say="delete clip {clip_id}", say_via="delete {it}|erase {it}"),
        act("update", "routine", "routine_id=@! starts=time!", "Moves a routine.", via="routine routine_id=routine_id", say="start routine {routine_id} at {starts}", say_via="start {it} at {starts}|move {it} to {starts}"),
    ),
    attributes=("age", "verified", "mfa", "licence"),
)  # fmt: skip
TOWN = Domain(
    "town_office", "the citizens' office of {org}", ("resident", "registrar", "clerk", "case officer", "council member"),
    (
        entity("resident", "resident_id=id name=person birth=birth address=address tax_number=ssn phone=phone remark=text*", "{name}|resident {resident_id}|{name}'s entry", level=4),
        entity("permit", "permit_number=number holder=person kind=parking/building/market/fishing fee=money valid_until=date state=asked/granted/expired reason=text*", "{holder}'s permit|permit {permit_number}|the {kind} permit of {holder}", level=3),
        entity("letter", "letter_id=id sender=outsider about=title received=past text=text*", "the letter from {sender}|the letter about {about}|letter {letter_id}", level=2),
    ),
    (
        act("update", "address", "resident_id=@! address=address!", "Registers a new address.", via="resident resident_id=resident_id", say="register {address} for resident {resident_id}", say_via="register {address} as the address of {it}|move {it} to {address}"),
        act("run", "permit_decision", "permit_number=@! state=granted/expired!", "Decides a permit.", via="permit permit_number=permit_number", say="set permit {permit_number} to {state}", say_via="set {it} to {state}|decide {it}: {state}"),
        act("pay", "fee_waiver", "permit_number=@! amount=money!", "Waives a fee.", via="permit permit_number=permit_number amount=fee", say="waive {amount} on {permit_number}", say_via="waive the fee of {it}|refund the fee of {it}"),
        act("create", "appointment_slot", "name=person! when=moment!", "Gives a slot at the counter.", say="give {name} a slot at {when}|book the counter for {name} at {when}"),
        act("share", "resident_extract", "resident_id=@! mail=email!", "Sends an extract of the register.", via="resident resident_id=resident_id", say="send extract {resident_id} to {mail}", say_via="send an extract of {it} to {mail}|share {it} with {mail}"),
        act("send", "letter_answer", "letter_id=@! text=remark!", "Answers a letter.", via="letter letter_id=letter_id", say="answer letter {letter_id}: {text}", say_via="answer {it} with: {text}|write back on {it}: {text}"),
        act("delete", "permit", "permit_number=@!", "Revokes a permit.", via="permit permit_number=permit_number", say="revoke permit {permit_number}", say_via="revoke {it}|withdraw {it}"),
    ),
    attributes=("clearance", "seniority", "training", "department"),
)  # fmt: skip
CLUB = Domain(
    "sports_club", "{org}, a sports club", ("member", "trainer", "treasurer", "board member", "guest"),
    (
        entity("club_member", "member_id=id name=person mail=outsider joined=past fee=money level=basic/gold/junior account=iban note=text*", "{name}|member {member_id}|{name}'s membership", level=3),
        entity("training", "training_id=id sport=word hall=word starts=moment places=1..30 plan=text*", "the {sport} training|training {training_id}|the training at {starts}", level=1),
        entity("court_booking", "booking_id=number player=person court=1..12 starts=moment price=money wish=text*", "{player}'s court|court booking {booking_id}|the court at {starts}", level=2),
    ),
    (
        act("book", "court", "player=person! court=1..12! starts=moment!", "Books a court.", say="book court {court} for {player} at {starts}|reserve court {court} at {starts}, name {player}"),
        act("cancel", "court_booking", "booking_id=@!", "Cancels a court.", via="court_booking booking_id=booking_id", say="cancel court booking {booking_id}", say_via="cancel {it}|give {it} back"),
        act("pay", "membership_refund", "account=iban! amount=money!", "Pays a fee back.", via="club_member account=account amount=fee", say="pay back {amount} to {account}|return {amount} on the account {account}", say_via="refund the fee of {it}|pay {it} back"),
        act("update", "level", "member_id=@! level=basic/gold/junior!", "Changes a membership.", via="club_member member_id=member_id", say="set member {member_id} to {level}", say_via="make {it} {level}|change {it} to {level}"),
        act("send", "circular", "mail=email! text=remark!", "Writes to a member.", say="write {mail}: {text}|let the member {mail} know: {text}"),
        act("delete", "club_member", "member_id=@!", "Removes a member.", via="club_member member_id=member_id", say="remove member {member_id}", say_via="remove {it}|delete {it}|end {it}"),
    ),
    attributes=("age", "membership", "vaccinated", "licence"),
)  # fmt: skip
NEWS = Domain(
    "news_desk", "the editorial office of {org}", ("reporter", "editor", "chief editor", "photographer", "intern"),
    (
        entity("story", "story_id=id headline=title author=person state=draft/checked/live embargo=date body=text*", "the story '{headline}'|{author}'s story|story {story_id}", level=2, plural="stories"),
        entity("tip", "tip_id=id informant=handle received=past phone=phone content=text*", "the tip from {informant}|tip {tip_id}", level=5),
        entity("agency_item", "item_id=id agency=company slug=topic arrived=past text=text*", "the item by {agency}|the agency item on {slug}|item {item_id}", level=1),
        entity("fee", "fee_id=number freelancer=person amount=money account=iban due=date", "{freelancer}'s fee|fee {fee_id}", level=3),
    ),
    (
        act("post", "story", "story_id=@!", "Publishes a story.", via="story story_id=story_id", say="publish story {story_id}", say_via="publish {it}|put {it} online|let {it} go live"),
        act("update", "headline", "story_id=@! headline=title!", "Changes a headline.", via="story story_id=story_id", say="title story {story_id} '{headline}'", say_via="change the headline of {it} to '{headline}'|retitle {it} as {headline}"),
        act("delete", "story", "story_id=@!", "Withdraws a story.", via="story story_id=story_id", say="withdraw story {story_id}", say_via="withdraw {it}|kill {it}|take {it} down"),
        act("pay", "fee", "account=iban! amount=money!", "Pays a freelancer.", via="fee account=account amount=amount", say="pay the freelancer {amount} on {account}", say_via="pay {it}|transfer {it}|settle {it}"),
        act("forward", "tip", "tip_id=@! mail=email!", "Passes a tip on.", via="tip tip_id=tip_id", say="pass tip {tip_id} to {mail}", say_via="pass {it} on to {mail}|send {it} to {mail}"),
        act("post", "short_message", "text=remark! account=handle!", "Posts on a social network.", say="post as {account}: {text}|let {account} tweet: {text}"),
    ),
    attributes=("seniority", "employment", "department", "clearance"),
)  # fmt: skip
LAB = Domain(
    "research_lab", "{org}, a research institute", ("doctoral student", "principal investigator", "lab technician", "grant officer", "visiting researcher"),
    (
        entity("sample", "sample_id=number species=word collected=past freezer=1..40 owner=person hazard=1..4 protocol=text*", "sample {sample_id}|the {species} sample|{owner}'s sample", level=3),
        entity("experiment", "experiment_id=id title=title lead=person starts=date budget=money state=planned/running/done notes=text*", "the experiment '{title}'|{lead}'s experiment|experiment {experiment_id}", level=2),
        entity("dataset", "dataset_id=id name=word rows=100..90000 classification=open/internal/restricted readme=text*", "the {name} dataset|dataset {dataset_id}", level=3),
        entity("grant", "grant_id=number funder=company amount=money ends=date account=iban conditions=text*", "the {funder} grant|grant {grant_id}", level=3),
    ),
    (
        act("book", "microscope", "starts=moment! hours=1..8!", "Books the microscope.", say="book the microscope at {starts} for {hours} hours|reserve {hours} microscope hours from {starts}"),
        act("share", "dataset", "dataset_id=@! mail=email!", "Gives somebody a copy of a dataset.", via="dataset dataset_id=dataset_id", say="share dataset {dataset_id} with {mail}", say_via="share {it} with {mail}|send {it} to {mail}|let {mail} download {it}"),
        act("delete", "sample", "sample_id=@!", "Discards a sample.", via="sample sample_id=sample_id", say="discard {sample_id}", say_via="discard {it}|throw {it} out|destroy {it}"),
        act("control", "freezer", "freezer=1..40! degrees=1..30!", "Sets a freezer (degrees below zero).", say="set freezer {freezer} to minus {degrees}|cool freezer {freezer} down to -{degrees}"),
        act("pay", "grant_money", "account=iban! amount=money! purpose=topic", "Spends grant money.", via="grant account=account", say="pay {amount} from the grant to {account} for the {purpose}", say_via="pay {amount} for {purpose} on {it}|move {amount} to {it} ({purpose})"),
        act("update", "experiment", "experiment_id=@! state=planned/running/done!", "Sets the state of an experiment.", via="experiment experiment_id=experiment_id", say="set experiment {experiment_id} to {state}", say_via="set {it} to {state}|mark {it} as {state}"),
        act("grant", "lab_access", "person=email! building=word!", "Opens the doors for somebody.", say="let {person} into {building}|give {person} a badge for {building}"),
    ),
    attributes=("clearance", "training", "vaccinated", "seniority"),
)  # fmt: skip
LAW = Domain(
    "law_firm", "{org}, a law firm", ("paralegal", "associate", "partner", "client", "secretary"),
    (
        entity("matter", "matter_number=number client=company opponent=company lawyer=person opened=past hours=1..200 state=open/closed memo=text*", "the {client} matter|matter {matter_number}|{client} against {opponent}", level=4),
        entity("agreement", "agreement_id=id title=title parties=company signed=past value=money clause=text*", "the agreement with {parties}|agreement {agreement_id}|the {title} agreement", level=4),
        entity("deadline", "deadline_id=id matter=number falls_on=date responsible=person task=text*", "deadline {deadline_id}|{responsible}'s deadline|the deadline on {falls_on}", level=2),
    ),
    (
        act("create", "deadline", "matter=number! falls_on=date! responsible=person!", "Enters a deadline.", say="enter a deadline in {matter} for {falls_on}, {responsible} in charge|note {falls_on} as a deadline of {matter} for {responsible}"),
        act("share", "agreement", "agreement_id=@! mail=email!", "Sends an agreement.", via="agreement agreement_id=agreement_id", say="send agreement {agreement_id} to {mail}", say_via="take care of this: {mail} needs {it} for signature|get this done: a copy of {it} belongs with {mail}|serve {it} on {mail}"),
        act("update", "hours", "matter_number=@! hours=1..200!", "Books hours on a matter.", via="matter matter_number=matter_number", say="book {hours} hours on {matter_number}", say_via="book {hours} hours on {it}|charge {hours} hours to {it}"),
        act("cancel", "matter", "matter_number=@!", "Closes a matter.", via="matter matter_number=matter_number", say="close {matter_number}", say_via="close {it}|shut {it}"),
        act("send", "client_letter", "mail=outsider! text=remark!", "Writes to a client.", say="write the client {mail}: {text}|send a letter to {mail} saying {text}"),
        act("grant", "matter_access", "matter_number=@! mail=email!", "Lets somebody read a matter.", via="matter matter_number=matter_number", say="open {matter_number} to {mail}", say_via="admit {mail} to {it}|give {mail} access to {it}"),
        act("delete", "deadline", "deadline_id=@!", "Removes a deadline.", via="deadline deadline_id=deadline_id", say="remove deadline {deadline_id}", say_via="arrange this: {it} no longer runs; remove it|lift {it}"),
    ),
    attributes=("licence", "clearance", "employment", "seniority"),
)  # fmt: skip
DOMAINS = (SCHOOL, LIBRARY, HOME, TOWN, CLUB, NEWS, LAB, LAW)
