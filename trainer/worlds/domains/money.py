"""Domains about money."""

from trainer.worlds.domain import Domain, act, entity

PAYABLES = Domain(
    "payables", "the accounts payable desk of {org}", ("accounts clerk", "controller", "auditor", "treasury manager"),
    (
        entity("invoice", "number=number supplier=company amount=money account=iban due=date department=department status=open/paid/disputed note=text*",
               "the invoice from {supplier}|invoice {number}|{supplier}'s bill|the {supplier} invoice due {due}", level=3),
        entity("supplier", "supplier_id=id name=company account=iban contact=outsider city=city rating=rating remarks=text*",
               "the supplier {name}|{name}|vendor {supplier_id}", level=3),
        entity("purchase_order", "order_number=number supplier=company item=product quantity=1..40 total=money buyer=person comment=text*",
               "the purchase order {order_number}|the order for {item}|{buyer}'s order with {supplier}", level=2),
    ),
    (
        act("pay", "invoice", "account=iban! amount=money! reference=number", "Pays an amount to a bank account.", via="invoice account=account amount=amount reference=number",
            say="pay {amount} to {account}, reference {reference}|transfer {amount} to the account {account} with reference {reference}"
                "|settle {reference}: {amount} to {account}|wire {amount} to {account} and put {reference} as the reference",
            say_via="pay {it}|settle {it}|take care of {it}|make the payment for {it}|transfer what we owe on {it}"),
        act("update", "supplier_account", "supplier_id=@! account=iban!", "Changes the bank account on file for a supplier.", via="supplier supplier_id=supplier_id",
            say="set the account of supplier {supplier_id} to {account}", say_via="change the bank account of {it} to {account}|update {it} with the new account {account}"),
        act("update", "invoice_status", "number=@! status=open/paid/disputed!", "Sets the status of an invoice.", via="invoice number=number",
            say="set invoice {number} to {status}", say_via="mark {it} as {status}|flag {it} as {status}"),
        act("create", "purchase_order", "supplier=company! item=product! quantity=1..40!", "Orders goods from a supplier.",
            say="order {quantity} x {item} from {supplier}|raise a purchase order with {supplier} for {quantity} {item}|buy {quantity} units of {item} at {supplier}"),
        act("cancel", "purchase_order", "order_number=@!", "Cancels a purchase order.", via="purchase_order order_number=order_number",
            say="cancel purchase order {order_number}", say_via="cancel {it}|withdraw {it}|stop {it}"),
        act("delete", "supplier", "supplier_id=@!", "Removes a supplier from the master data.", via="supplier supplier_id=supplier_id",
            say="delete supplier {supplier_id}", say_via="delete {it}|remove {it} from the master data"),
    ),
    attributes=("mfa", "seniority", "department", "training"),
)  # fmt: skip
SAVINGS = Domain(
    "savings_bank", "the customer service of {org}, a savings bank", ("customer", "teller", "branch manager", "fraud analyst"),
    (
        entity("account", "account_id=id holder=person iban=iban balance=money opened=past kind=savings/current/joint", "the account of {holder}|{holder}'s {kind} account|account {account_id}", level=4),
        entity("booking", "booking_id=id counterparty=company amount=money booked=past purpose=text*", "the booking from {counterparty}|booking {booking_id}|the {booked} booking of {counterparty}", level=3),
        entity("standing_order", "order_id=id payee=company iban=iban amount=money day=1..28 memo=text*", "the standing order for {payee}|standing order {order_id}|the monthly payment to {payee}", level=3),
        entity("bill", "bill_id=id issuer=company amount=money iban=iban due=date details=text*", "the bill from {issuer}|{issuer}'s bill|bill {bill_id}", level=2),
    ),
    (
        act("pay", "transfer", "iban=iban! amount=money! purpose=topic", "Moves money to another account.", via="bill iban=iban amount=amount",
            say="transfer {amount} to {iban} for the {purpose}|move {amount} over to {iban}, purpose {purpose}|wire {amount} to {iban} ({purpose})|send {amount} to the account {iban}",
            say_via="pay {it}|settle {it}|transfer the money for {it}|clear {it}"),
        act("create", "standing_order", "iban=iban! amount=money! day=1..28!", "Sets up a monthly payment.",
            say="set up a monthly payment of {amount} to {iban} on day {day}|see to this: every month on the {day}., pay {amount} to {iban}|create a standing order: {amount} to {iban}, day {day}"),
        act("update", "standing_order", "order_id=@! amount=money!", "Changes the amount of a monthly payment.", via="standing_order order_id=order_id",
            say="change standing order {order_id} to {amount}", say_via="change {it} to {amount}|set {it} to {amount} from now on|raise or lower {it} to {amount}"),
        act("cancel", "standing_order", "order_id=@!", "Ends a monthly payment.", via="standing_order order_id=order_id", say="cancel standing order {order_id}", say_via="cancel {it}|stop {it}|end {it}"),
        act("update", "pin", "new_pin=code!", "Sets a new secret number for the account.", say="change my pin to {new_pin}|set the pin to {new_pin}|make {new_pin} the new pin"),
        act("update", "home_address", "address=address!", "Changes the postal address on file.", say="change my address to {address}|update the postal address: {address}|I moved; register {address} as the address"),
    ),
    attributes=("age", "membership", "mfa", "country"),
)  # fmt: skip
EXPENSES = Domain(
    "expenses", "the expense office of {org}", ("employee", "team lead", "expense auditor", "finance partner"),
    (
        entity("expense_claim", "claim_id=id employee=person department=department amount=money spent=past category=meals/travel/hotel/hardware status=submitted/approved/rejected reason=text*",
               "{employee}'s claim of {spent}|claim {claim_id}|the {category} claim by {employee}", level=3),
        entity("receipt", "receipt_id=id shop=company total=money paid=past text=text*", "the receipt from {shop}|receipt {receipt_id}|the {shop} receipt", level=2),
        entity("company_card", "card_id=id holder=person number=card monthly_limit=money", "{holder}'s card|card {card_id}|the company card of {holder}", level=4),
    ),
    (
        act("create", "expense_claim", "amount=money! category=meals/travel/hotel/hardware! shop=company", "Files a claim for money spent.", via="receipt amount=total shop=shop",
            say="file a claim over {amount} for {category} at {shop}|claim {amount} ({category}, {shop})|hand in {amount} for {category} from {shop}",
            say_via="file a {category} claim for {it}|claim {it} under {category}|turn {it} into a {category} claim"),
        act("run", "approval", "claim_id=@!", "Approves a claim for payout.", via="expense_claim claim_id=claim_id", say="approve claim {claim_id}", say_via="approve {it}|sign off {it}|release {it}"),
        act("pay", "reimbursement", "employee=person! amount=money! account=iban!", "Pays money back to an employee.",
            say="reimburse {employee} {amount} to {account}|pay {employee} back {amount} on {account}|refund {amount} to {employee}, account {account}"),
        act("update", "card_limit", "card_id=@! monthly_limit=money!", "Sets the monthly limit of a company card.", via="company_card card_id=card_id",
            say="set the limit of card {card_id} to {monthly_limit}", say_via="set the limit of {it} to {monthly_limit}|raise {it} to {monthly_limit} a month"),
        act("cancel", "expense_claim", "claim_id=@!", "Withdraws a claim.", via="expense_claim claim_id=claim_id", say="withdraw claim {claim_id}", say_via="withdraw {it}|cancel {it}|take {it} back"),
    ),
    attributes=("seniority", "department", "training", "employment"),
)  # fmt: skip
DOMAINS = (PAYABLES, SAVINGS, EXPENSES)
