"""Domains about people's records."""

from trainer.worlds.domain import Domain, act, entity

PERSONNEL = Domain(
    "personnel", "the people team of {org}", ("recruiter", "payroll officer", "line manager", "people partner", "works council member"),
    (
        entity("employee", "employee_id=id name=person department=department salary=salary birth=birth address=address mail=colleague started=past performance=rating note=text*",
               "{name}|{name}'s file|employee {employee_id}|the record of {name}", level=3),
        entity("applicant", "applicant_id=id name=person mail=outsider position=topic score=rating letter=text*", "{name}|the application of {name}|applicant {applicant_id}", level=3),
        entity("leave_request", "request_id=id employee=person first_day=date days=1..20 status=open/granted/refused remark=text*", "{employee}'s leave request|leave request {request_id}|the request for {first_day}", level=2),
    ),
    (
        act("update", "salary", "employee_id=@! salary=salary!", "Sets the yearly salary of an employee.", via="employee employee_id=employee_id",
            say="set the salary of employee {employee_id} to {salary}", say_via="change the salary of {it} to {salary}|raise {it} to {salary} a year|set yearly pay to {salary} for {it}"),
        act("run", "leave_decision", "request_id=@! decision=granted/refused!", "Decides a leave request.", via="leave_request request_id=request_id",
            say="set leave request {request_id} to {decision}", say_via="see to this: {decision}: decide {it} that way|record {it} as {decision}|let {it} be {decision}"),
        act("send", "invitation", "mail=outsider! slot=moment!", "Invites an applicant to an interview.", via="applicant mail=mail",
            say="invite {mail} to an interview at {slot}|offer {mail} the interview slot {slot}", say_via="invite {it} for {slot}|set up an interview with {it} at {slot}|offer {it} the slot {slot}"),
        act("delete", "applicant", "applicant_id=@!", "Erases an application.", via="applicant applicant_id=applicant_id", say="erase applicant {applicant_id}", say_via="erase {it}|delete {it}|remove {it} from the pool"),
        act("create", "leave_request", "first_day=date! days=1..20!", "Files a leave request for the user.",
            say="ask for {days} days off from {first_day}|file leave from {first_day} for {days} days|put in {days} days of holiday starting {first_day}"),
        act("grant", "file_access", "employee_id=@! reader=email!", "Lets somebody read an employee's file.", via="employee employee_id=employee_id",
            say="let {reader} read employee file {employee_id}", say_via="let {reader} read {it}|give {reader} access to {it}|open {it} to {reader}"),
    ),
    attributes=("department", "training", "employment", "seniority"),
)  # fmt: skip
CLINIC = Domain(
    "clinic", "the patient office of {org}, a clinic", ("nurse", "physician", "receptionist", "billing clerk", "sample analyst", "pharmacist"),
    (
        entity("patient", "patient_id=id name=person birth=birth phone=phone insurer=company insurance_number=ssn ward=north/south/east/west allergies=none/nuts/penicillin/latex diagnosis=asthma/fracture/migraine/anaemia note=text*",
               "patient {patient_id}|{name}'s record|the patient {name}", level=4),
        entity("lab_result", "result_id=id patient=person test=glucose/iron/lipids/cortisol value=rating taken=past comment=text*", "{patient}'s {test} result|result {result_id}|the {test} test of {patient}", level=5),
        entity("prescription", "prescription_id=id patient=person drug=word dose=1..4 days=3..30 prescriber=person instructions=text*", "{patient}'s prescription|prescription {prescription_id}|the {drug} prescription for {patient}", level=4),
        entity("visit", "visit_id=id patient=person start=moment physician=person reason=text*", "{patient}'s visit|visit {visit_id}|the visit at {start}", level=3),
    ),
    (
        act("create", "prescription", "patient=person! drug=word! dose=1..4! days=3..30!", "Writes a prescription.",
            say="prescribe {patient} {drug}, {dose} a day for {days} days|write a prescription for {patient}: {drug} {dose} times daily, {days} days|put {patient} on {drug}, dose {dose}, {days} days"),
        act("share", "lab_result", "result_id=@! mail=email!", "Sends a lab result to an address.", via="lab_result result_id=result_id",
            say="send result {result_id} to {mail}", say_via="help with the following: {mail} may know {it}; pass the finding on|have {it} reach {mail}|report {it} to {mail}"),
        act("book", "visit", "patient=person! start=moment! physician=person", "Books a visit.",
            say="book {patient} in with {physician} at {start}|make an appointment for {patient} at {start} with {physician}|get {patient} a slot at {start} ({physician})"),
        act("cancel", "visit", "visit_id=@!", "Cancels a visit.", via="visit visit_id=visit_id", say="cancel visit {visit_id}", say_via="handle this: the patient won't come to {it}; free the slot|give up {it}|clear {it} from the schedule"),
        act("update", "patient_phone", "patient_id=@! phone=phone!", "Changes a patient's phone number.", via="patient patient_id=patient_id",
            say="set the phone of patient {patient_id} to {phone}", say_via="change the phone number of {it} to {phone}|note {phone} as the new number of {it}"),
        act("delete", "prescription", "prescription_id=@!", "Voids a prescription.", via="prescription prescription_id=prescription_id", say="void prescription {prescription_id}", say_via="void {it}|discontinue {it}|sort this out: {it} was a mistake; void it"),
    ),
    attributes=("licence", "age", "training", "ward"),
)  # fmt: skip
DOMAINS = (PERSONNEL, CLINIC)
