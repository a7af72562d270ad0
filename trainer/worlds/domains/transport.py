"""Domains of moving people and goods."""

from trainer.worlds.domain import Domain, act, entity

AIRLINE = Domain(
    "airline_desk", "the passenger desk of {org}, an airline", ("passenger", "check-in agent", "duty manager", "crew planner"),
    (
        entity("air_booking", "locator=number passenger=person flight_no=flight leaves=moment fare=money cabin=economy/business passport=passport bags=0..4 remarks=text*", "{passenger}'s booking|booking {locator}|the booking on {flight_no}", level=3),
        entity("departure", "departure_id=id flight_no=flight destination=city leaves=moment gate=word free_seats=0..180 status=on_time/delayed/scrubbed notice=text*", "the {flight_no} departure|{flight_no} to {destination}|departure {departure_id}", level=1),
        entity("baggage_claim", "claim_no=number owner=person flight_no=flight worth=money lost_on=past contents=text*", "{owner}'s baggage claim|baggage claim {claim_no}", level=3),
        entity("crew_duty", "duty_id=id member=person flight_no=flight begins=moment rest_hours=8..40 comment=text*", "{member}'s duty|crew duty {duty_id}", level=2, plural="crew_duties"),
    ),
    (
        act("book", "seat", "passenger=person! flight_no=flight! cabin=economy/business!", "Books a seat.", say="book {passenger} on {flight_no}, {cabin}|get {passenger} a {cabin} seat on {flight_no}|take care of this: {flight_no} in {cabin} for {passenger}, please book"),
        act("update", "air_booking", "locator=@! flight_no=flight!", "Moves a booking to another flight.", via="air_booking locator=locator", say="rebook {locator} to {flight_no}", say_via="rebook {it} to {flight_no}|move {it} onto {flight_no}|get this done: {it} should fly on {flight_no} instead"),
        act("cancel", "air_booking", "locator=@!", "Cancels a booking.", via="air_booking locator=locator", say="cancel {locator}", say_via="cancel {it}|give the seat of {it} back|call {it} off"),
        act("pay", "baggage_compensation", "claim_no=@! worth=money! account=iban!", "Compensates for lost bags.", via="baggage_claim claim_no=claim_no worth=worth", say="compensate claim {claim_no} with {worth} to {account}", say_via="compensate {it}, account {account}|settle {it} to {account}"),
        act("update", "bag_count", "locator=@! bags=0..4!", "Sets the number of bags.", via="air_booking locator=locator", say="put {bags} bags on {locator}", say_via="check {bags} bags in on {it}|arrange this: {it} travels with {bags} bags"),
        act("update", "crew_duty", "duty_id=@! begins=moment!", "Moves a duty.", via="crew_duty duty_id=duty_id", say="let duty {duty_id} begin at {begins}", say_via="let {it} begin at {begins}|shift {it} to {begins}"),
        act("share", "passenger_list", "flight_no=flight! mail=email!", "Mails the list of passengers.", say="mail the passenger list of {flight_no} to {mail}|send {mail} everyone on {flight_no}"),
    ),
    attributes=("age", "membership", "vaccinated", "country"),
)  # fmt: skip
RAIL = Domain(
    "railway", "{org}, a railway", ("traveller", "conductor", "dispatcher", "timetable planner"),
    (
        entity("train_run", "run_no=number line=word origin=city terminus=city departs=moment delay_min=0..120 coaches=3..14 bulletin=text*", "the train to {terminus}|train {run_no}|the {line} from {origin}", level=1),
        entity("rail_pass", "pass_no=number traveller=person zone=inner/outer/network valid_through=date paid=money birth=birth photo=path annotation=text*", "{traveller}'s pass|pass {pass_no}", level=3, plural="rail_passes"),
        entity("seat_hold", "hold_no=id traveller=person run_no=number coach=1..14 seat=1..90 fare=money wish=text*", "{traveller}'s seat|hold {hold_no}|seat {seat} in coach {coach}", level=2),
        entity("track_closure", "closure_no=id between=city and_city=city starts=date ends=date cause=text*", "the closure at {between}|closure {closure_no}", level=2),
    ),
    (
        act("book", "seat_hold", "traveller=person! run_no=number! coach=1..14!", "Holds a seat.", say="hold a seat on train {run_no} for {traveller}, coach {coach}|help with the following: {traveller} wants to sit in coach {coach} of {run_no}; hold it"),
        act("cancel", "seat_hold", "hold_no=@!", "Lets a seat go.", via="seat_hold hold_no=hold_no", say="let seat hold {hold_no} go", say_via="let {it} go|handle this: {it} is not needed, free the seat"),
        act("update", "train_delay", "run_no=@! delay_min=1..120!", "Announces a delay.", via="train_run run_no=run_no", say="announce {delay_min} minutes of delay for train {run_no}", say_via="announce a delay of {delay_min} min for {it}|sort this out: {it} runs {delay_min} minutes late; announce that"),
        act("cancel", "train_run", "run_no=@!", "Takes a train out of service.", via="train_run run_no=run_no", say="take train {run_no} out of service", say_via="take {it} out of service|do the following: {it} will not run; take it off"),
        act("pay", "delay_refund", "pass_no=@! account=iban! fare=money!", "Refunds for a delay.", via="rail_pass pass_no=pass_no", say="refund {fare} for pass {pass_no} into {account}", say_via="see to this: the delay entitles {it} to {fare}; refund it into {account}|refund {fare} for {it}, IBAN {account}"),
        act("update", "pass_zone", "pass_no=@! zone=inner/outer/network!", "Changes the zone of a pass.", via="rail_pass pass_no=pass_no", say="make pass {pass_no} good for {zone}", say_via="make {it} good for {zone}|take care of this: {it} should cover {zone}"),
        act("create", "track_closure", "between=city! starts=date! ends=date!", "Closes a track.", say="close the track at {between} from {starts} to {ends}|get this done: no trains through {between}, {starts} until {ends}"),
    ),
    attributes=("age", "students", "membership", "licence"),
)  # fmt: skip
PARCELS = Domain(
    "parcel_service", "{org}, a parcel service", ("sender", "depot worker", "courier", "claims agent"),
    (
        entity("parcel", "tracking=number sender=company recipient=person address=address postcode=postcode weight=1..31 state=announced/moving/delivered/lost hint=text*", "the parcel for {recipient}|parcel {tracking}|what {sender} shipped to {recipient}", level=3),
        entity("courier_tour", "tour_id=id courier=person van=plate stops=5..90 starts=moment position=coordinates remark=text*", "{courier}'s tour|tour {tour_id}|the tour of {van}", level=2),
        entity("damage_claim", "claim_id=number claimant=person tracking=number worth=money account=iban filed=past account_text=text*", "{claimant}'s damage claim|damage claim {claim_id}", level=3),
    ),
    (
        act("update", "parcel_address", "tracking=@! address=address!", "Redirects a parcel.", via="parcel tracking=tracking", say="redirect {tracking} to {address}", say_via="redirect {it} to {address}|deliver {it} to {address} instead|help with the following: {it} should go to {address}"),
        act("create", "parcel", "recipient=person! address=address! weight=1..31!", "Announces a parcel.", say="ship {weight} kg to {recipient}, {address}|announce a parcel for {recipient} at {address}, {weight} kg|handle this: {weight} kilos are going to {recipient} ({address}); make a label"),
        act("cancel", "parcel", "tracking=@!", "Stops a parcel and returns it.", via="parcel tracking=tracking", say="return {tracking} to its sender", say_via="return {it} to the sender|stop {it}|call {it} back"),
        act("pay", "damage_claim", "account=iban! worth=money!", "Pays for damage.", via="damage_claim account=account worth=worth", say="pay {worth} of damage to {account}|make good {worth} on {account}", say_via="pay {it}|settle {it} in full|cover {it}"),
        act("update", "tour_start", "tour_id=@! starts=moment!", "Moves a tour.", via="courier_tour tour_id=tour_id", say="start tour {tour_id} at {starts}", say_via="start {it} at {starts}|send {it} off at {starts}"),
        act("send", "delivery_text", "phone=phone! text=remark!", "Texts a recipient.", say="text {phone} about the delivery: {text}|let the recipient at {phone} know: {text}"),
        act("control", "locker", "compartment=1..60! state=open/closed!", "Opens a locker.", say="sort this out: compartment {compartment} should be {state}|set locker {compartment} to {state}"),
    ),
    attributes=("verified", "employment", "licence", "membership"),
)  # fmt: skip
FLEET = Domain(
    "truck_fleet", "the road fleet of {org}", ("truck driver", "fleet planner", "workshop foreman", "fuel controller"),
    (
        entity("truck", "plate=plate driver=person mileage=1000..90000 position=coordinates next_check=date tank=percent state=rolling/parked/workshop note=text*", "{driver}'s truck|truck {plate}|the truck {plate}", level=2),
        entity("haul", "haul_id=number cargo=product origin=city destination=city tonnes=1..25 pickup=moment freight=money instructions=text*", "the haul to {destination}|haul {haul_id}|the {cargo} haul", level=2),
        entity("fuel_card", "card_id=id driver=person number=card ceiling=money expires=date", "{driver}'s fuel card|fuel card {card_id}", level=4),
        entity("driver_log", "log_id=id driver=person day=past hours=1..14 rest_minutes=15..120 entry=text*", "{driver}'s log of {day}|driver log {log_id}", level=3),
    ),
    (
        act("book", "haul", "cargo=product! destination=city! tonnes=1..25! pickup=moment!", "Plans a haul.", say="haul {tonnes} t of {cargo} to {destination}, pick-up {pickup}|plan {cargo} ({tonnes} tonnes) for {destination} at {pickup}|take {tonnes} tonnes {cargo} to {destination}; pickup is {pickup}"),
        act("update", "haul_driver", "haul_id=@! driver=person!", "Gives a haul to a driver.", via="haul haul_id=haul_id", say="give haul {haul_id} to {driver}", say_via="give {it} to {driver}|do the following: {driver} takes {it}; enter that|put {driver} on {it}"),
        act("cancel", "haul", "haul_id=@!", "Drops a haul.", via="haul haul_id=haul_id", say="drop haul {haul_id}", say_via="drop {it}|cancel {it}|see to this: {it} fell through, remove it"),
        act("update", "fuel_ceiling", "card_id=@! ceiling=money!", "Sets the monthly ceiling of a fuel card.", via="fuel_card card_id=card_id", say="set fuel card {card_id} to {ceiling}", say_via="set {it} to {ceiling} a month|raise {it} to {ceiling}"),
        act("cancel", "fuel_card", "card_id=@!", "Blocks a fuel card.", via="fuel_card card_id=card_id", say="block fuel card {card_id}", say_via="block {it}|kill {it}, it was lost"),
        act("control", "truck_immobiliser", "plate=@! state=armed/released!", "Stops a truck from starting.", via="truck plate=plate", say="take care of this: immobiliser of {plate}: {state}", say_via="leave {it} {state}|set the immobiliser of {it} to {state}"),
        act("book", "workshop_slot", "plate=@! when=moment!", "Books the workshop.", via="truck plate=plate", say="book the workshop for {plate} at {when}", say_via="book {it} into the workshop at {when}|have {it} looked at, {when}"),
    ),
    attributes=("licence", "seniority", "age", "employment"),
)  # fmt: skip
CUSTOMS = Domain(
    "customs_broker", "{org}, a customs broker", ("declarant", "importer", "tariff specialist", "customs runner"),
    (
        entity("declaration", "declaration_no=number importer=company goods=product origin=country worth=money duty=money tariff_code=code filed=stamp state=filed/released/held remarks=text*", "{importer}'s declaration|declaration {declaration_no}|the declaration of {goods}", level=3),
        entity("bonded_lot", "lot_id=id goods=product cartons=1..400 shed=word stored=past owner=company seal=text*", "the lot of {goods}|bonded lot {lot_id}|{owner}'s lot", level=2),
        entity("duty_account", "account_id=id importer=company iban=iban open_duty=money guarantee=money", "{importer}'s duty account|duty account {account_id}", level=4),
    ),
    (
        act("create", "declaration", "importer=company! goods=product! worth=money! origin=country!", "Files a declaration.", say="declare {goods} from {origin} for {importer}, worth {worth}|file {importer}'s {goods}: origin {origin}, value {worth}|clear {goods} ({origin}) at {worth} for {importer}"),
        act("update", "declared_worth", "declaration_no=@! worth=money!", "Corrects a declared value.", via="declaration declaration_no=declaration_no", say="correct {declaration_no} to {worth}", say_via="correct {it} to a value of {worth}|restate {it} at {worth}|get this done: {it} should say {worth}"),
        act("cancel", "declaration", "declaration_no=@!", "Withdraws a declaration.", via="declaration declaration_no=declaration_no", say="withdraw declaration {declaration_no}", say_via="withdraw {it}|take {it} back|annul {it}"),
        act("pay", "duty", "iban=iban! open_duty=money!", "Pays duty.", via="duty_account iban=iban open_duty=open_duty", say="pay {open_duty} of duty to {iban}|arrange this: duty of {open_duty} goes to {iban}; pay it", say_via="pay what is open on {it}|clear {it}|settle {it}"),
        act("run", "lot_release", "lot_id=@!", "Releases a bonded lot.", via="bonded_lot lot_id=lot_id", say="release lot {lot_id}", say_via="release {it}|let {it} out of bond|free {it}"),
        act("share", "declaration_papers", "declaration_no=@! mail=email!", "Sends the papers.", via="declaration declaration_no=declaration_no", say="send the papers of {declaration_no} to {mail}", say_via="send the papers of {it} to {mail}|mail {mail} everything on {it}"),
    ),
    attributes=("licence", "country", "clearance", "verified"),
)  # fmt: skip
RETURNS = Domain(
    "returns_desk", "the returns desk of {org}", ("returns clerk", "quality inspector", "shopper", "refund approver"),
    (
        entity("return_slip", "slip_number=number shopper=person item=product paid=money bought=past card=card state=announced/received/refunded reason=text*", "{shopper}'s return|return slip {slip_number}|the returned {item}", level=3),
        entity("inspection", "inspection_id=id item=product grade=new/used/broken inspector=person seen_on=past findings=text*", "the inspection of the {item}|inspection {inspection_id}", level=1),
        entity("exchange", "exchange_id=id shopper=person old_item=product new_item=product difference=money address=address note=text*", "{shopper}'s exchange|exchange {exchange_id}", level=3),
    ),
    (
        act("pay", "slip_refund", "slip_number=@! paid=money!", "Refunds a return.", via="return_slip slip_number=slip_number paid=paid", say="refund {paid} for slip {slip_number}", say_via="refund {it}|give the money for {it} back|pay {it} back in full"),
        act("create", "exchange", "old_item=product! new_item=product! address=address!", "Sends a replacement.", say="swap the {old_item} for a {new_item}, ship to {address}|exchange {old_item} against {new_item} and send it to {address}"),
        act("cancel", "exchange", "exchange_id=@!", "Drops an exchange.", via="exchange exchange_id=exchange_id", say="drop exchange {exchange_id}", say_via="drop {it}|call {it} off|stop {it}"),
        act("run", "grading", "inspection_id=@! grade=new/used/broken!", "Grades an item.", via="inspection inspection_id=inspection_id", say="grade inspection {inspection_id} as {grade}", say_via="grade {it} as {grade}|put {grade} on {it}"),
        act("update", "pickup_address", "slip_number=@! address=address!", "Changes where a return is picked up.", via="return_slip slip_number=slip_number", say="pick slip {slip_number} up at {address}", say_via="pick {it} up at {address}|collect {it} from {address}"),
        act("send", "return_label", "mail=outsider! item=product!", "Mails a label.", say="mail {mail} a label for the {item}|send a return label ({item}) to {mail}"),
        act("delete", "return_slip", "slip_number=@!", "Deletes a slip.", via="return_slip slip_number=slip_number", say="delete slip {slip_number}", say_via="delete {it}|bin {it}|remove {it}"),
    ),
    attributes=("membership", "verified", "employment", "training"),
)  # fmt: skip
DOMAINS = (AIRLINE, RAIL, PARCELS, FLEET, CUSTOMS, RETURNS)
