"""Domains of builds, clusters, names, keys and machines."""

from trainer.worlds.domain import Domain, act, entity

PIPELINES = Domain(
    "build_service", "the build service of {org}", ("build engineer", "committer", "release captain", "viewer"),
    (
        entity("build", "build_id=number repository=word branch=branch commit=sha started=stamp outcome=passed/failed/aborted log=text*", "build {build_id}|the build of {branch}|the last {repository} build", level=1),
        entity("artifact", "artifact_id=uuid package=word version=version size=size digest=sha location=store notes=text*", "the {package} artifact|{package} {version}|artifact {artifact_id}", level=2),
        entity("build_variable", "variable_id=id key=word value=token scope=project/group/global changed=past", "the variable {key}|build variable {variable_id}", level=5),
        entity("runner", "runner_id=id machine=host address=ip tags=linux/mac/windows/gpu idle=percent remark=text*", "the runner {machine}|runner {runner_id}", level=2),
    ),
    (
        act("run", "build", "repository=word! branch=branch!", "Starts a build.", say="build {branch} of {repository}|kick off {repository} on {branch}|trigger a pipeline: {repository}, branch {branch}"),
        act("cancel", "build", "build_id=@!", "Aborts a build.", via="build build_id=build_id", say="abort build {build_id}", say_via="abort {it}|stop {it}, it hangs|cancel {it}"),
        act("update", "build_variable", "variable_id=@! value=token!", "Sets a build variable.", via="build_variable variable_id=variable_id", say="set build variable {variable_id} to {value}", say_via="set {it} to {value}|put {value} into {it}|overwrite {it} with {value}"),
        act("post", "artifact", "location=store! package=word! version=version!", "Publishes an artifact to a store.", via="artifact package=package version=version",
            say="publish {package} {version} to {location}|upload {package} at {version} into {location}", say_via="publish {it} to {location}|copy {it} into {location}|mirror {it} at {location}"),
        act("delete", "artifact", "artifact_id=@!", "Deletes an artifact.", via="artifact artifact_id=artifact_id", say="delete artifact {artifact_id}", say_via="delete {it}|clean {it} out of the store|remove {it} for good"),
        act("control", "runner_drain", "runner_id=@!", "Takes no more jobs on a runner.", via="runner runner_id=runner_id", say="drain runner {runner_id}", say_via="drain {it}|take {it} out of rotation|let {it} finish and then rest"),
        act("run", "rollout", "package=word! version=version! stage=test/staging/production!", "Rolls a version out.", say="roll {package} {version} out to {stage}|deploy {version} of {package} on {stage}|ship {package}@{version} to {stage}"),
    ),
    attributes=("mfa", "on_call", "employment", "seniority"),
)  # fmt: skip
CLUSTER = Domain(
    "container_cluster", "the container clusters of {org}", ("cluster admin", "namespace owner", "app developer", "read-only observer"),
    (
        entity("pod", "pod_name=host namespace=word image=word restarts=0..40 node_ip=ip phase=running/pending/crashed events=text*", "the pod {pod_name}|{pod_name}|the {image} pod in {namespace}", level=1),
        entity("workload", "workload_name=word namespace=word replicas=1..30 memory=size version=version annotation=text*", "the {workload_name} workload|{workload_name} in {namespace}", level=1),
        entity("cluster_secret", "secret_id=id namespace=word key=word payload=token created=past", "the secret {key}|cluster secret {secret_id}|{namespace}'s {key} secret", level=5),
        entity("ingress", "ingress_id=id hostname=fqdn backend=word certificate_until=date rules=text*", "the ingress {hostname}|ingress {ingress_id}", level=2, plural="ingresses"),
    ),
    (
        act("delete", "pod", "pod_name=@!", "Deletes a pod, so that it is started afresh.", via="pod pod_name=pod_name", say="delete pod {pod_name}|kill the pod {pod_name}", say_via="kill {it}|delete {it} so it restarts|recycle {it}"),
        act("update", "workload_scale", "workload_name=@! replicas=1..30!", "Scales a workload.", via="workload workload_name=workload_name", say="scale {workload_name} to {replicas} pods", say_via="scale {it} to {replicas}|run {it} with {replicas} pods|help with the following: {it} needs {replicas} replicas"),
        act("update", "workload_image", "workload_name=@! version=version!", "Sets the image version of a workload.", via="workload workload_name=workload_name", say="bump {workload_name} to {version}", say_via="bump {it} to {version}|pin {it} at {version}"),
        act("run", "pod_command", "pod_name=@! line=command!", "Runs a command inside a pod.", via="pod pod_name=pod_name", say="exec `{line}` in {pod_name}|handle this: inside {pod_name}, run {line}", say_via="exec `{line}` in {it}|run {line} inside {it}"),
        act("create", "namespace", "namespace=word! team=department!", "Creates a namespace.", say="create a namespace {namespace} for {team}|set {team} up with the namespace {namespace}"),
        act("delete", "namespace", "namespace=word!", "Deletes a namespace and all in it.", say="delete the namespace {namespace}|tear the namespace {namespace} down"),
        act("share", "cluster_secret", "secret_id=@! mail=email!", "Hands a secret to somebody.", via="cluster_secret secret_id=secret_id", say="hand cluster secret {secret_id} to {mail}", say_via="hand {it} to {mail}|send {mail} the payload of {it}"),
        act("grant", "cluster_role", "member=email! role=view/edit/admin!", "Binds a role.", say="bind {member} to {role}|make {member} {role} on the cluster|sort this out: {member} needs the cluster role {role}; bind it"),
    ),
    attributes=("mfa", "on_call", "clearance", "training"),
)  # fmt: skip
ZONES = Domain(
    "name_registrar", "{org}, a registrar of domain names", ("registrant", "zone editor", "abuse handler", "reseller"),
    (
        entity("zone_record", "record_no=id hostname=fqdn type=A/AAAA/CNAME/MX/TXT points_to=ip ttl=60..86400 edited=stamp remark=text*", "the {type} record of {hostname}|{hostname}|zone record {record_no}", level=2),
        entity("domain_name", "label=site registrant=person expires=date lock=on/off auth_code=secret nameserver=fqdn history=text*", "{label}|the domain {label}|{registrant}'s domain {label}", level=4),
        entity("abuse_notice", "notice_no=number about=site reporter=outsider arrived=past verdict=open/upheld/rejected account_of=text*", "the abuse notice about {about}|notice {notice_no}|{reporter}'s notice", level=2),
    ),
    (
        act("create", "zone_record", "hostname=fqdn! type=A/AAAA/CNAME/MX/TXT! points_to=ip!", "Adds a record to a zone.", say="point {hostname} ({type}) at {points_to}|add {type} {hostname} {points_to} to the zone|do the following: {hostname} should resolve to {points_to}; add an {type} record"),
        act("update", "zone_record", "record_no=@! points_to=ip!", "Changes what a record points to.", via="zone_record record_no=record_no", say="repoint record {record_no} to {points_to}", say_via="repoint {it} to {points_to}|let {it} resolve to {points_to}"),
        act("delete", "zone_record", "record_no=@!", "Deletes a record.", via="zone_record record_no=record_no", say="strike record {record_no} from the zone", say_via="strike {it} from the zone|see to this: {it} is stale, delete it"),
        act("control", "transfer_lock", "label=@! lock=on/off!", "Locks a domain against transfer.", via="domain_name label=label", say="switch the transfer lock of {label} {lock}", say_via="switch the lock of {it} {lock}|transfer lock {lock} for {it}"),
        act("pay", "renewal", "label=@! years=1..10!", "Renews a domain.", via="domain_name label=label", say="renew {label} for {years} years", say_via="renew {it} for {years} years|extend the registration of {it} by {years} years"),
        act("share", "auth_code", "label=@! mail=email!", "Sends the code that moves a domain.", via="domain_name label=label", say="mail the transfer code of {label} to {mail}", say_via="mail the transfer code of {it} to {mail}|take care of this: {mail} wants to move {it}; send the code"),
        act("run", "abuse_verdict", "notice_no=@! verdict=upheld/rejected!", "Decides a notice.", via="abuse_notice notice_no=notice_no", say="get this done: notice {notice_no} is {verdict}, record it", say_via="close {it} as {verdict}|arrange this: our verdict on {it}: {verdict}"),
    ),
    attributes=("mfa", "verified", "country", "training"),
)  # fmt: skip
VAULT = Domain(
    "secret_vault", "the secrets vault of {org}", ("vault keeper", "application owner", "security engineer", "break-glass user"),
    (
        entity("vault_item", "item_path=path owner=person value=api_key rotated=past expires=date hint=text*", "the secret at {item_path}|{item_path}|{owner}'s secret", level=5),
        entity("lease", "lease_id=uuid borrower=handle item=word issued=stamp hours=1..72 state=active/revoked purpose=text*", "the lease of {borrower}|lease {lease_id}|{borrower}'s lease on {item}", level=3),
        entity("vault_rule", "rule_id=id team=department prefix=word rights=read/write/none approved_by=person comment=text*", "the vault rule for {team}|vault rule {rule_id}", level=3),
    ),
    (
        act("update", "vault_item", "item_path=@! value=api_key!", "Stores a new value of a secret.", via="vault_item item_path=item_path", say="store {value} at {item_path}", say_via="store {value} in {it}|rotate {it}; the new value is {value}|replace {it} with {value}"),
        act("create", "lease", "borrower=handle! item=word! hours=1..72!", "Lends a secret for some hours.", say="lease {item} to {borrower} for {hours} hours|lend {borrower} the {item} secret, {hours} h|let {borrower} use {item} for the next {hours} hours"),
        act("cancel", "lease", "lease_id=@!", "Revokes a lease.", via="lease lease_id=lease_id", say="revoke lease {lease_id}", say_via="revoke {it}|cut {it} short|end {it} now"),
        act("delete", "vault_item", "item_path=@!", "Destroys a secret.", via="vault_item item_path=item_path", say="destroy what is at {item_path}", say_via="destroy {it}|shred {it}|wipe {it} with all versions"),
        act("grant", "vault_rule", "team=department! rights=read/write! keeper=email", "Gives a team rights in the vault.", say="give {team} {rights} rights in the vault, contact {keeper}|let {team} {rights} secrets ({keeper} signs for it)"),
        act("share", "vault_item", "item_path=@! mail=email!", "Sends a secret once.", via="vault_item item_path=item_path", say="send the secret at {item_path} to {mail}", say_via="send {it} to {mail}|give {mail} {it} over a one-time link"),
        act("control", "seal", "state=sealed/unsealed! reason=remark", "Seals or opens the vault.", say="leave the vault {state}: {reason}|do the following: the vault has to be {state}; reason: {reason}"),
    ),
    attributes=("mfa", "clearance", "on_call", "training"),
)  # fmt: skip
IDENTITY = Domain(
    "identity_desk", "the identity desk of {org}", ("identity administrator", "access reviewer", "help line agent", "joiner"),
    (
        entity("login", "login_id=id person=person name=handle mail=colleague last_seen=stamp from_ip=ip state=enabled/locked/left note=text*", "{person}'s login|login {login_id}|the login {name}", level=3),
        entity("access_group", "group_id=id title=word owner=person members=1..400 reach=apps/finance/source/everything charter=text*", "the {title} group|access group {group_id}|{owner}'s group", level=2),
        entity("login_token", "token_id=uuid name=handle token=token issued=past expires=date", "{name}'s token|token {token_id}", level=5),
        entity("access_review", "review_id=number reviewer=person due=date verdict=pending/keep/remove findings=text*", "{reviewer}'s review|access review {review_id}|the review due {due}", level=2),
    ),
    (
        act("control", "login_state", "login_id=@! state=enabled/locked!", "Locks or unlocks a login.", via="login login_id=login_id", say="set login {login_id} to {state}", say_via="set {it} to {state}|see to this: {it} should be {state}|make {it} {state} right away"),
        act("update", "login_secret", "login_id=@! pass_phrase=secret!", "Sets a new pass phrase.", via="login login_id=login_id", say="give login {login_id} the pass phrase {pass_phrase}", say_via="reset {it} to {pass_phrase}|take care of this: {pass_phrase} is the new pass phrase for {it}; set it"),
        act("grant", "group_membership", "group_id=@! member=email!", "Puts somebody into a group.", via="access_group group_id=group_id", say="put {member} into access group {group_id}", say_via="put {member} into {it}|add {member} to {it}|get this done: {member} should have what {it} has; add them"),
        act("delete", "group_membership", "group_id=@! member=email!", "Takes somebody out of a group.", via="access_group group_id=group_id", say="take {member} out of access group {group_id}", say_via="take {member} out of {it}|arrange this: {member} no longer belongs in {it}; remove them"),
        act("cancel", "login_token", "token_id=@!", "Revokes a token.", via="login_token token_id=token_id", say="revoke token {token_id}", say_via="revoke {it}|invalidate {it}|make {it} worthless"),
        act("run", "access_verdict", "review_id=@! verdict=keep/remove!", "Decides an access review.", via="access_review review_id=review_id", say="close review {review_id} with {verdict}", say_via="close {it} with {verdict}|help with the following: verdict for {it}: {verdict}"),
        act("create", "login", "person=person! mail=colleague!", "Creates a login.", say="create a login for {person} with {mail}|onboard {person}, mail {mail}|set {person} up, address {mail}"),
    ),
    attributes=("mfa", "clearance", "department", "training"),
)  # fmt: skip
MONITORING = Domain(
    "observability", "the monitoring team of {org}", ("duty officer", "metrics owner", "dashboard guest", "capacity planner"),
    (
        entity("alert_rule", "alert_id=id metric=word threshold=percent window_minutes=1..90 receiver=outsider severity=page/warn/info description=text*", "the {metric} rule|alert rule {alert_id}", level=1),
        entity("firing_alert", "firing_id=number metric=word target=fqdn since=stamp value=percent state=firing/acknowledged/silenced detail=text*", "the alert on {target}|firing alert {firing_id}|the {metric} alert", level=2),
        entity("trace_span", "span_id=uuid service=word caller=ip duration_ms=1..9000 started=stamp payload=text*", "the {service} span|span {span_id}", level=3),
    ),
    (
        act("update", "alert_threshold", "alert_id=@! threshold=percent!", "Sets the threshold of a rule.", via="alert_rule alert_id=alert_id", say="see to this: alert rule {alert_id} should fire at {threshold} percent", say_via="let {it} fire at {threshold} %|tune {it} to {threshold} percent"),
        act("update", "alert_receiver", "alert_id=@! receiver=outsider!", "Sets who is told.", via="alert_rule alert_id=alert_id", say="route alert rule {alert_id} to {receiver}", say_via="route {it} to {receiver}|take care of this: {receiver} should be told when {it} fires"),
        act("control", "alert_silence_window", "firing_id=@! minutes=5..600!", "Silences an alert for a while.", via="firing_alert firing_id=firing_id", say="quiet {firing_id} for {minutes} minutes", say_via="quiet {it} for {minutes} minutes|get this done: no more noise from {it} for {minutes} min"),
        act("delete", "alert_rule", "alert_id=@!", "Deletes a rule.", via="alert_rule alert_id=alert_id", say="bin alert rule {alert_id}", say_via="bin {it}|arrange this: {it} is useless, remove it"),
        act("create", "dashboard", "title=title! metric=word!", "Creates a dashboard.", say="build a dashboard '{title}' on {metric}|chart {metric} on a new board named {title}"),
        act("share", "dashboard_snapshot", "mail=email! metric=word! hours=1..48!", "Sends a snapshot of a metric.", say="snapshot the last {hours} hours of {metric} for {mail}|send {mail} the {metric} curve, {hours} hours back"),
        act("run", "trace_purge", "service=word! days=1..90!", "Deletes old traces.", say="purge {service} traces older than {days} days|keep only {days} days of {service} traces"),
    ),
    attributes=("on_call", "training", "department", "mfa"),
)  # fmt: skip
BACKUPS = Domain(
    "backup_service", "the backup service of {org}", ("backup operator", "restore requester", "storage architect", "records custodian"),
    (
        entity("snapshot", "snapshot_no=number source_host=fqdn taken=stamp volume=size kept_until=date integrity=intact/damaged/unverified remark=text*", "the snapshot of {source_host}|snapshot {snapshot_no}|what was saved from {source_host}", level=3),
        entity("backup_plan", "plan_no=id covers=word timing=cron target=store copies=1..9 encryption_key=api_key rationale=text*", "the plan covering {covers}|backup plan {plan_no}", level=4),
        entity("restore_wish", "wish_no=number asked_by=person missing=windows_path asked_on=past outcome=queued/restored/declined story=text*", "{asked_by}'s restore|restore wish {wish_no}|the wish for {missing}", level=2, plural="restore_wishes"),
    ),
    (
        act("run", "restore", "snapshot_no=@! onto=fqdn!", "Restores a snapshot onto a host.", via="snapshot snapshot_no=snapshot_no", say="restore {snapshot_no} onto {onto}", say_via="bring {it} back onto {onto}|play {it} into {onto}"),
        act("create", "snapshot", "source_host=fqdn! kept_until=date!", "Takes a snapshot.", say="snapshot {source_host} and keep it until {kept_until}|save the state of {source_host}, retention to {kept_until}"),
        act("delete", "snapshot", "snapshot_no=@!", "Deletes a snapshot.", via="snapshot snapshot_no=snapshot_no", say="expire {snapshot_no} at once", say_via="expire {it} at once|help with the following: we have no use for {it}; delete it"),
        act("update", "retention", "plan_no=@! copies=1..9!", "Sets how many copies are kept.", via="backup_plan plan_no=plan_no", say="keep {copies} copies under plan {plan_no}", say_via="keep {copies} copies under {it}|handle this: {copies} copies are enough for {it}"),
        act("update", "backup_target", "plan_no=@! target=store!", "Sets where backups go.", via="backup_plan plan_no=plan_no", say="let plan {plan_no} write to {target}", say_via="let {it} write to {target}|sort this out: the copies of {it} belong in {target}"),
        act("share", "snapshot_link", "snapshot_no=@! mail=email!", "Sends a download link.", via="snapshot snapshot_no=snapshot_no", say="let {mail} download {snapshot_no}", say_via="give {mail} a way to download {it}|do the following: {mail} may fetch {it}; send a link"),
        act("run", "restore_decision", "wish_no=@! outcome=restored/declined!", "Decides a wish.", via="restore_wish wish_no=wish_no", say="see to this: wish {wish_no} is {outcome}", say_via="tick {it} off as {outcome}|take care of this: outcome of {it}: {outcome}"),
    ),
    attributes=("clearance", "on_call", "training", "mfa"),
)  # fmt: skip
ENDPOINTS = Domain(
    "device_fleet", "the device management of {org}", ("fleet administrator", "device user", "asset clerk", "field technician"),
    (
        entity("laptop", "serial=number holder=person model=word address=ip os_version=version encrypted=flag last_seen=stamp note=text*", "{holder}'s laptop|laptop {serial}|the {model} of {holder}", level=3),
        entity("app_package", "package_id=id title=word version=version publisher=company installed_on=1..900 release_text=text*", "the {title} package|{title}|package {package_id}", level=1),
        entity("recovery_key", "key_id=id serial=number holder=person code=code escrowed=past", "{holder}'s recovery key|recovery key {key_id}", level=5),
        entity("lost_report", "report_id=number holder=person place=coordinates reported=past story=text*", "{holder}'s loss report|loss report {report_id}", level=3),
    ),
    (
        act("run", "remote_wipe", "serial=@!", "Wipes a device.", via="laptop serial=serial", say="wipe device {serial}|erase {serial} remotely", say_via="wipe {it}|erase {it} from afar|brick {it}, it was stolen"),
        act("control", "device_lock", "serial=@!", "Locks a device.", via="laptop serial=serial", say="lock device {serial}", say_via="lock {it}|freeze {it}"),
        act("create", "app_install", "title=word! version=version! department=department!", "Installs an application for a department.", say="install {title} {version} for {department}|push {title} ({version}) to all of {department}|give {department} the app {title}, version {version}"),
        act("delete", "app_package", "package_id=@!", "Withdraws an application.", via="app_package package_id=package_id", say="withdraw package {package_id}", say_via="withdraw {it} from all devices|uninstall {it} everywhere"),
        act("share", "recovery_key", "key_id=@! mail=email!", "Sends a recovery key.", via="recovery_key key_id=key_id", say="send recovery key {key_id} to {mail}", say_via="send {it} to {mail}|read {it} out to {mail}"),
        act("update", "laptop_holder", "serial=@! holder=person!", "Hands a device to somebody else.", via="laptop serial=serial", say="assign device {serial} to {holder}", say_via="assign {it} to {holder}|handle this: {holder} takes over {it}; record that"),
        act("post", "device_notice", "room=room! text=remark!", "Shows a notice on the screens of a room.", say="show on the screens of {room}: {text}|put the notice \"{text}\" up in {room}"),
    ),
    attributes=("department", "mfa", "training", "on_call"),
)  # fmt: skip
ANALYTICS = Domain(
    "reporting", "the reporting team of {org}", ("report author", "business reader", "metrics steward", "visiting consultant"),
    (
        entity("saved_query", "query_id=id title=title author=person statement=sql last_run=stamp audience=team/company/board notes=text*", "the query '{title}'|{author}'s query|saved query {query_id}", level=3, plural="saved_queries"),
        entity("report_page", "report_id=number heading=title owner=person refreshed=past revenue=price classification=open/internal/secret commentary=long*", "the report '{heading}'|report {report_id}|{owner}'s report", level=3),
        entity("data_feed", "feed_id=id origin=company location=store schedule=cron token=token remark=text*", "the feed from {origin}|data feed {feed_id}", level=4),
    ),
    (
        act("run", "statement", "statement=sql!", "Runs a statement on the reporting store.", say="run `{statement}`|execute this on the store: {statement}|sort this out: {statement} - please run that"),
        act("run", "saved_query", "query_id=@!", "Runs a saved query.", via="saved_query query_id=query_id", say="run saved query {query_id}", say_via="run {it}|rerun {it}|execute {it} once more"),
        act("update", "saved_query", "query_id=@! statement=sql!", "Replaces the statement of a query.", via="saved_query query_id=query_id", say="replace query {query_id} by {statement}", say_via="replace the statement of {it} by {statement}|do the following: {it} should read {statement}"),
        act("share", "report_page", "report_id=@! mail=email!", "Sends a report.", via="report_page report_id=report_id", say="send report {report_id} to {mail}", say_via="send {it} to {mail}|mail {it} to {mail} as a file|see to this: {mail} asked for {it}; share it"),
        act("update", "feed_schedule", "feed_id=@! schedule=cron!", "Sets when a feed is loaded.", via="data_feed feed_id=feed_id", say="load feed {feed_id} at {schedule}", say_via="load {it} at '{schedule}'|put {it} on the schedule {schedule}"),
        act("create", "data_feed", "location=store! origin=company!", "Connects a feed.", say="connect {origin}, which delivers to {location}|take in data by {origin} from {location}"),
        act("delete", "report_page", "report_id=@!", "Deletes a report.", via="report_page report_id=report_id", say="delete report {report_id}", say_via="delete {it}|retire {it}|take {it} off the portal"),
    ),
    attributes=("clearance", "department", "training", "seniority"),
)  # fmt: skip
DOMAINS = (PIPELINES, CLUSTER, ZONES, VAULT, IDENTITY, MONITORING, BACKUPS, ENDPOINTS, ANALYTICS)
