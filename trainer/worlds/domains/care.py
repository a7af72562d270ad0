"""Domains of health, bodies and animals."""

from trainer.worlds.domain import Domain, act, entity

PHARMACY = Domain(
    "pharmacy", "{org}, a pharmacy", ("pharmacist in charge", "dispensing assistant", "delivery rider", "drug wholesaler"),
    (
        entity("drug_order", "order_id=number patient=person drug=word packs=1..9 price=money prescribed_by=person allergy=none/penicillin/latex state=new/ready/collected note=text*", "{patient}'s drug order|drug order {order_id}|the {drug} for {patient}", level=4),
        entity("drug", "drug_id=id name=word stock=0..400 strength_mg=5..800 expires=date schedule=free/prescription/controlled leaflet=long*", "{name}|the drug {name}|drug {drug_id}", level=1),
        entity("repeat_order", "repeat_id=id patient=person drug=word every_days=7..90 card=card until=date instruction=text*", "{patient}'s repeat order|repeat order {repeat_id}", level=4),
    ),
    (
        act("create", "drug_order", "patient=person! drug=word! packs=1..9!", "Orders a drug for a patient.", say="order {packs} packs of {drug} for {patient}|take care of this: {patient} needs {drug}, {packs} packs; order it|get {packs} x {drug} in for {patient}"),
        act("run", "hand_over", "order_id=@!", "Marks an order as handed over.", via="drug_order order_id=order_id", say="hand over {order_id}", say_via="hand {it} over|get this done: {it} was collected; book it|give {it} out"),
        act("update", "drug_stock", "drug_id=@! stock=0..400!", "Corrects the stock.", via="drug drug_id=drug_id", say="set drug {drug_id} to {stock} packs", say_via="correct {it} to {stock} packs|arrange this: there are {stock} packs of {it}; enter that"),
        act("cancel", "repeat_order", "repeat_id=@!", "Ends a repeat order.", via="repeat_order repeat_id=repeat_id", say="end repeat order {repeat_id}", say_via="end {it}|stop {it}|help with the following: no more of {it}, cancel it"),
        act("update", "repeat_interval", "repeat_id=@! every_days=7..90!", "Changes an interval.", via="repeat_order repeat_id=repeat_id", say="send repeat {repeat_id} every {every_days} days", say_via="send {it} every {every_days} days|change {it} to {every_days} days"),
        act("send", "pickup_text", "phone=phone! text=remark!", "Texts a customer.", say="text {phone} that the order is here: {text}|send a pick-up text to {phone}: {text}"),
        act("share", "medication_list", "patient=person! mail=email!", "Sends what a patient takes.", say="send {mail} what {patient} takes|mail {patient}'s medication list to {mail}"),
    ),
    attributes=("licence", "age", "training", "verified"),
)  # fmt: skip
TELEHEALTH = Domain(
    "remote_doctor", "{org}, doctors on call by video", ("video doctor", "triage nurse", "insured person", "claims coder"),
    (
        entity("consultation", "consult_no=number insured=person doctor=person when=moment complaint=cough/rash/fever/anxiety fee=money outcome=text*", "{insured}'s consultation|consultation {consult_no}|the talk with {doctor}", level=5),
        entity("sick_note", "note_no=id insured=person from_day=date days_off=1..21 employer=company cause=text*", "{insured}'s sick note|sick note {note_no}", level=4),
        entity("vital_reading", "vital_no=id insured=person pulse=45..160 taken_at=stamp gadget=word alarm=flag comment=text*", "{insured}'s reading|vital reading {vital_no}", level=5),
    ),
    (
        act("book", "consultation", "insured=person! doctor=person! when=moment!", "Books a video talk.", say="sort this out: {insured} would like to see {doctor} on video, {when}|do the following: video talk for {insured} with {doctor}: {when}"),
        act("create", "sick_note", "insured=person! from_day=date! days_off=1..21!", "Writes a sick note.", say="see to this: sick note for {insured}: {days_off} days from {from_day}|take care of this: {insured} cannot work from {from_day}, {days_off} days; write it"),
        act("send", "sick_note", "note_no=@! mail=outsider!", "Mails a sick note.", via="sick_note note_no=note_no", say="let {mail} receive sick note {note_no}", say_via="let {mail} receive {it}|get this done: the employer reads {mail}; get {it} there"),
        act("cancel", "consultation", "consult_no=@!", "Cancels a talk.", via="consultation consult_no=consult_no", say="release the slot of {consult_no}", say_via="release the slot of {it}|arrange this: {it} was cured; cancel the talk"),
        act("pay", "consult_fee_return", "consult_no=@! fee=money!", "Returns a fee.", via="consultation consult_no=consult_no fee=fee", say="reverse {fee} on consultation {consult_no}", say_via="reverse the fee of {it}|help with the following: {it} never happened; return its fee"),
        act("share", "vital_history", "insured=person! mail=email! weeks=1..26!", "Sends readings.", say="handle this: {weeks} weeks of {insured}'s readings to {mail}|let {mail} see how {insured} did over {weeks} weeks"),
        act("update", "vital_alarm", "vital_no=@! pulse=45..160!", "Sets when a reading raises an alarm.", via="vital_reading vital_no=vital_no", say="sort this out: alarm on {vital_no} from a pulse of {pulse}", say_via="raise an alarm on {it} from pulse {pulse}|do the following: {it} should alarm at {pulse}"),
    ),
    attributes=("licence", "age", "country", "verified"),
)  # fmt: skip
DENTIST = Domain(
    "dental_practice", "{org}, a dental practice", ("dentist", "dental hygienist", "front desk", "dental patient"),
    (
        entity("dental_chart", "chart_id=id patient=person birth=birth tooth=11..48 finding=caries/crown/healthy insurer=company phone=phone remark=text*", "{patient}'s chart|chart {chart_id}", level=4),
        entity("chair_slot", "slot_id=id patient=person starts=moment treatment=cleaning/filling/check minutes=15..120 wish=text*", "{patient}'s slot|chair slot {slot_id}|the slot at {starts}", level=3),
        entity("cost_estimate", "estimate_id=number patient=person work=crown/bridge/implant total=money insurer_share=percent valid_until=date terms=text*", "{patient}'s estimate|estimate {estimate_id}|the {work} estimate for {patient}", level=3),
    ),
    (
        act("book", "chair_slot", "patient=person! treatment=cleaning/filling/check! starts=moment!", "Books the chair.", say="book {patient} for a {treatment} at {starts}|handle this: {patient}, {treatment}, {starts} - put it in|reserve the chair at {starts} for {patient} ({treatment})"),
        act("update", "slot_time", "slot_id=@! starts=moment!", "Moves a slot.", via="chair_slot slot_id=slot_id", say="move chair slot {slot_id} to {starts}", say_via="move {it} to {starts}|sort this out: {it} comes at {starts} instead; change it|postpone {it} to {starts}"),
        act("cancel", "chair_slot", "slot_id=@!", "Cancels a slot.", via="chair_slot slot_id=slot_id", say="cancel chair slot {slot_id}", say_via="cancel {it}|free {it}|do the following: {it} cannot come, cancel"),
        act("update", "estimate_total", "estimate_id=@! total=money!", "Changes an estimate.", via="cost_estimate estimate_id=estimate_id", say="set estimate {estimate_id} to {total}", say_via="set {it} to {total}|price {it} at {total}"),
        act("send", "estimate", "estimate_id=@! mail=email!", "Mails an estimate.", via="cost_estimate estimate_id=estimate_id", say="mail estimate {estimate_id} to {mail}", say_via="mail {it} to {mail}|send {it} over to {mail}"),
        act("share", "dental_chart", "chart_id=@! mail=email!", "Sends a chart to another practice.", via="dental_chart chart_id=chart_id", say="send chart {chart_id} to {mail}", say_via="send {it} to {mail}|see to this: the other practice ({mail}) needs {it}; send it"),
        act("delete", "dental_chart", "chart_id=@!", "Deletes a chart.", via="dental_chart chart_id=chart_id", say="delete chart {chart_id}", say_via="delete {it}|destroy {it}, the time is up|erase {it}"),
    ),
    attributes=("licence", "age", "training", "verified"),
)  # fmt: skip
GYM = Domain(
    "fitness_studio", "{org}, a fitness studio", ("gym member", "course instructor", "studio manager", "counter staff"),
    (
        entity("gym_contract", "contract_no=number member=person plan=light/full/student fee=money iban=iban birth=birth until=date note=text*", "{member}'s contract|gym contract {contract_no}", level=4),
        entity("course", "course_id=id title=word instructor=person starts=moment places=5..40 room=word about=text*", "the {title} course|{instructor}'s course|course {course_id}", level=1),
        entity("body_check", "check_id=id member=person weight=45..140 fat=percent measured=past goal=text*", "{member}'s body check|body check {check_id}", level=4),
        entity("locker_key", "locker_id=id member=person locker=1..300 pin=code until=date", "{member}'s locker|locker key {locker_id}", level=3),
    ),
    (
        act("book", "course_place", "member=person! title=word! starts=moment", "Books a place in a course.", say="put {member} into {title} at {starts}|book a place in {title} ({starts}) for {member}|take care of this: {member} joins {title}, {starts}"),
        act("cancel", "course", "course_id=@!", "Cancels a course.", via="course course_id=course_id", say="cancel course {course_id}", say_via="cancel {it}|call {it} off|get this done: {it} is ill-attended; drop it"),
        act("update", "gym_plan", "contract_no=@! plan=light/full/student!", "Changes a plan.", via="gym_contract contract_no=contract_no", say="change contract {contract_no} to {plan}", say_via="change {it} to {plan}|put {it} on the {plan} plan"),
        act("pay", "fee_refund", "iban=iban! fee=money!", "Pays a fee back.", via="gym_contract iban=iban fee=fee", say="refund the fee of {fee} to {iban}|return {fee} for the gym to {iban}", say_via="refund {it}|pay back a month on {it}"),
        act("cancel", "gym_contract", "contract_no=@!", "Ends a contract.", via="gym_contract contract_no=contract_no", say="end gym contract {contract_no}", say_via="end {it}|terminate {it}|let {it} run out"),
        act("update", "locker_pin", "locker_id=@! pin=code!", "Sets a locker's code.", via="locker_key locker_id=locker_id", say="set locker key {locker_id} to {pin}", say_via="set {it} to {pin}|give {it} the code {pin}"),
        act("share", "body_check", "check_id=@! mail=email!", "Sends a body check.", via="body_check check_id=check_id", say="send body check {check_id} to {mail}", say_via="send {it} to {mail}|pass {it} to {mail}"),
    ),
    attributes=("age", "membership", "students", "vaccinated"),
)  # fmt: skip
VET = Domain(
    "animal_practice", "{org}, a veterinary practice", ("veterinarian", "animal keeper", "kennel help", "vaccine supplier"),
    (
        entity("animal", "chip=number called=word keeper=person species=dog/cat/horse/parrot born=birth kilos=1..600 keeper_phone=phone history=text*", "{called}|{keeper}'s {species}|the {species} with chip {chip}", level=3),
        entity("treatment", "treatment_no=id called=word cure=jab/surgery/dental done_on=past bill=money vet=person finding=text*", "{called}'s {cure}|treatment {treatment_no}", level=3),
        entity("kennel_stay", "kennel_no=id called=word box=1..40 from_day=date to_day=date feed=dry/wet/diet habit=text*", "{called}'s kennel stay|kennel stay {kennel_no}", level=2),
    ),
    (
        act("book", "treatment", "called=word! cure=jab/surgery/dental! on=moment!", "Books a treatment.", say="do the following: {called} comes for {cure} at {on}|plan {cure} for {called}: {on}|give {called} a {cure} appointment, {on}"),
        act("create", "kennel_stay", "called=word! from_day=date! to_day=date!", "Boards an animal.", say="board {called} from {from_day} to {to_day}|see to this: {called} stays with us {from_day} through {to_day}"),
        act("update", "kennel_feed", "kennel_no=@! feed=dry/wet/diet!", "Changes the feed.", via="kennel_stay kennel_no=kennel_no", say="feed kennel {kennel_no} {feed}", say_via="take care of this: only {feed} food for {it}|get this done: {it} eats {feed} from now on"),
        act("cancel", "kennel_stay", "kennel_no=@!", "Cancels boarding.", via="kennel_stay kennel_no=kennel_no", say="arrange this: no boarding under {kennel_no}", say_via="help with the following: {it} stays at home; drop it|unbook {it}"),
        act("pay", "keeper_refund", "account=iban! bill=money!", "Pays a keeper back.", say="handle this: the keeper gets {bill} back on {account}|repay the keeper: {bill}, IBAN {account}"),
        act("share", "animal_history", "chip=@! mail=email!", "Sends an animal's history.", via="animal chip=chip", say="sort this out: history of chip {chip} to {mail}", say_via="do the following: the history of {it} goes to {mail}|see to this: {mail} treats {it} now; send them the history"),
        act("update", "keeper_phone", "chip=@! keeper_phone=phone!", "Changes a keeper's number.", via="animal chip=chip", say="take care of this: keeper of chip {chip} is now at {keeper_phone}", say_via="get this done: the keeper of {it} is now at {keeper_phone}|ring {keeper_phone} about {it} in future; save it"),
        act("delete", "animal", "chip=@!", "Removes an animal.", via="animal chip=chip", say="arrange this: chip {chip} passed away, remove it", say_via="help with the following: {it} passed away; remove the entry|take {it} off our books"),
    ),
    attributes=("licence", "vaccinated", "age", "training"),
)  # fmt: skip
CARE_HOME = Domain(
    "care_home", "{org}, a home for the elderly", ("care nurse", "night carer", "relative", "home manager", "kitchen lead"),
    (
        entity("inhabitant", "inhabitant_id=id name=person birth=birth room=1..120 care_level=1..5 relative_phone=phone diet=normal/soft/diabetic allowance=money biography=text*", "{name}|inhabitant {inhabitant_id}|{name} in room {room}", level=4),
        entity("care_entry", "entry_no=id name=person carer=person written=stamp mood=calm/restless/sad observation=text*", "the entry on {name}|care entry {entry_no}|{carer}'s entry", level=5, plural="care_entries"),
        entity("medicine_round", "round_id=id name=person drug=word at=time dose=1..4 given=flag hint=text*", "{name}'s {drug}|medicine round {round_id}", level=4),
        entity("outing", "outing_id=id goal=city day=date seats=2..20 driver=person remark=text*", "the outing to {goal}|outing {outing_id}", level=1),
    ),
    (
        act("update", "medicine_dose", "round_id=@! dose=1..4!", "Changes a dose.", via="medicine_round round_id=round_id", say="set round {round_id} to {dose} tablets", say_via="set {it} to {dose} tablets|give {dose} for {it}|reduce or raise {it} to {dose}"),
        act("create", "care_entry", "name=person! observation=remark!", "Writes an entry.", say="note about {name}: {observation}|write in {name}'s journal: {observation}"),
        act("pay", "pocket_money", "inhabitant_id=@! allowance=money!", "Pays pocket money out.", via="inhabitant inhabitant_id=inhabitant_id", say="pay {allowance} of pocket money to {inhabitant_id}", say_via="give {it} {allowance} of pocket money|pay {allowance} out to {it}"),
        act("update", "diet", "inhabitant_id=@! diet=normal/soft/diabetic!", "Changes a diet.", via="inhabitant inhabitant_id=inhabitant_id", say="put {inhabitant_id} on a {diet} diet", say_via="put {it} on a {diet} diet|arrange this: the kitchen should cook {diet} for {it}"),
        act("book", "outing", "goal=city! day=date! seats=2..20!", "Plans an outing.", say="plan an outing to {goal} on {day} with {seats} seats|take {seats} people to {goal}, {day}"),
        act("cancel", "outing", "outing_id=@!", "Cancels an outing.", via="outing outing_id=outing_id", say="cancel outing {outing_id}", say_via="cancel {it}|call {it} off, the weather is bad|put {it} off for good"),
        act("share", "care_report", "inhabitant_id=@! mail=email!", "Sends a report.", via="inhabitant inhabitant_id=inhabitant_id", say="send the report on {inhabitant_id} to {mail}", say_via="send a report on {it} to {mail}|tell {mail} in writing how {it} is doing"),
    ),
    attributes=("licence", "training", "vaccinated", "on_call"),
)  # fmt: skip
DOMAINS = (PHARMACY, TELEHEALTH, DENTIST, GYM, VET, CARE_HOME)
