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
DOMAINS = (SERVERS, CODE)
