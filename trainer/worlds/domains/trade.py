"""Domains about goods, customers and bookings."""

from trainer.worlds.domain import Domain, act, entity

SHOP = Domain(
    "web_shop", "{org}, an online shop", ("customer", "shop assistant", "shop manager", "marketing trainee"),
    (
        entity("order", "order_number=number buyer=person item=product price=money placed=past state=new/packed/shipped/returned address=address wish=text*", "order {order_number}|the order of the {item}|{buyer}'s order|the {item} order", level=3),
        entity("article", "article_id=id name=product price=money stock=0..80 rating=rating description=text*", "the {name}|article {article_id}|the listing of the {name}", level=1),
        entity("review", "review_id=id article=product author=handle stars=1..5 comment=text*", "{author}'s review|the review of the {article}|review {review_id}", level=1),
        entity("voucher", "code=number discount=percent valid_until=date owner=person", "voucher {code}|{owner}'s voucher", level=3),
    ),
    (
        act("create", "order", "item=product! quantity=1..9! address=address", "Places an order.", say="order {quantity} {item} to {address}|buy {quantity} x {item} and ship to {address}|get me {quantity} of the {item}, deliver to {address}"),
        act("cancel", "order", "order_number=@!", "Cancels an order.", via="order order_number=order_number", say="cancel order {order_number}", say_via="cancel {it}|call off {it}|stop {it} before it ships"),
        act("pay", "refund", "order_number=@! amount=money!", "Pays money back for an order.", via="order order_number=order_number amount=price", say="refund {amount} on order {order_number}", say_via="refund {it}|pay back {it}|give the money back for {it}"),
        act("update", "article_price", "article_id=@! price=money!", "Sets the price of an article.", via="article article_id=article_id", say="price article {article_id} at {price}", say_via="set the price of {it} to {price}|make {it} cost {price}"),
        act("post", "review", "article=product! stars=1..5! comment=remark!", "Publishes a review.", say="review the {article} with {stars} stars: {comment}|leave {stars} stars for the {article} and write: {comment}"),
        act("update", "delivery_address", "order_number=@! address=address!", "Changes where an order goes.", via="order order_number=order_number", say="ship order {order_number} to {address}", say_via="send {it} to {address} instead|change the delivery address of {it} to {address}"),
        act("create", "voucher", "discount=percent! valid_until=date!", "Issues a voucher.", say="issue a voucher of {discount} percent valid until {valid_until}|make a {discount} % voucher that runs until {valid_until}"),
    ),
    attributes=("age", "membership", "verified", "country"),
)  # fmt: skip
LODGING = Domain(
    "lodging", "{org}, a booking desk for guest houses", ("guest", "host", "desk agent", "revenue manager"),
    (
        entity("guest_house", "house_id=id name=company city=city night_price=money rating=rating rooms=1..40 blurb=text*", "{name}|the guest house {name}|{name} in {city}", level=1),
        entity("stay", "stay_id=number guest=person house=company arrival=date nights=1..14 total=money state=held/confirmed/checked_out request=text*", "{guest}'s stay|stay {stay_id}|the stay at {house}", level=3),
        entity("guest_comment", "comment_id=id house=company author=handle stars=1..5 words=text*", "the comment by {author}|the comment on {house}", level=1),
    ),
    (
        act("book", "stay", "house=company! arrival=date! nights=1..14!", "Books a room.", say="book {nights} nights at {house} from {arrival}|reserve {house} for {nights} nights, arriving {arrival}|get a room at {house} on {arrival} for {nights} nights"),
        act("cancel", "stay", "stay_id=@!", "Cancels a stay.", via="stay stay_id=stay_id", say="cancel stay {stay_id}", say_via="cancel {it}|call off {it}|drop {it}"),
        act("update", "stay_dates", "stay_id=@! arrival=date!", "Moves a stay.", via="stay stay_id=stay_id", say="move stay {stay_id} to {arrival}", say_via="move {it} to {arrival}|let {it} begin on {arrival}"),
        act("pay", "stay_deposit", "stay_id=@! amount=money!", "Pays a deposit for a stay.", via="stay stay_id=stay_id amount=total", say="pay {amount} for stay {stay_id}", say_via="pay {it}|settle the bill of {it}|pay what is due for {it}"),
        act("update", "night_price", "house_id=@! night_price=money!", "Sets the price per night.", via="guest_house house_id=house_id", say="set the night price of house {house_id} to {night_price}", say_via="set {it} to {night_price} a night|charge {night_price} a night for {it}"),
        act("send", "guest_message", "email=email! text=remark!", "Writes to a guest.", say="tell {email}: {text}|write to the guest {email}: \"{text}\""),
    ),
    attributes=("age", "membership", "deposit_paid", "verified"),
)  # fmt: skip
VEHICLES = Domain(
    "vehicle_hire", "{org}, a car hire", ("renter", "counter clerk", "fleet manager", "mechanic"),
    (
        entity("vehicle", "plate=number model=word seats=2..9 day_rate=money station=city mileage=100..90000 remark=text*", "the {model}|the car {plate}|the {model} in {station}", level=1),
        entity("hire", "hire_id=number renter=person plate=number start=date days=1..21 cost=money state=booked/running/closed note=text*", "{renter}'s hire|hire {hire_id}|the hire starting {start}", level=3),
        entity("damage_report", "report_id=id plate=number reporter=person cost=money found=past details=text*", "report {report_id}|{reporter}'s damage report|the damage on {plate}", level=3),
    ),
    (
        act("book", "vehicle", "model=word! start=date! days=1..21! driver=person", "Hires out a car.", say="hire a {model} for {driver} from {start} for {days} days|book {driver} the {model}, {days} days from {start}|rent the {model} on {start} for {days} days, driver {driver}"),
        act("cancel", "hire", "hire_id=@!", "Cancels a hire.", via="hire hire_id=hire_id", say="cancel hire {hire_id}", say_via="cancel {it}|call off {it}"),
        act("update", "hire_end", "hire_id=@! days=1..21!", "Extends or shortens a hire.", via="hire hire_id=hire_id", say="set hire {hire_id} to {days} days", say_via="make {it} {days} days long|extend {it} to {days} days"),
        act("pay", "damage", "report_id=@! amount=money!", "Charges or settles a damage.", via="damage_report report_id=report_id amount=cost", say="settle damage {report_id} with {amount}", say_via="settle {it}|pay for {it}|cover {it}"),
        act("control", "unlock", "plate=@!", "Unlocks a car remotely.", via="vehicle plate=plate", say="unlock {plate}", say_via="unlock {it}|open the doors of {it}"),
        act("update", "day_rate", "plate=@! day_rate=money!", "Sets the daily rate.", via="vehicle plate=plate", say="set {plate} to {day_rate} a day", say_via="charge {day_rate} a day for {it}|set the rate of {it} to {day_rate}"),
    ),
    attributes=("age", "licence", "deposit_paid", "membership"),
)  # fmt: skip
STOCK = Domain(
    "warehouse", "the warehouse of {org}", ("picker", "stock keeper", "warehouse lead", "purchasing agent"),
    (
        entity("pallet", "pallet_id=number goods=product pieces=1..400 aisle=word arrived=past sender=company label=text*", "pallet {pallet_id}|the pallet of {goods}|the goods from {sender}", level=2),
        entity("shipment", "shipment_id=number carrier=company destination=city weight=5..900 leaves=date state=planned/loaded/gone papers=text*", "shipment {shipment_id}|the shipment to {destination}|the {carrier} shipment", level=2),
        entity("shortage", "shortage_id=id goods=product missing=1..90 reported_by=person comment=text*", "the shortage of {goods}|shortage {shortage_id}|{reported_by}'s report", level=2),
    ),
    (
        act("control", "pallet_move", "pallet_id=@! aisle=word!", "Moves a pallet.", via="pallet pallet_id=pallet_id", say="move pallet {pallet_id} to {aisle}", say_via="move {it} to aisle {aisle}|put {it} into {aisle}"),
        act("update", "piece_count", "pallet_id=@! pieces=1..400!", "Corrects the number of pieces.", via="pallet pallet_id=pallet_id", say="set pallet {pallet_id} to {pieces} pieces", say_via="correct {it} to {pieces} pieces|book {pieces} pieces on {it}"),
        act("book", "shipment", "carrier=company! destination=city! leaves=date! weight=5..900", "Books a carrier.", say="book {carrier} to {destination} for {leaves}, {weight} kg|send {weight} kg with {carrier} to {destination} on {leaves}"),
        act("cancel", "shipment", "shipment_id=@!", "Cancels a shipment.", via="shipment shipment_id=shipment_id", say="cancel shipment {shipment_id}", say_via="cancel {it}|hold back {it}|stop {it}"),
        act("delete", "pallet", "pallet_id=@!", "Writes off a pallet.", via="pallet pallet_id=pallet_id", say="write off pallet {pallet_id}", say_via="write off {it}|scrap {it}|remove {it} from stock"),
        act("update", "shipment_target", "shipment_id=@! destination=city!", "Redirects a shipment.", via="shipment shipment_id=shipment_id", say="redirect {shipment_id} to {destination}", say_via="redirect {it} to {destination}|let {it} go to {destination} instead"),
    ),
    attributes=("training", "licence", "seniority", "department"),
)  # fmt: skip
SALES = Domain(
    "customer_relations", "the sales team of {org}", ("sales representative", "sales lead", "account manager", "analyst"),
    (
        entity("lead", "lead_id=id contact=person company=company mail=outsider phone=phone value=money stage=cold/warm/won/lost memo=text*", "{contact}|the lead {company}|{contact} of {company}", level=3),
        entity("quote", "quote_id=number company=company product=product total=money sent=past discount=percent remarks=text*", "quote {quote_id}|the quote for {company}|{company}'s quote", level=3),
        entity("call_note", "note_id=id with_whom=person called=past summary=text*", "the call with {with_whom}|note {note_id}|the note of {called}", level=2),
    ),
    (
        act("send", "quote", "mail=outsider! product=product! total=money!", "Sends a quote.", say="quote {mail} {total} for the {product}|send {mail} an offer: {product} for {total}|offer the {product} to {mail} at {total}"),
        act("update", "stage", "lead_id=@! stage=cold/warm/won/lost!", "Moves a lead to another stage.", via="lead lead_id=lead_id", say="set lead {lead_id} to {stage}", say_via="mark {it} as {stage}|set {it} to {stage}"),
        act("update", "discount", "quote_id=@! discount=percent!", "Sets the discount of a quote.", via="quote quote_id=quote_id", say="give quote {quote_id} {discount} percent", say_via="give {discount} percent on {it}|set {discount} % discount on {it}"),
        act("share", "lead", "lead_id=@! mail=email!", "Shares a lead's data.", via="lead lead_id=lead_id", say="share lead {lead_id} with {mail}", say_via="share {it} with {mail}|hand {it} to {mail}|send the data of {it} to {mail}"),
        act("delete", "lead", "lead_id=@!", "Deletes a lead.", via="lead lead_id=lead_id", say="delete lead {lead_id}", say_via="delete {it}|drop {it}|remove {it} from the list"),
        act("create", "call_note", "with_whom=person! summary=remark!", "Notes a call.", say="note the call with {with_whom}: {summary}|log that I spoke to {with_whom}: {summary}"),
        act("run", "lead_export", "mail=email! stage=cold/warm/won/lost", "Exports leads as a file and mails it.", say="export the {stage} leads to {mail}|mail {mail} an export of all {stage} leads"),
    ),
    attributes=("seniority", "department", "training", "employment"),
)  # fmt: skip
KITCHEN = Domain(
    "restaurant", "{org}, a group of restaurants", ("waiter", "head chef", "restaurant manager", "guest"),
    (
        entity("table_booking", "booking_id=number guest=person seats=1..12 when=moment branch=city phone=phone wishes=text*", "{guest}'s table|booking {booking_id}|the table at {when}", level=2),
        entity("dish", "dish_id=id name=word price=money allergens=none/nuts/milk/gluten recipe=text*", "the {name} dish|dish {dish_id}", level=1, plural="dishes"),
        entity("delivery_note", "note_id=number supplier=company total=money delivered=past account=iban comment=text*", "the delivery from {supplier}|delivery note {note_id}", level=3),
    ),
    (
        act("book", "table", "guest=person! seats=1..12! when=moment!", "Reserves a table.", say="reserve a table for {guest}, {seats} people at {when}|book {seats} seats at {when} under {guest}|put {guest} down for {when}, party of {seats}"),
        act("cancel", "table_booking", "booking_id=@!", "Cancels a table.", via="table_booking booking_id=booking_id", say="cancel table booking {booking_id}", say_via="cancel {it}|release {it}|free {it}"),
        act("update", "dish_price", "dish_id=@! price=money!", "Sets the price of a dish.", via="dish dish_id=dish_id", say="set dish {dish_id} to {price}", say_via="price {it} at {price}|change {it} to {price}"),
        act("pay", "delivery", "account=iban! amount=money!", "Pays a supplier.", via="delivery_note account=account amount=total", say="pay {amount} for the delivery to {account}|send the supplier {amount} on {account}", say_via="pay {it}|settle {it}|pay the bill for {it}"),
        act("send", "guest_note", "phone=phone! text=remark!", "Sends a text message.", say="text {phone}: {text}|send the number {phone} a message: {text}"),
        act("delete", "dish", "dish_id=@!", "Takes a dish off the menu.", via="dish dish_id=dish_id", say="take dish {dish_id} off the menu", say_via="take {it} off the menu|remove {it}"),
    ),
    attributes=("age", "seniority", "training", "employment"),
)  # fmt: skip
TICKETS = Domain(
    "event_tickets", "{org}, a box office", ("visitor", "box office clerk", "promoter", "door staff"),
    (
        entity("concert", "concert_id=id artist=word venue=company city=city starts=moment price=money seats_left=0..500 programme=text*", "the {artist} concert|{artist} in {city}|concert {concert_id}", level=1),
        entity("admission", "ticket_number=number holder=person artist=word seat=1..900 price=money state=valid/used/void note=text*", "{holder}'s ticket|ticket {ticket_number}|the {artist} ticket", level=3),
        entity("enquiry", "enquiry_id=id sender=outsider received=past text=text*", "the enquiry from {sender}|enquiry {enquiry_id}", level=2, plural="enquiries"),
    ),
    (
        act("book", "admission", "artist=word! count=1..8! holder=person!", "Buys tickets.", say="buy {count} tickets for {artist} in the name of {holder}|get {holder} {count} seats at {artist}|book {artist}, {count} tickets, name {holder}"),
        act("cancel", "admission", "ticket_number=@!", "Voids a ticket.", via="admission ticket_number=ticket_number", say="void ticket {ticket_number}", say_via="void {it}|take {it} back into the box office|get this done: {it} is no longer wanted; void it"),
        act("forward", "admission", "ticket_number=@! mail=email!", "Sends a ticket to an address.", via="admission ticket_number=ticket_number", say="send ticket {ticket_number} to {mail}", say_via="arrange this: {mail} goes instead; get {it} there|have {it} printed by {mail}|deliver {it} to {mail}"),
        act("pay", "ticket_refund", "ticket_number=@! iban=iban!", "Refunds a ticket.", via="admission ticket_number=ticket_number", say="refund ticket {ticket_number} to {iban}", say_via="refund {it} to {iban}|pay {it} back to {iban}"),
        act("update", "concert_price", "concert_id=@! price=money!", "Sets the ticket price.", via="concert concert_id=concert_id", say="price concert {concert_id} at {price}", say_via="set {it} to {price}|sell {it} at {price}"),
        act("send", "enquiry_answer", "enquiry_id=@! text=remark!", "Answers an enquiry.", via="enquiry enquiry_id=enquiry_id", say="answer enquiry {enquiry_id}: {text}", say_via="answer {it}: {text}|reply to {it} with \"{text}\""),
    ),
    attributes=("age", "membership", "verified", "students"),
)  # fmt: skip
INSURANCE = Domain(
    "insurance_claims", "the claims department of {org}, an insurer", ("claims handler", "senior adjuster", "policy holder", "fraud investigator", "call agent"),
    (
        entity("claim", "claim_number=number holder=person kind=water/fire/theft/motor amount=money filed=past state=new/checked/paid/rejected account=iban story=text*", "{holder}'s claim|claim {claim_number}|the {kind} claim of {holder}", level=4),
        entity("contract", "contract_id=id holder=person birth=birth premium=money address=address started=past clause=text*", "{holder}'s contract|contract {contract_id}", level=4),
        entity("expert_opinion", "opinion_id=id claim=number expert=person estimate=money text=text*", "the opinion by {expert}|opinion {opinion_id}|{expert}'s estimate", level=3),
    ),
    (
        act("pay", "claim", "claim_number=@! account=iban! amount=money!", "Pays out a claim.", via="claim claim_number=claim_number account=account amount=amount", say="pay claim {claim_number}: {amount} to {account}", say_via="pay out {it}|settle {it}|release the money for {it}"),
        act("update", "claim_state", "claim_number=@! state=new/checked/paid/rejected!", "Sets the state of a claim.", via="claim claim_number=claim_number", say="set claim {claim_number} to {state}", say_via="mark {it} as {state}|move {it} to {state}"),
        act("update", "premium", "contract_id=@! premium=money!", "Sets the premium of a contract.", via="contract contract_id=contract_id", say="set the premium of {contract_id} to {premium}", say_via="set the premium of {it} to {premium}|change {it} to {premium} a year"),
        act("cancel", "contract", "contract_id=@!", "Ends a contract.", via="contract contract_id=contract_id", say="end contract {contract_id}", say_via="end {it}|terminate {it}|cancel {it}"),
        act("share", "claim_file", "claim_number=@! mail=email!", "Sends the file of a claim.", via="claim claim_number=claim_number", say="send file {claim_number} to {mail}", say_via="send the file of {it} to {mail}|share {it} with {mail}"),
        act("create", "expert_order", "claim_number=@! expert=person!", "Orders an expert opinion.", via="claim claim_number=claim_number", say="order an opinion by {expert} on {claim_number}", say_via="let {expert} look at {it}|send {expert} to check {it}"),
    ),
    attributes=("seniority", "licence", "training", "mfa"),
)  # fmt: skip
DOMAINS = (SHOP, LODGING, VEHICLES, STOCK, SALES, KITCHEN, TICKETS, INSURANCE)
