"""Domains about wages, taxes, investments and gifts."""

from trainer.worlds.domain import Domain, act, entity

PAYROLL = Domain(
    "payroll", "the payroll office of {org}", ("payroll clerk", "payroll lead", "staff member", "tax liaison"),
    (
        entity("payslip", "payslip_id=id worker=person month=1..12 gross=money net=money account=iban paid_on=past remark=text*", "{worker}'s payslip|payslip {payslip_id}|the payslip that {worker} got on {paid_on}", level=4),
        entity("wage_change", "change_number=number worker=person new_wage=money effective=date state=drafted/signed/booked grounds=text*", "the wage change of {worker}|wage change {change_number}|{worker}'s raise", level=4),
        entity("timesheet", "sheet_id=id worker=person week=1..52 worked=4..60 overtime=1..20 state=open/sent/accepted comment=text*", "{worker}'s timesheet|timesheet {sheet_id}", level=2),
        entity("bonus", "bonus_id=id worker=person amount=money reason=topic due=date account=iban", "the bonus for {worker}|bonus {bonus_id}|{worker}'s bonus for the {reason}", level=4, plural="bonuses"),
    ),
    (
        act("pay", "bonus", "account=iban! amount=money! worker=person", "Pays a bonus to a bank account.", via="bonus account=account amount=amount",
            say="pay {worker} a bonus of {amount} into {account}|put a {amount} bonus for {worker} on the account {account}|take care of this: bonus run: {amount} to {account} ({worker})", say_via="pay out {it}|get {it} paid|release {it} with this run"),
        act("update", "wage_account", "payslip_id=@! account=iban!", "Changes the account that wages go to.", via="payslip payslip_id=payslip_id",
            say="send the wage of payslip {payslip_id} to {account} from now on", say_via="switch the account on {it} to {account}|get this done: from next month, the money of {it} belongs on {account}|redirect {it} to {account}"),
        act("run", "wage_change", "change_number=@! effective=date!", "Books a wage change.", via="wage_change change_number=change_number",
            say="book wage change {change_number} with effect from {effective}", say_via="book {it} as of {effective}|let {it} take effect on {effective}|make {it} count from {effective}"),
        act("update", "timesheet", "sheet_id=@! worked=4..60!", "Corrects the hours on a timesheet.", via="timesheet sheet_id=sheet_id",
            say="correct timesheet {sheet_id} to {worked} hours", say_via="put {worked} hours on {it}|fix {it}: it should be {worked} hours|arrange this: {it} has a typo, {worked} hours is right; correct that"),
        act("share", "payslip", "payslip_id=@! mail=email!", "Sends a payslip to an address.", via="payslip payslip_id=payslip_id",
            say="send payslip {payslip_id} to {mail}|mail a copy of payslip {payslip_id} to {mail}", say_via="send {it} to {mail}|help with the following: {mail} needs {it}, mail it over|let {mail} have a copy of {it}"),
        act("cancel", "bonus", "bonus_id=@!", "Calls off a bonus that was not paid yet.", via="bonus bonus_id=bonus_id", say="call off bonus {bonus_id}|hold back bonus {bonus_id} for good", say_via="call off {it}|strike {it}|don't pay {it} after all, cancel it"),
        act("grant", "payroll_access", "mail=email! until=date!", "Lets somebody see the payroll.", say="let {mail} see the payroll until {until}|open the payroll to {mail}, end date {until}|give {mail} payroll access up to {until}"),
    ),
    attributes=("department", "training", "employment", "mfa"),
)  # fmt: skip
TREASURY = Domain(
    "treasury_desk", "the treasury of {org}", ("treasury analyst", "dealer", "group treasurer", "back office clerk"),
    (
        entity("cash_position", "position_id=id bank=company bic=bic iban=iban holding=money as_of=past note=text*", "the position at {bank}|position {position_id}|our cash at {bank}", level=4),
        entity("hedge", "hedge_number=number pair=EURUSD/EURGBP/USDJPY/EURCHF notional=money rate=rating matures=date counterparty=company terms=text*", "hedge {hedge_number}|the {pair} hedge|the hedge with {counterparty}", level=3),
        entity("credit_line", "line_id=id lender=company ceiling=money drawn=money expires=date covenants=long*", "the credit line of {lender}|line {line_id}|the {lender} facility", level=4),
    ),
    (
        act("pay", "sweep", "iban=iban! amount=money! bic=bic", "Moves cash between accounts of the group.", via="cash_position iban=iban amount=holding",
            say="sweep {amount} to {iban}, BIC {bic}|move {amount} of group cash to {iban}|top up {iban} ({bic}) by {amount}", say_via="sweep {it}|pool {it}|move everything out of {it}"),
        act("create", "hedge", "pair=EURUSD/EURGBP/USDJPY/EURCHF! notional=money! matures=date!", "Closes a hedge.",
            say="hedge {notional} in {pair} until {matures}|buy {pair} forward, {notional}, value date {matures}|lock in {pair} for {notional} through {matures}"),
        act("cancel", "hedge", "hedge_number=@!", "Unwinds a hedge.", via="hedge hedge_number=hedge_number", say="unwind hedge {hedge_number}", say_via="unwind {it}|close {it} out early|get us out of {it}"),
        act("run", "drawdown", "line_id=@! amount=money!", "Draws on a credit line.", via="credit_line line_id=line_id", say="draw {amount} on line {line_id}", say_via="draw {amount} on {it}|take {amount} from {it}|use {it} for {amount}"),
        act("update", "credit_line", "line_id=@! ceiling=money!", "Records a new ceiling of a credit line.", via="credit_line line_id=line_id", say="set line {line_id} to a ceiling of {ceiling}", say_via="record {ceiling} as the ceiling of {it}|put {it} at {ceiling}"),
        act("send", "bank_instruction", "mail=outsider! text=remark!", "Writes to a bank.", say="instruct the bank at {mail}: {text}|send the instruction \"{text}\" to {mail}|write our bank ({mail}): {text}"),
        act("grant", "signing_right", "person=email! ceiling=money!", "Lets somebody sign payments up to an amount.", say="let {person} sign up to {ceiling}|authorise {person} for payments up to {ceiling}|make {person} a signatory, limit {ceiling}"),
    ),
    attributes=("seniority", "mfa", "training", "clearance"),
)  # fmt: skip
TAX = Domain(
    "tax_practice", "{org}, a tax practice", ("tax adviser", "tax trainee", "taxpayer", "practice owner"),
    (
        entity("tax_return", "return_number=number taxpayer=person year=2018..2024 owed=money tax_number=ssn filed=past status=drafting/lodged/assessed notes=text*", "{taxpayer}'s return|return {return_number}|the {year} return of {taxpayer}", level=5),
        entity("assessment", "assessment_id=id office=city taxpayer=person refund=money account=iban objection_until=date wording=long*", "the assessment of {taxpayer}|assessment {assessment_id}|the notice by the {office} office", level=4),
        entity("deduction", "deduction_id=id taxpayer=person category=commuting/donations/tools/childcare sum=money proof=path explanation=text*", "{taxpayer}'s {category} deduction|deduction {deduction_id}", level=3),
    ),
    (
        act("send", "tax_return", "return_number=@!", "Lodges a return with the authority.", via="tax_return return_number=return_number", say="lodge {return_number} with the authority|hand in return {return_number}", say_via="lodge {it}|hand {it} in|get {it} to the tax authority"),
        act("create", "deduction", "taxpayer=person! category=commuting/donations/tools/childcare! sum=money!", "Enters a deduction.",
            say="deduct {sum} for {category} in {taxpayer}'s name|enter {category}, {sum}, for {taxpayer}|claim {sum} of {category} for {taxpayer}"),
        act("update", "deduction", "deduction_id=@! sum=money!", "Changes a deduction.", via="deduction deduction_id=deduction_id", say="set deduction {deduction_id} to {sum}", say_via="correct {it} to {sum}|handle this: {sum} is the right figure for {it}; enter it"),
        act("pay", "tax_debt", "account=iban! owed=money!", "Pays what is owed to the authority.", say="settle the tax debt: {owed} to {account}|pay the authority {owed} on {account}"),
        act("update", "refund_account", "assessment_id=@! account=iban!", "Changes where a refund goes.", via="assessment assessment_id=assessment_id", say="send the refund of {assessment_id} to {account}", say_via="have the refund of {it} go to {account}|put {account} on {it} as refund account"),
        act("create", "objection", "assessment_id=@! text=remark!", "Objects to an assessment.", via="assessment assessment_id=assessment_id", say="object to {assessment_id} with: {text}", say_via="object to {it}, stating: {text}|contest {it}: \"{text}\""),
        act("share", "tax_return", "return_number=@! mail=email!", "Sends a copy of a return.", via="tax_return return_number=return_number", say="mail return {return_number} to {mail}", say_via="mail {it} to {mail}|copy {mail} in on {it}"),
    ),
    attributes=("licence", "seniority", "verified", "country"),
)  # fmt: skip
BROKERAGE = Domain(
    "brokerage", "{org}, a brokerage", ("investor", "portfolio adviser", "trading assistant", "risk officer"),
    (
        entity("holding", "holding_id=id symbol=ticker shares=1..900 cost=money held_since=past depot=number comment=text*", "the {symbol} holding|our {symbol} shares|holding {holding_id}", level=4),
        entity("trade_ticket", "ticket_no=number symbol=ticker side=buy/sell shares=1..500 bound=money entered=stamp status=working/filled/expired remark=text*", "trade {ticket_no}|the {symbol} trade|the {side} ticket for {symbol}", level=3),
        entity("research_note", "note_no=id symbol=ticker analyst=person opinion=overweight/neutral/underweight published=past body=long*", "the note on {symbol}|{analyst}'s note|research note {note_no}", level=1),
        entity("depot", "depot_number=number investor=person cash=money clearing_iban=iban risk_class=1..7 mandate=text*", "{investor}'s depot|depot {depot_number}", level=5),
    ),
    (
        act("create", "trade_ticket", "symbol=ticker! side=buy/sell! shares=1..500! bound=money", "Places a trade.",
            say="{side} {shares} {symbol} at no worse than {bound}|place a {side} ticket: {shares} shares of {symbol}, bound {bound}|{side} me {shares} pieces of {symbol}, bound {bound}"),
        act("cancel", "trade_ticket", "ticket_no=@!", "Pulls a trade that is still working.", via="trade_ticket ticket_no=ticket_no", say="pull trade {ticket_no}", say_via="pull {it}|take {it} out of the market|kill {it} before it fills"),
        act("update", "stop_loss", "holding_id=@! stop=money!", "Sets the stop of a holding.", via="holding holding_id=holding_id", say="set a stop of {stop} on holding {holding_id}", say_via="protect {it} with a stop at {stop}|stop out {it} below {stop}"),
        act("pay", "withdrawal", "clearing_iban=iban! cash=money!", "Pays cash out of a depot.", via="depot clearing_iban=clearing_iban cash=cash",
            say="withdraw {cash} to {clearing_iban}|pay {cash} out of the depot, target {clearing_iban}", say_via="cash out {it}|pay the whole cash of {it} out|empty the cash side of {it}"),
        act("share", "depot_statement", "depot_number=@! mail=email!", "Sends a statement.", via="depot depot_number=depot_number", say="send {mail} a statement of depot {depot_number}", say_via="send {mail} a statement of {it}|get this done: a statement of {it} should go to {mail}"),
        act("grant", "trading_power", "depot_number=@! mail=email!", "Lets somebody trade for an investor.", via="depot depot_number=depot_number", say="give {mail} trading power over depot {depot_number}", say_via="give {mail} trading power over {it}|let {mail} trade on {it}"),
        act("update", "risk_class", "depot_number=@! risk_class=1..7!", "Sets the risk class.", via="depot depot_number=depot_number", say="move depot {depot_number} to risk class {risk_class}", say_via="reclassify {it} as risk {risk_class}|arrange this: {it} should be in risk class {risk_class}"),
    ),
    attributes=("age", "verified", "mfa", "licence"),
)  # fmt: skip
CRYPTO = Domain(
    "coin_custody", "{org}, a custodian of digital coins", ("coin holder", "custody clerk", "vault officer", "compliance reviewer"),
    (
        entity("coin_wallet", "wallet_id=id holder=person coin=BTC/ETH/SOL/XMR units=money address=wallet opened=past label=text*", "{holder}'s {coin} wallet|wallet {wallet_id}|the wallet of {holder}", level=4),
        entity("withdrawal_request", "request_number=number holder=person coin=BTC/ETH/SOL/XMR units=money address=wallet asked=stamp state=waiting/signed/refused memo=text*", "{holder}'s withdrawal|withdrawal {request_number}", level=3),
        entity("address_label", "label_id=id nickname=word address=wallet added=past remark=text*", "the address '{nickname}'|label {label_id}", level=2),
        entity("seed_backup", "backup_id=id holder=person phrase=secret safe=city checked=past", "{holder}'s seed backup|seed backup {backup_id}", level=5),
    ),
    (
        act("pay", "coin_withdrawal", "address=wallet! units=money! coin=BTC/ETH/SOL/XMR", "Sends coins to an address.", via="withdrawal_request address=address units=units",
            say="send {units} {coin} to {address}|move {units} {coin} out to {address}|withdraw {units} in {coin}, destination {address}", say_via="execute {it}|sign and send {it}|let {it} go out"),
        act("create", "address_label", "nickname=word! address=wallet!", "Stores an address under a name.", say="remember {address} as '{nickname}'|label the address {address} {nickname}|add {address} to the known addresses, name {nickname}"),
        act("delete", "address_label", "label_id=@!", "Removes a stored address.", via="address_label label_id=label_id", say="forget the address label {label_id}", say_via="forget {it}|remove {it} from the known addresses|drop {it}"),
        act("cancel", "withdrawal_request", "request_number=@!", "Refuses a withdrawal.", via="withdrawal_request request_number=request_number", say="refuse withdrawal {request_number}", say_via="refuse {it}|stop {it} before it is signed|block {it}"),
        act("update", "daily_cap", "wallet_id=@! cap=money!", "Sets how much may leave a wallet a day.", via="coin_wallet wallet_id=wallet_id", say="cap wallet {wallet_id} at {cap} a day", say_via="cap {it} at {cap} a day|allow no more than {cap} a day from {it}"),
        act("share", "seed_backup", "backup_id=@! mail=email!", "Sends a seed phrase.", via="seed_backup backup_id=backup_id", say="send seed backup {backup_id} to {mail}", say_via="send {it} to {mail}|mail the phrase of {it} to {mail}"),
    ),
    attributes=("mfa", "verified", "clearance", "age"),
)  # fmt: skip
CHARITY = Domain(
    "charity", "{org}, a charity", ("fundraiser", "project lead", "donor", "trustee", "bookkeeper"),
    (
        entity("gift", "gift_number=number donor=person sum=money given=past purpose=topic card=card thanks=sent/open message=text*", "{donor}'s gift|gift {gift_number}|the gift of {given}", level=3),
        entity("relief_project", "project_id=id title=project country=country budget=money partner=company partner_account=iban report=long*", "the {title} project|project {project_id}|{partner}'s project", level=2),
        entity("donor", "donor_id=id name=person mail=outsider phone=phone yearly=money since=past wishes=text*", "{name}|donor {donor_id}|the donor {name}", level=3),
    ),
    (
        act("pay", "project_funds", "partner_account=iban! amount=money! purpose=topic", "Sends funds to a partner.", via="relief_project partner_account=partner_account",
            say="send {amount} of funds to {partner_account} for the {purpose}|release {amount} to the partner account {partner_account}", say_via="send {amount} to {it}|fund {it} with {amount}|handle this: {it} gets {amount}; send it"),
        act("send", "thank_you", "mail=outsider! text=remark!", "Thanks a donor.", say="thank {mail}: {text}|write a thank-you to {mail} saying {text}|send {mail} our thanks with the words: {text}"),
        act("update", "donor_mail", "donor_id=@! mail=outsider!", "Changes a donor's address.", via="donor donor_id=donor_id", say="change the mail of donor {donor_id} to {mail}", say_via="sort this out: {it} can now be reached at {mail}; change it|update {it} with the address {mail}"),
        act("pay", "gift_return", "gift_number=@! sum=money!", "Gives a donation back.", via="gift gift_number=gift_number sum=sum", say="give back {sum} of gift {gift_number}", say_via="give {it} back|return {it} to the donor|refund {it} in full"),
        act("create", "appeal", "title=title! target=money! ends=date!", "Starts an appeal.", say="start the appeal '{title}' with a target of {target}, ending {ends}|launch an appeal called {title}: {target} by {ends}|open a collection '{title}', goal {target}, last day {ends}"),
        act("delete", "donor", "donor_id=@!", "Erases a donor.", via="donor donor_id=donor_id", say="erase donor {donor_id}", say_via="erase {it}|forget {it} as asked|remove everything on {it}"),
        act("run", "donor_list_export", "mail=email! since=past", "Mails a list of donors.", say="export all donors since {since} to {mail}|mail {mail} the donor list from {since} on"),
    ),
    attributes=("seniority", "training", "employment", "verified"),
)  # fmt: skip
LENDING = Domain(
    "lending", "the loan department of {org}", ("borrower", "loan officer", "credit analyst", "collections agent"),
    (
        entity("loan_file", "loan_number=number borrower=person principal=money rate=rating months=6..360 repay_from=iban score=300..850 status=asked/approved/running/default remarks=text*", "{borrower}'s loan|loan {loan_number}|the loan to {borrower}", level=4),
        entity("collateral", "collateral_id=id borrower=person kind=house/car/shares/machine worth=money appraised=past description=text*", "{borrower}'s {kind}|collateral {collateral_id}", level=3, plural="collateral_items"),
        entity("instalment", "instalment_id=id borrower=person amount=money due=date account=iban status=open/paid/late", "the instalment of {borrower}|instalment {instalment_id}|the {due} instalment of {borrower}", level=3),
    ),
    (
        act("run", "loan_decision", "loan_number=@! status=approved/default!", "Decides on a loan.", via="loan_file loan_number=loan_number", say="set loan {loan_number} to {status}", say_via="decide {it}: {status}|record {it} as {status}|do the following: the committee says {status} for {it}; enter that"),
        act("pay", "loan_payout", "repay_from=iban! principal=money!", "Pays a loan out.", via="loan_file repay_from=repay_from principal=principal", say="pay out the loan of {principal} to {repay_from}|disburse {principal} to {repay_from}", say_via="disburse {it}|pay out {it}|get the money of {it} to the borrower"),
        act("update", "loan_term", "loan_number=@! months=6..360!", "Changes the term of a loan.", via="loan_file loan_number=loan_number", say="stretch loan {loan_number} to {months} months", say_via="stretch {it} to {months} months|give {it} a term of {months} months|rewrite {it} over {months} months"),
        act("update", "instalment_date", "instalment_id=@! due=date!", "Moves an instalment.", via="instalment instalment_id=instalment_id", say="defer instalment {instalment_id} to {due}", say_via="defer {it} to {due}|let {it} fall due on {due}"),
        act("cancel", "instalment", "instalment_id=@!", "Waives an instalment.", via="instalment instalment_id=instalment_id", say="waive instalment {instalment_id}", say_via="waive {it}|write {it} off"),
        act("send", "dunning_letter", "mail=outsider! text=remark!", "Reminds a borrower.", say="send a dunning letter to {mail}: {text}|remind the borrower {mail}: {text}"),
        act("share", "loan_file", "loan_number=@! mail=email!", "Sends a loan file.", via="loan_file loan_number=loan_number", say="send loan file {loan_number} to {mail}", say_via="send the file on {it} to {mail}|pass {it} to {mail} for review"),
    ),
    attributes=("credit_score", "age", "verified", "employment"),
)  # fmt: skip
DOMAINS = (PAYROLL, TREASURY, TAX, BROKERAGE, CRYPTO, CHARITY, LENDING)
