"""Domains of public authority."""

from trainer.worlds.domain import Domain, act, entity

ELECTIONS = Domain(
    "election_office", "the election office of {org}", ("returning officer", "poll clerk", "voter", "party observer"),
    (
        entity("voter", "voter_no=number full_name=person birth=birth registered_at=address district=1..40 postal=flag notice=text*", "{full_name}|voter {voter_no}|{full_name} of district {district}", level=4),
        entity("polling_place", "place_no=id venue=address district=1..40 booths=2..12 head=person turnout=percent incident_log=text*", "the polling place at {venue}|polling place {place_no}", level=1),
        entity("ballot_batch", "batch_no=number district=1..40 ballots=100..9000 sealed=stamp printer=company status=printed/out/counted seal_note=text*", "batch {batch_no}|the ballots of district {district}", level=4, plural="ballot_batches"),
        entity("candidacy", "candidacy_no=id runner=person party=word signatures=50..900 handed_in=past verdict=open/valid/void objection=text*", "{runner}'s candidacy|candidacy {candidacy_no}|the candidate of {party}", level=2, plural="candidacies"),
    ),
    (
        act("update", "voter_address", "voter_no=@! registered_at=address!", "Registers a voter elsewhere.", via="voter voter_no=voter_no", say="help with the following: voter {voter_no} now lives at {registered_at}", say_via="handle this: {it} now lives at {registered_at}; enter it in the roll|enrol {it} under {registered_at}"),
        act("send", "postal_ballot", "voter_no=@! registered_at=address!", "Posts a ballot.", via="voter voter_no=voter_no", say="post a ballot for {voter_no} to {registered_at}", say_via="post the ballot of {it} to {registered_at}|sort this out: {it} votes by post from {registered_at}"),
        act("delete", "voter", "voter_no=@!", "Strikes a voter from the roll.", via="voter voter_no=voter_no", say="strike voter {voter_no} off the roll", say_via="strike {it} off the roll|do the following: {it} lost the vote; take the entry out"),
        act("run", "candidacy_verdict", "candidacy_no=@! verdict=valid/void!", "Rules on a candidacy.", via="candidacy candidacy_no=candidacy_no", say="see to this: candidacy {candidacy_no} is {verdict}", say_via="rule {it} {verdict}|take care of this: the committee found {it} {verdict}; enter it"),
        act("update", "ballot_count", "batch_no=@! ballots=100..9000!", "Corrects the number of ballots.", via="ballot_batch batch_no=batch_no", say="get this done: batch {batch_no} holds {ballots} ballots, fix it", say_via="arrange this: {it} holds {ballots} ballots; fix the number|help with the following: recount gave {ballots} for {it}"),
        act("share", "electoral_roll", "district=1..40! mail=email!", "Sends the roll of a district.", say="handle this: the roll of district {district} for {mail}|let {mail} have the roll of district {district}"),
        act("create", "polling_place", "venue=address! district=1..40! booths=2..12!", "Sets up a polling place.", say="set up {booths} booths at {venue} for district {district}|sort this out: district {district} votes at {venue}, {booths} booths"),
    ),
    attributes=("clearance", "age", "training", "country"),
)  # fmt: skip
COURT = Domain(
    "court_registry", "the registry of {org}, a court", ("judge", "registry clerk", "bailiff", "party to the case"),
    (
        entity("court_case", "docket=number plaintiff=person defendant=company claim=money judge=person filed=past stage=filed/heard/decided brief=long*", "{plaintiff} against {defendant}|docket {docket}|{plaintiff}'s case", level=3),
        entity("hearing", "hearing_id=id docket=number hall=word at=moment public=flag judge=person record=text*", "the hearing at {at}|hearing {hearing_id}|{judge}'s hearing", level=2),
        entity("fine", "fine_id=number debtor=person sum=money due=date account=iban state=open/paid/waived ground=text*", "{debtor}'s fine|fine {fine_id}", level=3),
        entity("sealed_exhibit", "exhibit_id=id docket=number kept_in=word sealed_by=person sealed=past content=text*", "exhibit {exhibit_id}|the exhibit in {docket}", level=5),
    ),
    (
        act("update", "hearing_time", "hearing_id=@! at=moment!", "Moves a hearing.", via="hearing hearing_id=hearing_id", say="adjourn hearing {hearing_id} to {at}", say_via="adjourn {it} to {at}|move {it} to {at}|do the following: {it} will be heard at {at}; enter it"),
        act("create", "hearing", "docket=number! hall=word! at=moment!", "Fixes a hearing.", say="hear {docket} in {hall} at {at}|fix a hearing of {docket}: {at}, hall {hall}"),
        act("pay", "bail_return", "account=iban! sum=money!", "Returns bail.", say="return bail of {sum} to {account}|see to this: {sum} of bail goes back to {account}"),
        act("cancel", "fine", "fine_id=@!", "Waives a fine.", via="fine fine_id=fine_id", say="waive fine {fine_id}", say_via="waive {it}|drop {it}|let {it} off"),
        act("update", "fine_sum", "fine_id=@! sum=money!", "Sets a fine.", via="fine fine_id=fine_id", say="set fine {fine_id} at {sum}", say_via="set {it} at {sum}|reduce {it} to {sum}|fix {it}: {sum}"),
        act("share", "sealed_exhibit", "exhibit_id=@! mail=email!", "Sends a sealed exhibit.", via="sealed_exhibit exhibit_id=exhibit_id", say="send exhibit {exhibit_id} to {mail}", say_via="send {it} to {mail}|unseal {it} for {mail}"),
        act("send", "summons", "mail=outsider! text=remark!", "Summons somebody.", say="summon {mail}: {text}|serve {mail} with a summons saying {text}"),
        act("grant", "docket_access", "docket=@! mail=email!", "Opens a docket to somebody.", via="court_case docket=docket", say="open docket {docket} to {mail}", say_via="open {it} to {mail}|let counsel at {mail} into {it}"),
    ),
    attributes=("clearance", "licence", "seniority", "verified"),
)  # fmt: skip
POLICE = Domain(
    "police_station", "a police station of {org}", ("patrol officer", "detective", "evidence custodian", "citizen at the desk"),
    (
        entity("offence_report", "report_no=number witness=person offence=burglary/assault/fraud/graffiti scene=address happened=past state=open/shelved/cleared statement=long*", "{witness}'s report|the {offence} at {scene}|offence report {report_no}", level=4),
        entity("suspect", "suspect_no=id alias=handle civil_name=person birth=birth last_spot=coordinates wanted=flag dossier=text*", "{civil_name}|the suspect '{alias}'|suspect {suspect_no}", level=5),
        entity("exhibit_bag", "bag_no=number found_at=address content=product bagged_by=person shelf=word chain=text*", "the bag with the {content}|exhibit bag {bag_no}", level=4),
        entity("patrol_log", "patrol_no=id car=plate crew=person since=moment beat=word remark=text*", "{crew}'s patrol|patrol {patrol_no}|the patrol in {car}", level=3),
    ),
    (
        act("update", "report_state", "report_no=@! state=open/shelved/cleared!", "Sets the state of a report.", via="offence_report report_no=report_no", say="report {report_no} is {state}", say_via="do the following: {it} is {state}; write that down|treat {it} as {state}"),
        act("create", "offence_report", "witness=person! offence=burglary/assault/fraud/graffiti! scene=address!", "Takes a report.", say="see to this: {witness} reports {offence} at {scene}; take it down|take down {offence}, {scene}, witness {witness}"),
        act("control", "wanted_notice", "suspect_no=@! state=issued/lifted!", "Issues or lifts a wanted notice.", via="suspect suspect_no=suspect_no", say="take care of this: wanted notice on {suspect_no}: {state}", say_via="get this done: a wanted notice on {it} has to be {state}|arrange this: {state}: that is the notice on {it} now"),
        act("delete", "exhibit_bag", "bag_no=@!", "Destroys an exhibit.", via="exhibit_bag bag_no=bag_no", say="incinerate exhibit bag {bag_no}", say_via="incinerate {it}|help with the following: the court is done with {it}; destroy it"),
        act("share", "suspect_dossier", "suspect_no=@! mail=email!", "Sends a dossier.", via="suspect suspect_no=suspect_no", say="handle this: dossier {suspect_no} for {mail}", say_via="sort this out: the dossier on {it} for {mail}|do the following: our colleague at {mail} hunts {it}; send the dossier"),
        act("run", "plate_check", "car=plate! reason=remark", "Looks up who drives a car.", say="see to this: whose car is {car}? Run it, reason: {reason}|run plate {car} for this: {reason}"),
        act("update", "patrol_beat", "patrol_no=@! beat=word!", "Sends a patrol elsewhere.", via="patrol_log patrol_no=patrol_no", say="take care of this: patrol {patrol_no} covers {beat}", say_via="get this done: {it} covers {beat} tonight|order {it} over to {beat}"),
    ),
    attributes=("clearance", "on_call", "training", "seniority"),
)  # fmt: skip
VISAS = Domain(
    "visa_section", "the visa section of {org}", ("visa officer", "visa applicant", "consul", "document checker"),
    (
        entity("visa_application", "application_no=number applicant=person passport=passport nationality=country purpose=study/work/visit fee=money lodged=past verdict=pending/granted/refused cover_note=text*", "{applicant}'s visa|visa application {application_no}|the {purpose} visa of {applicant}", level=4),
        entity("supporting_paper", "paper_id=id applicant=person kind=bank/degree/invitation scan=path checked=flag remark=text*", "{applicant}'s {kind} paper|supporting paper {paper_id}", level=4),
        entity("consular_slot", "slot_no=id applicant=person at=moment counter=1..9 language=word hint=text*", "{applicant}'s consular slot|slot {slot_no}", level=2),
    ),
    (
        act("run", "visa_verdict", "application_no=@! verdict=granted/refused!", "Decides on a visa.", via="visa_application application_no=application_no", say="enter {verdict} for application {application_no}", say_via="enter {verdict} for {it}|take care of this: {it} is {verdict}; stamp it|decide {it}: {verdict}"),
        act("book", "consular_slot", "applicant=person! at=moment! counter=1..9", "Gives a slot.", say="give {applicant} a slot at {at}, counter {counter}|let {applicant} come to counter {counter} at {at}"),
        act("cancel", "consular_slot", "slot_no=@!", "Cancels a slot.", via="consular_slot slot_no=slot_no", say="cancel slot {slot_no}", say_via="cancel {it}|release {it}|get this done: {it} is sick, free the counter"),
        act("update", "visa_days", "application_no=@! days=7..365!", "Sets how long a visa runs.", via="visa_application application_no=application_no", say="let visa {application_no} run {days} days", say_via="let {it} run {days} days|arrange this: {days} days for {it}; set that"),
        act("pay", "visa_fee_return", "application_no=@! fee=money! account=iban!", "Returns a fee.", via="visa_application application_no=application_no fee=fee", say="return {fee} of {application_no} to {account}", say_via="return the fee of {it} to {account}|pay the fee of {it} back, IBAN {account}"),
        act("share", "supporting_paper", "paper_id=@! mail=email!", "Sends a paper.", via="supporting_paper paper_id=paper_id", say="forward paper {paper_id} to {mail}", say_via="forward {it} to {mail}|have {it} checked by {mail}"),
        act("delete", "supporting_paper", "paper_id=@!", "Deletes a paper.", via="supporting_paper paper_id=paper_id", say="delete paper {paper_id}", say_via="delete {it}|shred {it}|remove {it}, it is a double"),
    ),
    attributes=("country", "clearance", "seniority", "verified"),
)  # fmt: skip
RESCUE = Domain(
    "rescue_control", "the rescue control room of {org}", ("call taker", "dispatch officer", "ambulance crew", "fire captain"),
    (
        entity("emergency", "emergency_no=number caller=phone place=coordinates kind=fire/crash/collapse/flood since=stamp injured=0..20 state=new/rolling/over words=text*", "the {kind} at {place}|emergency {emergency_no}", level=3, plural="emergencies"),
        entity("rescue_unit", "unit_id=id call_sign=word crew=1..9 station=city position=coordinates state=free/busy/off note=text*", "{call_sign}|the unit {call_sign}|rescue unit {unit_id}", level=2),
        entity("hospital_bed", "bed_id=id hospital=company ward=intensive/surgery/burns free=0..20 contact=phone remark=text*", "the {ward} beds at {hospital}|bed entry {bed_id}", level=2),
    ),
    (
        act("control", "unit_dispatch", "unit_id=@! place=coordinates!", "Sends a unit.", via="rescue_unit unit_id=unit_id", say="send unit {unit_id} to {place}", say_via="send {it} to {place}|help with the following: {it} rolls to {place}|dispatch {it}, target {place}"),
        act("cancel", "unit_dispatch", "unit_id=@!", "Calls a unit back.", via="rescue_unit unit_id=unit_id", say="call unit {unit_id} back", say_via="call {it} back|handle this: {it} can turn round|recall {it}"),
        act("create", "emergency", "kind=fire/crash/collapse/flood! place=coordinates! injured=0..20!", "Opens an emergency.", say="open a {kind} at {place}, {injured} injured|sort this out: {kind} reported at {place} with {injured} hurt; open it"),
        act("update", "emergency_state", "emergency_no=@! state=rolling/over!", "Sets the state.", via="emergency emergency_no=emergency_no", say="set emergency {emergency_no} to {state}", say_via="set {it} to {state}|do the following: {it} is {state}; log it"),
        act("update", "free_beds", "bed_id=@! free=0..20!", "Sets how many beds are free.", via="hospital_bed bed_id=bed_id", say="see to this: {free} beds are left under {bed_id}; enter that", say_via="put {free} free on {it}|take care of this: only {free} left of {it}; update"),
        act("send", "siren_text", "phone=phone! words=remark!", "Warns a number.", say="warn {phone}: {words}|text a warning to {phone}, saying {words}"),
        act("share", "call_tape", "emergency_no=@! mail=email!", "Sends the tape of a call.", via="emergency emergency_no=emergency_no", say="send the tape of {emergency_no} to {mail}", say_via="send the tape of {it} to {mail}|get this done: {mail} may hear the call about {it}; send the tape"),
    ),
    attributes=("on_call", "licence", "training", "clearance"),
)  # fmt: skip
DOMAINS = (ELECTIONS, COURT, POLICE, VISAS, RESCUE)
