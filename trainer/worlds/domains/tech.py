"""Domains of engineers and administrators."""

from trainer.worlds.domain import Domain, act, entity

SERVERS = Domain(
    "server_operations", "the operations team of {org}", ("operator", "site reliability engineer", "developer", "auditor"),
    (
        entity("machine", "machine_id=id name=host region=region state=running/stopped/failing load=percent owner=person remarks=text*", "{name}|machine {name}|the host {name}", level=2),
        entity("log_entry", "entry_id=id machine=host written=past severity=info/warning/error message=text*", "the log of {machine}|log entry {entry_id}|the {severity} on {machine}", level=2, plural="log_entries"),
        entity("credential", "credential_id=id service=word value=secret rotated=past", "the {service} credential|the secret of {service}|credential {credential_id}", level=5),
        entity("incident", "incident_id=number service=word severity=low/medium/high opened=past runbook=text*", "incident {incident_id}|the {service} incident|the open incident on {service}", level=2),
    ),
    (
        act("control", "machine_restart", "machine_id=@!", "Restarts a machine.", via="machine machine_id=machine_id", say="restart machine {machine_id}", say_via="restart {it}|reboot {it}|bounce {it}"),
        act("delete", "machine", "machine_id=@!", "Destroys a machine and its disks.", via="machine machine_id=machine_id", say="destroy machine {machine_id}", say_via="destroy {it}|tear down {it}|decommission {it}"),
        act("run", "command", "machine=host! command=ls_-la/df_-h/uptime/systemctl_status/tail_-n_50_syslog!", "Runs a shell command on a machine.",
            say="run `{command}` on {machine}|execute {command} on {machine}|on {machine}, run {command}"),
        act("update", "replica_count", "service=word! replicas=1..20!", "Scales a service.", say="scale {service} to {replicas}|set {service} to {replicas} replicas|run {replicas} instances of {service}"),
        act("grant", "shell_access", "user=email! machine=host!", "Gives a user a login on a machine.", say="give {user} a login on {machine}|let {user} into {machine}|grant {user} shell access to {machine}"),
        act("update", "credential", "credential_id=@!", "Rotates a credential.", via="credential credential_id=credential_id", say="rotate credential {credential_id}", say_via="rotate {it}|renew {it}|replace {it} with a fresh one"),
        act("update", "incident", "incident_id=@! state=acknowledged/resolved!", "Sets the state of an incident.", via="incident incident_id=incident_id",
            say="set incident {incident_id} to {state}", say_via="mark {it} as {state}|set {it} to {state}"),
    ),
    attributes=("mfa", "on_call", "training", "seniority"),
)  # fmt: skip
CODE = Domain(
    "source_control", "the code hosting of {org}", ("contributor", "maintainer", "release manager", "guest"),
    (
        entity("repository", "name=word owner=handle visibility=private/public stars=0..900 readme=text*", "the {name} repository|{owner}/{name}|{name}", level=2, plural="repositories"),
        entity("ticket", "ticket_id=number repository=word author=handle headline=title body=text*", "ticket {ticket_id}|the ticket '{headline}'|{author}'s ticket in {repository}", level=1),
        entity("change", "change_id=number repository=word branch=branch author=handle checks=green/red/pending summary=text*", "change {change_id}|the change on {branch}|{author}'s change in {repository}", level=2),
        entity("deploy_key", "key_id=id repository=word secret=secret created=past", "the deploy key of {repository}|key {key_id}", level=5),
    ),
    (
        act("create", "ticket", "repository=word! headline=title! body=remark!", "Opens a ticket.",
            say="open a ticket in {repository} titled '{headline}': {body}|file '{headline}' against {repository} with the text {body}|report in {repository}: {headline} - {body}"),
        act("post", "ticket_comment", "ticket_id=@! body=remark!", "Comments on a ticket.", via="ticket ticket_id=ticket_id", say="comment on {ticket_id}: {body}", say_via="comment on {it}: {body}|add to {it}: \"{body}\""),
        act("run", "merge", "change_id=@!", "Merges a change.", via="change change_id=change_id", say="merge {change_id}", say_via="merge {it}|land {it}|get {it} in"),
        act("delete", "repository", "name=@!", "Deletes a repository.", via="repository name=name", say="delete the repository {name}", say_via="delete {it}|wipe {it}"),
        act("grant", "repository_access", "name=@! user=email! right=read/write/admin!", "Invites a user to a repository.", via="repository name=name",
            say="give {user} {right} access to {name}", say_via="give {user} {right} rights on {it}|invite {user} to {it} with {right} rights"),
        act("update", "visibility", "name=@! visibility=private/public!", "Makes a repository private or public.", via="repository name=name", say="make {name} {visibility}", say_via="make {it} {visibility}|switch {it} to {visibility}"),
        act("create", "web_hook", "name=@! address=url!", "Registers an address that is told of every push.", via="repository name=name", say="register {address} as a hook of {name}", say_via="add a hook to {it} that calls {address}|hook {address} up to {it}"),
    ),
    attributes=("mfa", "membership", "training", "employment"),
)  # fmt: skip
CLOUD = Domain(
    "cloud_account", "the cloud platform of {org}", ("platform engineer", "cost controller", "security officer", "data engineer", "trainee"),
    (
        entity("bucket", "name=word owner=person bytes=100..90000 access=private/public region=region purpose=text*", "the {name} bucket|bucket {name}|{owner}'s bucket", level=3),
        entity("service_user", "user_id=id name=handle key=secret last_used=past rights=read/write/admin comment=text*", "the service user {name}|{name}|user {user_id}", level=5),
        entity("cost_item", "item_id=id service=word amount=money month=1..12 team=department explanation=text*", "the cost of {service}|cost item {item_id}|{team}'s bill for {service}", level=2),
        entity("alarm", "alarm_id=id service=word raised=past threshold=percent text=text*", "the {service} alarm|alarm {alarm_id}", level=1),
    ),
    (
        act("create", "bucket", "name=word! region=region!", "Creates a bucket.", say="create a bucket {name} in {region}|set up storage called {name} in {region}"),
        act("delete", "bucket", "name=@!", "Deletes a bucket and all in it.", via="bucket name=name", say="delete the bucket {name}", say_via="delete {it}|empty and remove {it}|wipe {it}"),
        act("update", "bucket_access", "name=@! access=private/public!", "Makes a bucket private or public.", via="bucket name=name", say="make the bucket {name} {access}", say_via="make {it} {access}|set {it} to {access}"),
        act("grant", "role_binding", "name=handle! right=read/write/admin!", "Gives a service user rights.", say="give {name} the right {right}|grant {right} to {name}|bind {name} to {right}"),
        act("update", "budget", "team=department! amount=money!", "Sets a monthly budget.", say="set the budget of {team} to {amount}|allow {team} {amount} a month"),
        act("control", "alarm_silence", "alarm_id=@!", "Silences an alarm.", via="alarm alarm_id=alarm_id", say="silence alarm {alarm_id}", say_via="silence {it}|mute {it}"),
        act("share", "bucket", "name=@! mail=email!", "Gives an outside address a link to a bucket.", via="bucket name=name", say="share bucket {name} with {mail}", say_via="share {it} with {mail}|send {mail} a link to {it}"),
    ),
    attributes=("mfa", "clearance", "on_call", "seniority"),
)  # fmt: skip
HELPDESK = Domain(
    "help_desk", "the help desk of {org}", ("first-line agent", "second-line agent", "desk manager", "caller"),
    (
        entity("case_file", "case_number=number customer=person mail=outsider product=product priority=low/normal/high state=open/solved/parked complaint=text*", "{customer}'s case|case {case_number}|the case about the {product}", level=3),
        entity("help_page", "help_id=id heading=title updated=past text=text*", "the help page '{heading}'|help page {help_id}", level=1),
        entity("customer", "customer_id=id name=person mail=outsider phone=phone plan=basic/plus/pro credit=money remark=text*", "customer {customer_id}|the customer {name}|{name}, our customer", level=3),
    ),
    (
        act("send", "case_answer", "case_number=@! text=remark!", "Answers a case.", via="case_file case_number=case_number", say="answer case {case_number}: {text}", say_via="answer {it}: {text}|tell the customer in {it}: {text}"),
        act("update", "case_state", "case_number=@! state=open/solved/parked!", "Sets the state of a case.", via="case_file case_number=case_number", say="set case {case_number} to {state}", say_via="handle this: {it} counts as {state}; set that|change the state of {it} to {state}"),
        act("pay", "goodwill", "customer_id=@! amount=money!", "Gives a customer credit.", via="customer customer_id=customer_id", say="credit customer {customer_id} {amount}", say_via="give {it} a credit of {amount}|credit {amount} to {it}"),
        act("update", "plan", "customer_id=@! plan=basic/plus/pro!", "Changes a customer's plan.", via="customer customer_id=customer_id", say="put customer {customer_id} on {plan}", say_via="put {it} on {plan}|switch {it} to the {plan} plan"),
        act("update", "customer_password", "customer_id=@! code=code!", "Sets a one-time code for a customer's login.", via="customer customer_id=customer_id", say="set the login code of {customer_id} to {code}", say_via="set the login code of {it} to {code}"),
        act("delete", "customer", "customer_id=@!", "Erases a customer.", via="customer customer_id=customer_id", say="erase customer {customer_id}", say_via="delete the data of {it}|sort this out: {it} asked to be forgotten; wipe the record"),
        act("run", "customer_export", "mail=email! plan=basic/plus/pro", "Mails a list of customers.", say="mail {mail} a list of all {plan} customers|export the {plan} customers to {mail}"),
    ),
    attributes=("training", "seniority", "employment", "verified"),
)  # fmt: skip
TELECOM = Domain(
    "telephone_company", "{org}, a telephone company", ("subscriber", "shop clerk", "network technician", "retention agent"),
    (
        entity("line", "number=phone subscriber=person tariff=small/medium/large monthly=money used_gb=1..90 state=active/paused/blocked remark=text*", "{subscriber}'s line|line {number}|the {tariff} line of {subscriber}", level=3),
        entity("bill", "bill_number=number subscriber=person total=money account=iban due=date items=text*", "bill {bill_number}|{subscriber}'s bill|the bill due {due}", level=3),
        entity("fault", "fault_id=id area=city reported=past severity=minor/major/critical report=text*", "the fault in {area}|fault {fault_id}", level=2),
    ),
    (
        act("update", "tariff", "number=@! tariff=small/medium/large!", "Changes a tariff.", via="line number=number", say="put {number} on {tariff}", say_via="put {it} on {tariff}|change {it} to the {tariff} tariff"),
        act("cancel", "line", "number=@!", "Ends a line.", via="line number=number", say="end line {number}", say_via="end {it}|cancel {it}"),
        act("pay", "bill", "account=iban! amount=money!", "Pays a bill.", via="bill account=account amount=total", say="pay {amount} for the bill on {account}", say_via="pay {it}|settle {it}|clear {it}"),
        act("control", "call_forwarding", "number=@! target=phone!", "Forwards calls.", via="line number=number", say="forward {number} to {target}", say_via="forward {it} to {target}|let calls on {it} go to {target}"),
        act("send", "text_message", "phone=phone! text=remark!", "Sends a text message.", say="text {phone}: {text}|send a text to {phone}: \"{text}\""),
        act("grant", "spare_card", "number=@! address=address!", "Sends a second card for a line.", via="line number=number", say="send a second card for {number} to {address}", say_via="send a second card for {it} to {address}|order a spare card for {it}, ship to {address}"),
    ),
    attributes=("age", "credit_score", "verified", "membership"),
)  # fmt: skip
DATABASE = Domain(
    "data_warehouse", "the data team of {org}", ("analyst", "data engineer", "data protection officer", "machine learning engineer", "external auditor"),
    (
        entity("table_entry", "name=word owner=person rows=100..90000 classification=open/internal/secret refreshed=past description=text*", "the {name} table|table {name}|{owner}'s table", level=2, plural="table_entries"),
        entity("job", "job_id=id name=word schedule=time last_run=past state=ok/failed/paused log=text*", "the {name} job|job {job_id}", level=1),
        entity("access_request", "request_id=number person=person table=word until=date state=open/granted/denied reason=text*", "{person}'s access request|request {request_id}", level=2),
        entity("client", "client_id=id name=person birth=birth card=card turnover=money region=region comment=text*", "{name}|client {client_id}|the client {name}", level=4),
    ),
    (
        act("run", "job", "job_id=@!", "Starts a job.", via="job job_id=job_id", say="start job {job_id}", say_via="start {it}|run {it}|kick off {it}"),
        act("delete", "table", "name=@!", "Drops a table.", via="table_entry name=name", say="drop {name}", say_via="drop {it}|delete {it}|get rid of {it}"),
        act("grant", "table_access", "person=email! table=word! until=date!", "Lets somebody read a table.", say="let {person} read {table} until {until}|grant {person} access to {table} until {until}"),
        act("run", "export", "table=word! address=url! rows=10..5000!", "Exports rows to an address.", say="export {rows} rows of {table} to {address}|send the first {rows} rows of {table} to {address}"),
        act("update", "classification", "name=@! classification=open/internal/secret!", "Classifies a table.", via="table_entry name=name", say="classify {name} as {classification}", say_via="classify {it} as {classification}|mark {it} as {classification}"),
        act("update", "job_schedule", "job_id=@! schedule=time!", "Sets when a job runs.", via="job job_id=job_id", say="run job {job_id} at {schedule} from now on", say_via="let {it} run at {schedule}|schedule {it} for {schedule}"),
    ),
    attributes=("clearance", "training", "mfa", "department"),
)  # fmt: skip
DOMAINS = (SERVERS, CODE, CLOUD, HELPDESK, TELECOM, DATABASE)
