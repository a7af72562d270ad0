"""Domains of making, keeping up, supplying, growing and building."""

from trainer.worlds.domain import Domain, act, entity

FACTORY = Domain(
    "factory", "a factory of {org}", ("machine operator", "shift supervisor", "quality engineer", "production planner"),
    (
        entity("work_order", "order_no=number item=product pieces=1..900 station=word due=date scrap=percent state=queued/running/finished remark=text*", "the work order for {item}|work order {order_no}|the {item} run", level=2),
        entity("press", "press_id=id title=word pressure=10..300 temperature=20..240 operator=person serviced=past log=text*", "the {title} press|press {press_id}|{operator}'s press", level=2, plural="presses"),
        entity("recipe", "recipe_id=id item=product version=version author=person mixture=text*", "the recipe for {item}|recipe {recipe_id}", level=5),
        entity("defect", "defect_id=number item=product found=past severity=minor/major/critical inspector=person description=text*", "the defect in the {item}|defect {defect_id}|{inspector}'s defect report", level=2),
    ),
    (
        act("create", "work_order", "item=product! pieces=1..900! due=date!", "Plans a run.", say="make {pieces} {item} by {due}|plan a run of {pieces} x {item}, due {due}|help with the following: we need {pieces} pieces of {item} until {due}; plan it"),
        act("update", "work_order", "order_no=@! pieces=1..900!", "Changes the number of pieces.", via="work_order order_no=order_no", say="change work order {order_no} to {pieces} pieces", say_via="change {it} to {pieces} pieces|make it {pieces} pieces in {it}"),
        act("control", "press_pressure", "press_id=@! pressure=10..300!", "Sets the pressure of a press (bar).", via="press press_id=press_id", say="set press {press_id} to {pressure} bar", say_via="set {it} to {pressure} bar|run {it} at {pressure} bar"),
        act("control", "press_stop", "press_id=@!", "Stops a press.", via="press press_id=press_id", say="stop press {press_id}", say_via="stop {it}|halt {it} now|take {it} offline"),
        act("cancel", "work_order", "order_no=@!", "Cancels a run.", via="work_order order_no=order_no", say="cancel work order {order_no}", say_via="cancel {it}|take {it} out of the plan|drop {it}"),
        act("share", "recipe", "recipe_id=@! mail=email!", "Sends a recipe.", via="recipe recipe_id=recipe_id", say="send recipe {recipe_id} to {mail}", say_via="send {it} to {mail}|let {mail} have {it}"),
        act("delete", "defect", "defect_id=@!", "Strikes a defect from the list.", via="defect defect_id=defect_id", say="strike defect {defect_id}", say_via="strike {it}|remove {it} from the list|delete {it}, it was no defect"),
    ),
    attributes=("training", "licence", "seniority", "employment"),
)  # fmt: skip
UPKEEP = Domain(
    "building_upkeep", "the building services of {org}", ("caretaker", "lift mechanic", "tenant", "facility manager"),
    (
        entity("repair_job", "job_number=number building=address trouble=topic mechanic=person appointed=moment cost=money state=open/planned/done details=text*", "the repair at {building}|repair job {job_number}|{mechanic}'s job", level=2),
        entity("lift", "lift_id=id building=address load_kg=200..2000 inspected=past next_check=date alarm_line=phone note=text*", "the lift at {building}|lift {lift_id}", level=2),
        entity("key_loan", "loan_no=id borrower=person door=word since=past back_by=date deposit=money reason=text*", "{borrower}'s key|key loan {loan_no}|the key to {door}", level=3),
    ),
    (
        act("book", "repair_job", "building=address! trouble=topic! appointed=moment!", "Sends somebody to repair.", say="send a mechanic to {building} at {appointed}, matter: {trouble}|repair {trouble} at {building}, {appointed}|handle this: {building} reports {trouble}; fix it at {appointed}"),
        act("update", "repair_time", "job_number=@! appointed=moment!", "Moves a repair.", via="repair_job job_number=job_number", say="move repair {job_number} to {appointed}", say_via="move {it} to {appointed}|have {it} done at {appointed}"),
        act("pay", "mechanic_invoice", "account=iban! cost=money!", "Pays for a repair.", say="pay the mechanic {cost} on {account}|transfer {cost} to {account} for the repair"),
        act("control", "lift_shutdown", "lift_id=@!", "Shuts a lift down.", via="lift lift_id=lift_id", say="shut lift {lift_id} down", say_via="shut {it} down|stop {it} between the floors at once|take {it} out of use"),
        act("grant", "key_loan", "borrower=person! door=word! back_by=date!", "Lends a key.", say="lend {borrower} the key to {door} until {back_by}|sort this out: {borrower} gets the {door} key, back by {back_by}"),
        act("cancel", "repair_job", "job_number=@!", "Calls a repair off.", via="repair_job job_number=job_number", say="call repair {job_number} off", say_via="call {it} off|cancel {it}|do the following: {it} was solved by hand; close it"),
        act("send", "tenant_notice", "mail=email! text=remark!", "Tells a tenant.", say="tell the tenant {mail}: {text}|notify {mail}, who lives there: {text}"),
    ),
    attributes=("licence", "training", "on_call", "verified"),
)  # fmt: skip
GRID = Domain(
    "power_supplier", "{org}, a power supplier", ("household", "meter reader", "grid controller", "tariff adviser"),
    (
        entity("meter", "meter_no=number household=person site_address=address reading=1000..90000 read_at=stamp kind=power/gas/heat remark=text*", "{household}'s meter|meter {meter_no}|the {kind} meter of {household}", level=3),
        entity("supply_contract", "supply_no=number household=person tariff_name=green/night/basic advance=money debit_iban=iban runs_to=date footnote=text*", "{household}'s supply|supply contract {supply_no}", level=4),
        entity("feeder", "feeder_no=id substation=city load_share=percent switched=stamp volts=230..20000 condition=live/dead/tripped note=text*", "the feeder in {substation}|feeder {feeder_no}", level=3),
        entity("outage", "outage_no=id district=city since=stamp homes=1..900 suspected=storm/digger/fire message=text*", "the outage in {district}|outage {outage_no}", level=1),
    ),
    (
        act("update", "meter_reading", "meter_no=@! reading=1000..90000!", "Enters a reading.", via="meter meter_no=meter_no", say="arrange this: meter {meter_no} stands at {reading}, enter it", say_via="help with the following: {it} stands at {reading}, note it|enter {reading} as the reading of {it}"),
        act("update", "monthly_advance", "supply_no=@! advance=money!", "Sets the monthly advance.", via="supply_contract supply_no=supply_no", say="let supply {supply_no} pay {advance} monthly", say_via="let {it} pay {advance} monthly|handle this: the advance for {it} should be {advance}"),
        act("update", "tariff_name", "supply_no=@! tariff_name=green/night/basic!", "Changes the tariff.", via="supply_contract supply_no=supply_no", say="sort this out: supply {supply_no} moves to {tariff_name}", say_via="do the following: {it} moves to {tariff_name}|give {it} the {tariff_name} tariff"),
        act("control", "feeder_switch", "feeder_no=@! condition=live/dead!", "Switches a feeder.", via="feeder feeder_no=feeder_no", say="make feeder {feeder_no} {condition}", say_via="make {it} {condition}|see to this: {it} has to be {condition}; switch it"),
        act("cancel", "supply_contract", "supply_no=@!", "Ends a supply.", via="supply_contract supply_no=supply_no", say="terminate supply {supply_no}", say_via="terminate {it} at the next date|take care of this: {it} moves away; terminate it"),
        act("pay", "credit_balance", "debit_iban=iban! credit=money!", "Pays a credit out.", via="supply_contract debit_iban=debit_iban", say="return the credit of {credit} to {debit_iban}", say_via="return a credit of {credit} to {it}|get this done: {it} overpaid by {credit}; pay it out"),
        act("post", "outage_bulletin", "phone=phone! message=remark!", "Texts about an outage.", say="inform {phone} of the outage: {message}|arrange this: outage text to {phone}: {message}"),
    ),
    attributes=("licence", "clearance", "on_call", "country"),
)  # fmt: skip
FARM = Domain(
    "farm", "{org}, a farm", ("farmer", "field hand", "agronomist", "milk buyer"),
    (
        entity("field_plot", "plot_id=id nickname=word crop=wheat/barley/maize/rape hectares=1..90 corner=coordinates sown=past note=text*", "the {nickname} plot|the {crop} on {nickname}|plot {plot_id}", level=1),
        entity("cow", "ear_tag=number name=word born=birth litres=5..45 stall=1..90 treated=past vet_note=text*", "the cow {name}|{name}|ear tag {ear_tag}", level=2),
        entity("harvest_sale", "sale_id=number buyer=company crop=wheat/barley/maize/rape tonnes=1..90 total=money account=iban agreed=past terms=text*", "the sale to {buyer}|sale {sale_id}|{buyer}'s {crop}", level=3),
        entity("spray_plan", "spray_id=id plot=word agent=word litres=1..90 on_day=date operator=person warning=text*", "the spray plan for {plot}|spray plan {spray_id}", level=2),
    ),
    (
        act("create", "harvest_sale", "buyer=company! crop=wheat/barley/maize/rape! tonnes=1..90!", "Sells a harvest.", say="sell {tonnes} t of {crop} to {buyer}|see to this: {buyer} takes {tonnes} tonnes of {crop}; write the sale|book a sale: {crop}, {tonnes} tonnes, {buyer}"),
        act("control", "irrigation", "plot_id=@! minutes=5..240!", "Waters a plot.", via="field_plot plot_id=plot_id", say="water plot {plot_id} for {minutes} minutes", say_via="water {it} for {minutes} minutes|give {it} {minutes} minutes of water|turn the sprinklers on {it} on for {minutes} min"),
        act("update", "spray_day", "spray_id=@! on_day=date!", "Moves a spraying.", via="spray_plan spray_id=spray_id", say="spray plan {spray_id} moves to {on_day}", say_via="move {it} to {on_day}|spray {it} on {on_day}"),
        act("cancel", "spray_plan", "spray_id=@!", "Calls a spraying off.", via="spray_plan spray_id=spray_id", say="call off spray plan {spray_id}", say_via="call off {it}|cancel {it}, it will rain|scratch {it}"),
        act("update", "cow_stall", "ear_tag=@! stall=1..90!", "Moves a cow.", via="cow ear_tag=ear_tag", say="move {ear_tag} to stall {stall}", say_via="move {it} to stall {stall}|take care of this: {it} belongs in stall {stall}"),
        act("pay", "seed_bill", "account=iban! total=money!", "Pays for seed.", say="pay {total} for the seed to {account}|get this done: seed bill: {total} on {account}"),
        act("delete", "cow", "ear_tag=@!", "Takes a cow out of the herd book.", via="cow ear_tag=ear_tag", say="take {ear_tag} out of the herd book", say_via="take {it} out of the herd book|write {it} off|strike {it} from the herd"),
    ),
    attributes=("licence", "training", "country", "seniority"),
)  # fmt: skip
ESTATE = Domain(
    "estate_agency", "{org}, an estate agency", ("estate agent", "landlord", "flat hunter", "letting manager"),
    (
        entity("flat", "flat_id=id address=address rooms=1..7 rent=money owner=person free_from=date door_code=code description=long*", "the flat at {address}|flat {flat_id}|{owner}'s flat", level=2),
        entity("tenancy", "tenancy_id=number renter=person address=address rent=money deposit=money account=iban since=past clause=text*", "{renter}'s tenancy|tenancy {tenancy_id}|the tenancy at {address}", level=4, plural="tenancies"),
        entity("viewing", "viewing_id=id visitor=person mail=outsider income=salary when=moment impression=text*", "{visitor}'s viewing|viewing {viewing_id}|the viewing at {when}", level=3),
    ),
    (
        act("book", "viewing", "visitor=person! address=address! when=moment!", "Arranges a viewing.", say="show {visitor} the flat at {address} on {when}|arrange a viewing: {visitor}, {address}, {when}|arrange this: {visitor} wants to see {address}; {when} works"),
        act("update", "rent", "flat_id=@! rent=money!", "Sets the rent.", via="flat flat_id=flat_id", say="ask {rent} for flat {flat_id}", say_via="ask {rent} for {it}|let {it} at {rent}|change the rent of {it} to {rent}"),
        act("pay", "deposit_return", "account=iban! deposit=money!", "Returns a deposit.", via="tenancy account=account deposit=deposit", say="return the deposit of {deposit} to {account}|give {deposit} of deposit back, account {account}", say_via="return the deposit of {it}|pay the deposit back for {it}"),
        act("cancel", "tenancy", "tenancy_id=@!", "Gives notice.", via="tenancy tenancy_id=tenancy_id", say="give notice on {tenancy_id}", say_via="give notice on {it}|end {it}|terminate {it} in time"),
        act("share", "flat_papers", "flat_id=@! mail=email!", "Sends the papers of a flat.", via="flat flat_id=flat_id", say="send the papers of flat {flat_id} to {mail}", say_via="send the papers of {it} to {mail}|help with the following: {mail} would like to read about {it}; send the papers"),
        act("update", "flat_code", "flat_id=@! door_code=code!", "Sets the door code.", via="flat flat_id=flat_id", say="set the door of flat {flat_id} to {door_code}", say_via="set the door code of {it} to {door_code}|handle this: {it} opens with {door_code} from now on"),
        act("post", "listing", "site=site! address=address! rent=money!", "Advertises a flat.", say="advertise {address} on {site} for {rent}|list {address} at {rent} on {site}"),
    ),
    attributes=("credit_score", "verified", "licence", "employment"),
)  # fmt: skip
SITEWORK = Domain(
    "construction", "a building site of {org}", ("site manager", "crane driver", "subcontractor", "safety officer"),
    (
        entity("trade_package", "package_no=number craft=roofing/wiring/plaster/glazing firm=company agreed_sum=money built_share=percent finish_by=date scope_note=text*", "the {craft} package|package {package_no}|{firm}'s package", level=3),
        entity("site_pass", "pass_id=id worker=person firm=company badge_code=code valid_to=date trained=flag incident=text*", "{worker}'s site pass|site pass {pass_id}", level=3, plural="site_passes"),
        entity("crane_lift", "lift_no=id load=product kilos=50..9000 at=moment driver=person caution=text*", "the lift of the {load}|crane lift {lift_no}", level=2),
        entity("snag", "snag_no=id room_mark=word seen=past craft=roofing/wiring/plaster/glazing grade=small/big picture=path words=text*", "the snag in {room_mark}|snag {snag_no}", level=1),
    ),
    (
        act("pay", "stage_payment", "package_no=@! account=iban! sum_due=money!", "Pays a firm for a stage.", via="trade_package package_no=package_no", say="help with the following: stage payment on {package_no}: {sum_due} to {account}", say_via="handle this: {it} reached its stage; pay {sum_due} to {account}|pay {sum_due} to {account} against {it}"),
        act("update", "finish_date", "package_no=@! finish_by=date!", "Moves a finish date.", via="trade_package package_no=package_no", say="sort this out: package {package_no} must finish by {finish_by}", say_via="do the following: {it} must finish by {finish_by}|agree {finish_by} as the finish of {it}"),
        act("grant", "site_pass", "worker=person! firm=company! valid_to=date!", "Lets a worker onto the site.", say="badge {worker} of {firm} until {valid_to}|see to this: {worker} ({firm}) may enter the site through {valid_to}"),
        act("cancel", "site_pass", "pass_id=@!", "Withdraws a pass.", via="site_pass pass_id=pass_id", say="confiscate site pass {pass_id}", say_via="confiscate {it}|take care of this: no more entry with {it}"),
        act("book", "crane_lift", "load=product! kilos=50..9000! at=moment!", "Books the crane.", say="lift the {load}, {kilos} kg, at {at}|get this done: the crane should take the {load} ({kilos} kg) up at {at}"),
        act("update", "snag_grade", "snag_no=@! grade=small/big!", "Grades a snag.", via="snag snag_no=snag_no", say="arrange this: snag {snag_no} is {grade}", say_via="help with the following: {it} counts as {grade}|rate {it} {grade}"),
        act("send", "firm_letter", "mail=outsider! words=remark!", "Writes to a firm.", say="handle this: to the firm at {mail}, in writing: {words}|put to {mail} in a letter: {words}"),
    ),
    attributes=("training", "licence", "age", "seniority"),
)  # fmt: skip
SENSORS = Domain(
    "sensor_network", "the sensor network of {org}", ("network owner", "installer", "data subscriber", "gateway engineer"),
    (
        entity("sensor", "sensor_id=uuid spot=coordinates measures=rain/noise/dust/level last_value=1..400 battery=percent firmware=version note=text*", "the {measures} sensor|sensor {sensor_id}|the sensor at {spot}", level=1),
        entity("gateway", "gateway_id=id hostname=fqdn uplink=ip subnet=cidr sensors=1..90 boot=stamp diary=text*", "the gateway {hostname}|gateway {gateway_id}", level=3),
        entity("data_subscription", "subscription_id=number subscriber=company callback=url key=api_key until=date rate=1..60 terms=text*", "{subscriber}'s subscription|subscription {subscription_id}", level=4),
    ),
    (
        act("control", "sensor_reset", "sensor_id=@!", "Resets a sensor.", via="sensor sensor_id=sensor_id", say="reset sensor {sensor_id}", say_via="reset {it}|restart {it}|power-cycle {it}"),
        act("update", "gateway_firmware", "gateway_id=@! version=version!", "Installs firmware.", via="gateway gateway_id=gateway_id", say="flash gateway {gateway_id} with {version}", say_via="flash {it} with {version}|bring {it} up to {version}"),
        act("create", "data_subscription", "callback=url! subscriber=company! rate=1..60!", "Lets a company receive the data.", say="subscribe {subscriber} at {callback}, {rate} a minute|push data to {callback} for {subscriber}, rate {rate}"),
        act("update", "subscription_callback", "subscription_id=@! callback=url!", "Changes where data is sent.", via="data_subscription subscription_id=subscription_id", say="send the data of {subscription_id} to {callback}", say_via="send the data of {it} to {callback}|point {it} at {callback}"),
        act("cancel", "data_subscription", "subscription_id=@!", "Ends a subscription.", via="data_subscription subscription_id=subscription_id", say="end subscription {subscription_id}", say_via="end {it}|cut {it} off|stop serving {it}"),
        act("update", "gateway_subnet", "gateway_id=@! subnet=cidr!", "Moves a gateway to another network.", via="gateway gateway_id=gateway_id", say="put gateway {gateway_id} into {subnet}", say_via="put {it} into {subnet}|renumber {it} to {subnet}"),
        act("delete", "sensor", "sensor_id=@!", "Removes a sensor.", via="sensor sensor_id=sensor_id", say="remove sensor {sensor_id}", say_via="remove {it}|decommission {it}|forget {it}"),
    ),
    attributes=("mfa", "training", "licence", "on_call"),
)  # fmt: skip
DOMAINS = (FACTORY, UPKEEP, GRID, FARM, ESTATE, SITEWORK, SENSORS)
