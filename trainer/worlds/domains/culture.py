"""Domains of learning, arts and play."""

from trainer.worlds.domain import Domain, act, entity

UNIVERSITY = Domain(
    "university", "the student office of {org}, a university", ("lecturer", "enrolled student", "student office clerk", "dean"),
    (
        entity("student", "matriculation=number name=person mail=outsider subject=topic credits=0..240 birth=birth fees=money status=enrolled/leave/left remark=text*", "{name}|the student {name}|student {matriculation}", level=3),
        entity("seminar", "seminar_id=id title=title lecturer=person room=word starts=moment places=5..90 syllabus=long*", "the seminar '{title}'|{lecturer}'s seminar|seminar {seminar_id}", level=1),
        entity("thesis", "thesis_id=number author=person title=title grade=rating due=date supervisor=person report=text*", "{author}'s thesis|thesis {thesis_id}|the thesis '{title}'", level=4, plural="theses"),
        entity("stipend", "stipend_id=id holder=person monthly=money iban=iban until=date condition=text*", "{holder}'s stipend|stipend {stipend_id}", level=4),
    ),
    (
        act("book", "seminar_place", "name=person! title=title!", "Enrols somebody in a seminar.", say="enrol {name} in '{title}'|sign {name} up for {title}|arrange this: {name} wants a place in {title}; book it"),
        act("update", "thesis_grade", "thesis_id=@! grade=1..5!", "Enters a grade.", via="thesis thesis_id=thesis_id", say="grade thesis {thesis_id} with {grade}", say_via="grade {it} with {grade}|give {it} a {grade}|help with the following: {it} earned a {grade}; enter it"),
        act("update", "thesis_due", "thesis_id=@! due=date!", "Extends a thesis.", via="thesis thesis_id=thesis_id", say="extend thesis {thesis_id} to {due}", say_via="extend {it} to {due}|give {it} until {due}"),
        act("pay", "stipend", "iban=iban! monthly=money!", "Pays a stipend.", via="stipend iban=iban monthly=monthly", say="pay the stipend of {monthly} to {iban}|send {monthly} of stipend money to {iban}", say_via="pay {it}|send out {it}|transfer this month of {it}"),
        act("cancel", "stipend", "stipend_id=@!", "Ends a stipend.", via="stipend stipend_id=stipend_id", say="end stipend {stipend_id}", say_via="end {it}|stop {it}|cancel {it} from next month"),
        act("share", "transcript", "matriculation=@! mail=email!", "Sends a transcript.", via="student matriculation=matriculation", say="send the transcript of {matriculation} to {mail}", say_via="send the transcript of {it} to {mail}|handle this: {mail} would like the grades of {it}; send the transcript"),
        act("delete", "student", "matriculation=@!", "Removes a student.", via="student matriculation=matriculation", say="exmatriculate {matriculation}", say_via="exmatriculate {it}|remove {it} from the register|strike {it}"),
    ),
    attributes=("students", "age", "seniority", "deposit_paid"),
)  # fmt: skip
EXAMS = Domain(
    "examination_board", "the examination board of {org}", ("examiner", "invigilator", "examinee", "board secretary"),
    (
        entity("exam", "exam_id=number subject=word hall=word at=moment minutes=30..240 setter=person state=planned/written/marked instructions=text*", "the {subject} exam|exam {exam_id}|{setter}'s exam", level=2),
        entity("exam_paper", "paper_no=id examinee=person subject=word points=0..100 marked_by=person handed_in=stamp remark=text*", "{examinee}'s {subject} paper|paper {paper_no}", level=4),
        entity("question_set", "set_id=uuid subject=word author=person questions=5..60 kept_at=store solution=long*", "the {subject} questions|question set {set_id}", level=5),
        entity("extra_time", "grant_no=id examinee=person minutes=5..90 until=date ground=text*", "{examinee}'s extra time|extra time {grant_no}", level=4, plural="extra_times"),
    ),
    (
        act("update", "paper_points", "paper_no=@! points=0..100!", "Enters points.", via="exam_paper paper_no=paper_no", say="give paper {paper_no} {points} points", say_via="give {it} {points} points|enter {points} for {it}|sort this out: {it} comes to {points} points; save that"),
        act("update", "exam_time", "exam_id=@! at=moment!", "Moves an exam.", via="exam exam_id=exam_id", say="write exam {exam_id} at {at}", say_via="move {it} to {at}|do the following: {it} is written at {at}; change it"),
        act("grant", "extra_time", "examinee=person! minutes=5..90!", "Gives somebody more time.", say="give {examinee} {minutes} extra minutes|see to this: {examinee} may write {minutes} minutes longer"),
        act("share", "question_set", "set_id=@! mail=email!", "Sends a set of questions.", via="question_set set_id=set_id", say="send question set {set_id} to {mail}", say_via="send {it} to {mail}|let the setter at {mail} see {it}"),
        act("post", "results", "room=room! subject=word!", "Publishes results in a room.", say="publish the {subject} results in {room}|put the {subject} results up in {room}"),
        act("cancel", "exam", "exam_id=@!", "Cancels an exam.", via="exam exam_id=exam_id", say="cancel exam {exam_id}", say_via="cancel {it}|call {it} off|take care of this: {it} leaked; cancel it"),
        act("delete", "exam_paper", "paper_no=@!", "Destroys a paper.", via="exam_paper paper_no=paper_no", say="destroy paper {paper_no}", say_via="destroy {it}|shred {it}, the time has passed|delete {it}"),
    ),
    attributes=("students", "licence", "seniority", "age"),
)  # fmt: skip
MUSEUM = Domain(
    "museum", "{org}, a museum", ("curator", "conservator", "gallery guard", "lender of works"),
    (
        entity("artwork", "inventory_no=number artist=person named=title made_in=1500..2020 insured_for=money hangs_in=word condition_note=text*", "'{named}' by {artist}|{named}|artwork {inventory_no}", level=3),
        entity("work_loan", "work_loan_no=number named=title borrower=company leaves_on=date back_on=date fee=money courier_phone=phone clause=long*", "the loan of '{named}'|work loan {work_loan_no}|what {borrower} borrows", level=3),
        entity("tour_party", "party_no=id guide=person size=2..40 arrives=moment tongue=word mail=outsider wish=text*", "{guide}'s party|tour party {party_no}", level=2, plural="tour_parties"),
        entity("gallery_alarm", "alarm_no=id gallery=word tripped=stamp armed=flag keypad=code protocol=text*", "the alarm in {gallery}|gallery alarm {alarm_no}", level=4),
    ),
    (
        act("update", "artwork_place", "inventory_no=@! hangs_in=word!", "Moves a work.", via="artwork inventory_no=inventory_no", say="hang {inventory_no} in {hangs_in}", say_via="hang {it} in {hangs_in}|arrange this: {it} should be seen in {hangs_in}; rehang it"),
        act("create", "work_loan", "named=title! borrower=company! back_on=date!", "Lends a work.", say="lend '{named}' to {borrower}, back {back_on}|help with the following: {borrower} may show {named} until {back_on}; draw the loan up"),
        act("cancel", "work_loan", "work_loan_no=@!", "Refuses a loan.", via="work_loan work_loan_no=work_loan_no", say="refuse work loan {work_loan_no}", say_via="refuse {it} politely|handle this: we cannot spare the piece; revoke {it}"),
        act("update", "insured_sum", "inventory_no=@! insured_for=money!", "Insures a work for another sum.", via="artwork inventory_no=inventory_no", say="insure {inventory_no} for {insured_for}", say_via="insure {it} for {insured_for}|sort this out: {insured_for} is what {it} is worth; insure it so"),
        act("control", "gallery_alarm", "alarm_no=@! state=armed/disarmed!", "Arms or disarms a gallery.", via="gallery_alarm alarm_no=alarm_no", say="do the following: gallery alarm {alarm_no} goes {state}", say_via="see to this: {it} goes {state}|have {it} {state} over night"),
        act("book", "tour_party", "guide=person! size=2..40! arrives=moment!", "Books a tour.", say="take care of this: {guide} leads {size} people at {arrives}|get this done: a party of {size} arrives {arrives}; {guide} guides"),
        act("share", "condition_report", "inventory_no=@! mail=email!", "Sends a condition report.", via="artwork inventory_no=inventory_no", say="arrange this: condition of {inventory_no} to {mail}", say_via="help with the following: the condition of {it} interests {mail}; report it|report to {mail} how {it} is preserved"),
        act("delete", "artwork", "inventory_no=@!", "Takes a work out of the collection.", via="artwork inventory_no=inventory_no", say="deaccession {inventory_no}", say_via="deaccession {it}|handle this: {it} leaves the collection for good"),
    ),
    attributes=("seniority", "clearance", "membership", "training"),
)  # fmt: skip
TRANSLATION = Domain(
    "translation_bureau", "{org}, a translation bureau", ("translator", "proofreader", "project coordinator", "translation client"),
    (
        entity("translation_job", "job_no=number client=company pair=en-de/fr-en/pl-sv/ja-en words=100..9000 fee=money due=moment translator=person state=offered/running/delivered source_text=long*", "{client}'s translation|translation job {job_no}|the {pair} job of {client}", level=3),
        entity("glossary", "glossary_id=id field_of_use=topic client=company terms=20..900 keeper=person entry=text*", "the {field_of_use} glossary|{client}'s glossary|glossary {glossary_id}", level=2, plural="glossaries"),
        entity("freelancer", "freelancer_id=id name=person mail=outsider rate=rating iban=iban pair=en-de/fr-en/pl-sv/ja-en comment=text*", "{name}|the freelancer {name}|freelancer {freelancer_id}", level=3),
    ),
    (
        act("create", "translation_job", "client=company! pair=en-de/fr-en/pl-sv/ja-en! words=100..9000! due=moment!", "Takes a job in.", say="take in {words} words {pair} for {client}, due {due}|get this done: {client} wants {words} words in {pair} by {due}; open a job"),
        act("forward", "translation_job", "job_no=@! mail=email!", "Passes a job to a translator.", via="translation_job job_no=job_no", say="pass job {job_no} to {mail}", say_via="pass {it} to {mail}|offer {it} to {mail}|give {it} to the translator at {mail}"),
        act("pay", "freelancer", "iban=iban! fee=money!", "Pays a freelancer.", via="freelancer iban=iban", say="pay the translator {fee} on {iban}|settle {fee} with the account {iban}", say_via="pay {it} {fee}|transfer {fee} to {it}|arrange this: {it} is owed {fee}; pay"),
        act("update", "job_due", "job_no=@! due=moment!", "Moves a deadline.", via="translation_job job_no=job_no", say="deliver job {job_no} by {due}", say_via="deliver {it} by {due}|help with the following: the client moved {it} to {due}; note it"),
        act("cancel", "translation_job", "job_no=@!", "Cancels a job.", via="translation_job job_no=job_no", say="cancel job {job_no}", say_via="cancel {it}|drop {it}|handle this: the client pulled {it}; cancel"),
        act("delete", "glossary", "glossary_id=@!", "Deletes a glossary.", via="glossary glossary_id=glossary_id", say="delete glossary {glossary_id}", say_via="delete {it}|throw {it} away|remove {it}"),
        act("send", "client_question", "mail=outsider! text=remark!", "Asks a client.", say="ask the client {mail}: {text}|sort this out: query to {mail}: {text}"),
    ),
    attributes=("licence", "employment", "seniority", "verified"),
)  # fmt: skip
PHOTOS = Domain(
    "photo_archive", "the photo archive of {org}", ("archive keeper", "photo researcher", "picture buyer", "family member"),
    (
        entity("photo", "photo_id=uuid caption=title taken_by=person taken_on=past spot=coordinates size=size rights=free/licensed/blocked story=text*", "the photo '{caption}'|{taken_by}'s photo|photo {photo_id}", level=2),
        entity("album", "album_id=id title=title owner=person pictures=5..900 link=url visible=family/public/nobody intro=text*", "the album '{title}'|{owner}'s album|album {album_id}", level=3),
        entity("picture_licence", "licence_no=number buyer=company caption=title fee=money until=date iban=iban terms=text*", "{buyer}'s licence|picture licence {licence_no}", level=3),
    ),
    (
        act("share", "album", "album_id=@! mail=email!", "Shares an album.", via="album album_id=album_id", say="share album {album_id} with {mail}", say_via="share {it} with {mail}|let {mail} browse {it}|show {mail} {it}"),
        act("update", "album_visibility", "album_id=@! visible=family/public/nobody!", "Sets who sees an album.", via="album album_id=album_id", say="show album {album_id} to {visible}", say_via="show {it} to {visible}|make {it} visible to {visible}"),
        act("delete", "photo", "photo_id=@!", "Deletes a photo.", via="photo photo_id=photo_id", say="delete photo {photo_id}", say_via="delete {it}|throw {it} away|erase {it}, it is blurred"),
        act("update", "photo_rights", "photo_id=@! rights=free/licensed/blocked!", "Sets the rights of a photo.", via="photo photo_id=photo_id", say="mark photo {photo_id} as {rights}", say_via="mark {it} as {rights}|do the following: {it} is {rights}; tag it so"),
        act("create", "picture_licence", "buyer=company! caption=title! fee=money! until=date!", "Licenses a picture.", say="license '{caption}' to {buyer} for {fee} until {until}|sell {buyer} the rights on {caption}: {fee}, ending {until}"),
        act("pay", "royalty", "iban=iban! fee=money!", "Pays a royalty.", via="picture_licence iban=iban fee=fee", say="pay a royalty of {fee} to {iban}|see to this: royalty: {fee} on {iban}", say_via="pay the royalty on {it}|settle {it}"),
        act("post", "slideshow", "site=site! caption=title!", "Publishes a slide show.", say="publish '{caption}' as a slide show on {site}|put the slides of {caption} on {site}"),
    ),
    attributes=("verified", "membership", "age", "training"),
)  # fmt: skip
GAMES = Domain(
    "game_studio", "the player service of {org}, a game studio", ("player", "game master", "community moderator", "live producer"),
    (
        entity("player_account", "player_id=uuid nick=handle mail=outsider birth=birth coins=1..9000 card=card standing=good/muted/banned complaint=text*", "{nick}|the player {nick}|player {player_id}", level=4),
        entity("guild", "guild_id=id title=project leader=handle members=2..90 treasury=1..9000 motto=text*", "the guild {title}|{leader}'s guild|guild {guild_id}", level=1),
        entity("trade_offer", "offer_id=number seller=handle item=word price=1..900 since=stamp state=open/sold/frozen pitch=text*", "{seller}'s {item}|trade offer {offer_id}|the offer of the {item}", level=1),
        entity("cheat_report", "cheat_id=id accused=handle reporter=handle seen=stamp verdict=open/cheating/clean evidence=text*", "the report on {accused}|cheat report {cheat_id}|{reporter}'s report", level=3),
    ),
    (
        act("pay", "coins", "to_nick=handle! coins=1..9000!", "Gives a player coins.", say="give {to_nick} {coins} coins|credit {coins} coins to {to_nick}|take care of this: {to_nick} won {coins} coins; pay them"),
        act("update", "player_standing", "player_id=@! standing=good/muted/banned!", "Sets a player's standing.", via="player_account player_id=player_id", say="set player {player_id} to {standing}", say_via="set {it} to {standing}|get this done: {it} should be {standing}|mark {it} {standing}"),
        act("cancel", "trade_offer", "offer_id=@!", "Takes an offer down.", via="trade_offer offer_id=offer_id", say="take offer {offer_id} down", say_via="take {it} down|freeze out {it}|cancel {it}"),
        act("run", "cheat_verdict", "cheat_id=@! verdict=cheating/clean!", "Decides a report.", via="cheat_report cheat_id=cheat_id", say="decide report {cheat_id}: {verdict}", say_via="decide {it}: {verdict}|arrange this: {verdict} is my ruling on {it}; enter it"),
        act("grant", "moderator_badge", "nick=handle! realm=word!", "Makes a player moderator.", say="make {nick} moderator of {realm}|give {nick} the moderator badge in {realm}"),
        act("share", "chat_log", "player_id=@! mail=email!", "Sends what a player wrote.", via="player_account player_id=player_id", say="send the chat log of {player_id} to {mail}", say_via="send the chat log of {it} to {mail}|help with the following: {mail} wants to read what {it} wrote; send it"),
        act("delete", "player_account", "player_id=@!", "Deletes a player.", via="player_account player_id=player_id", say="delete player {player_id}", say_via="delete {it}|wipe {it} with all coins|close {it} for good"),
        act("post", "realm_notice", "room=room! text=remark!", "Tells everyone in a realm.", say="announce in {room}: {text}|tell everybody in {room}: {text}"),
    ),
    attributes=("age", "verified", "membership", "seniority"),
)  # fmt: skip
DOMAINS = (UNIVERSITY, EXAMS, MUSEUM, TRANSLATION, PHOTOS, GAMES)
