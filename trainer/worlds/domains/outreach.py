"""Domains of reaching people: campaigns, networks, meetings, applicants, tenders, events."""

from trainer.worlds.domain import Domain, act, entity

CAMPAIGNS = Domain(
    "mail_campaigns", "the newsletter team of {org}", ("campaign manager", "copywriter", "list owner", "marketing intern"),
    (
        entity("campaign", "campaign_id=id title=title segment=new/loyal/lapsed/all goes_out=moment budget=money opened_share=percent status=draft/planned/sent copy=long*", "the campaign '{title}'|{title}|campaign {campaign_id}", level=2),
        entity("subscriber", "subscriber_id=id name=person mail=outsider joined=past birth=birth segment=new/loyal/lapsed complaint=text*", "the subscriber {name}|{name}|subscriber {subscriber_id}", level=3),
        entity("mail_template", "template_id=id label=word version=version editor=person html=text*", "the {label} template|template {template_id}|{editor}'s template", level=1),
    ),
    (
        act("run", "campaign", "campaign_id=@!", "Sends a campaign to its segment.", via="campaign campaign_id=campaign_id", say="send campaign {campaign_id} out", say_via="send {it} out|fire {it}|let {it} go out now"),
        act("send", "test_copy", "mail=email! label=word!", "Sends a test copy.", say="send a test of {label} to {mail}|let {mail} proof-read the {label} template|sort this out: test copy of {label} to {mail}"),
        act("update", "campaign_time", "campaign_id=@! goes_out=moment!", "Sets when a campaign goes out.", via="campaign campaign_id=campaign_id", say="plan campaign {campaign_id} for {goes_out}", say_via="plan {it} for {goes_out}|push {it} to {goes_out}|do the following: {it} should leave at {goes_out}"),
        act("update", "campaign_budget", "campaign_id=@! budget=money!", "Sets the budget.", via="campaign campaign_id=campaign_id", say="give campaign {campaign_id} a budget of {budget}", say_via="give {it} a budget of {budget}|let {it} cost {budget}"),
        act("delete", "subscriber", "subscriber_id=@!", "Removes a subscriber.", via="subscriber subscriber_id=subscriber_id", say="unsubscribe {subscriber_id}", say_via="unsubscribe {it}|take {it} off every list|stop mailing {it}"),
        act("create", "subscriber", "mail=outsider! name=person!", "Adds a subscriber.", say="subscribe {name} ({mail})|put {mail}, {name}, on the list|add the subscriber {name} at {mail}"),
        act("share", "segment_list", "mail=email! segment=new/loyal/lapsed/all!", "Mails the addresses of a segment.", say="mail the {segment} segment list to {mail}|give {mail} all addresses in {segment}"),
    ),
    attributes=("training", "department", "employment", "seniority"),
)  # fmt: skip
SOCIAL = Domain(
    "social_presence", "the social media desk of {org}", ("community manager", "brand strategist", "guest poster", "crisis lead"),
    (
        entity("feed_post", "post_no=id network=bluebird/framed/linkup author=handle goes_live=moment likes=0..9000 caption=text*", "the {network} post by {author}|post {post_no}|what {author} put on {network}", level=1),
        entity("follower_comment", "comment_no=id follower=handle on_network=bluebird/framed/linkup written=past mood=kind/angry/neutral words=text*", "{follower}'s comment|comment {comment_no}", level=1),
        entity("influencer_deal", "deal_no=number influencer=handle fee=money payout_iban=iban runs_until=date brief=long*", "the deal with {influencer}|deal {deal_no}|{influencer}'s contract", level=4),
        entity("network_login", "login_no=id network=bluebird/framed/linkup account=handle pass_token=token renewed=past", "the {network} login|login {login_no}", level=5),
    ),
    (
        act("post", "feed_post", "as_account=handle! caption=remark! goes_live=moment", "Publishes on a network.", say="publish as {as_account}, live at {goes_live}: {caption}|caption \"{caption}\", account {as_account}, time {goes_live}|have {as_account} put this out at {goes_live}: {caption}"),
        act("delete", "feed_post", "post_no=@!", "Takes a post down.", via="feed_post post_no=post_no", say="take post {post_no} offline", say_via="unpublish {it}|help with the following: {it} was a mistake; remove it"),
        act("post", "comment_reply", "comment_no=@! words=remark!", "Replies to a comment.", via="follower_comment comment_no=comment_no", say="reply under comment {comment_no}: {words}", say_via="reply under {it}: {words}|react to {it} with \"{words}\""),
        act("control", "comment_hide", "comment_no=@!", "Hides a comment.", via="follower_comment comment_no=comment_no", say="hide comment {comment_no}", say_via="hide {it}|handle this: nobody should see {it}; hide it"),
        act("pay", "influencer_fee", "payout_iban=iban! fee=money!", "Pays an influencer.", via="influencer_deal payout_iban=payout_iban fee=fee", say="pay the influencer fee of {fee}, IBAN {payout_iban}", say_via="pay what {it} says|sort this out: {it} is due, wire the fee"),
        act("grant", "network_seat", "network=bluebird/framed/linkup! mail=email!", "Lets somebody post on a network.", say="do the following: seat for {mail} on {network}, please|let {mail} post on {network}"),
        act("update", "deal_end", "deal_no=@! runs_until=date!", "Sets the end of a deal.", via="influencer_deal deal_no=deal_no", say="let deal {deal_no} run until {runs_until}", say_via="let {it} run until {runs_until}|see to this: {it} should end on {runs_until}"),
    ),
    attributes=("seniority", "employment", "training", "mfa"),
)  # fmt: skip
MEETINGS = Domain(
    "video_meetings", "the video meeting service of {org}", ("meeting host", "co-host", "participant", "meeting administrator"),
    (
        entity("call_session", "session_id=id heading=title hosted_by=person begins=moment join_link=url pass_code=code attendees=2..90 agenda=text*", "the session '{heading}'|{hosted_by}'s session|session {session_id}", level=2),
        entity("recording", "recording_id=uuid heading=title recorded_on=past length_min=5..180 kept_at=store transcript=long*", "the recording of '{heading}'|recording {recording_id}", level=4),
        entity("lobby_guest", "guest_id=id display_name=person mail=outsider waiting_since=stamp device=phone message=text*", "{display_name} in the lobby|lobby guest {guest_id}", level=2),
    ),
    (
        act("create", "call_session", "heading=title! begins=moment! invitee=email!", "Sets a session up and invites somebody.", say="host '{heading}' at {begins}, with {invitee}|sort this out: video session {heading}, {begins}; ask {invitee} in"),
        act("update", "session_code", "session_id=@! pass_code=code!", "Sets the pass code.", via="call_session session_id=session_id", say="protect session {session_id} with {pass_code}", say_via="protect {it} with the code {pass_code}|do the following: {pass_code} is the new code of {it}"),
        act("share", "recording", "recording_id=@! viewer=email!", "Lets somebody watch a recording.", via="recording recording_id=recording_id", say="let {viewer} watch recording {recording_id}", say_via="let {viewer} watch {it}|see to this: {viewer} missed the call; open {it} to them"),
        act("delete", "recording", "recording_id=@!", "Deletes a recording.", via="recording recording_id=recording_id", say="discard recording {recording_id}", say_via="discard {it}|take care of this: {it} must not be kept; delete it"),
        act("control", "lobby_admission", "guest_id=@!", "Lets a guest in.", via="lobby_guest guest_id=guest_id", say="admit lobby guest {guest_id}", say_via="admit {it}|get this done: {it} can come in"),
        act("cancel", "call_session", "session_id=@!", "Calls a session off.", via="call_session session_id=session_id", say="scrap session {session_id}", say_via="scrap {it}|arrange this: {it} will not take place; cancel it"),
        act("grant", "co_hosting", "session_id=@! helper=email!", "Makes somebody a co-host.", via="call_session session_id=session_id", say="make {helper} co-host of session {session_id}", say_via="make {helper} co-host of {it}|help with the following: {helper} should run {it} with us"),
    ),
    attributes=("employment", "mfa", "verified", "seniority"),
)  # fmt: skip
RECRUITING = Domain(
    "recruiting", "the recruiting team of {org}", ("talent scout", "hiring manager", "interviewer", "recruiting assistant"),
    (
        entity("vacancy", "vacancy_id=number title=topic department=department pay_from=salary pay_to=salary opened=past status=open/paused/filled advert=long*", "the {title} vacancy|vacancy {vacancy_id}|the opening in {department}", level=2, plural="vacancies"),
        entity("candidate", "candidate_id=id name=person mail=outsider phone=phone expects=salary passport=passport stage=new/interview/offer/rejected cover_letter=text*", "{name}|the candidate {name}|candidate {candidate_id}", level=3),
        entity("interview", "interview_id=id candidate=person panel=person starts=moment score=rating feedback=text*", "{candidate}'s interview|interview {interview_id}|the interview by {panel}", level=3),
    ),
    (
        act("update", "candidate_stage", "candidate_id=@! stage=interview/offer/rejected!", "Moves a candidate to another stage.", via="candidate candidate_id=candidate_id", say="move candidate {candidate_id} to {stage}", say_via="move {it} to {stage}|put {it} into {stage}|see to this: {it} is now at {stage}; record it"),
        act("send", "job_offer", "mail=outsider! pay=salary! start=date", "Sends an offer.", via="candidate mail=mail pay=expects", say="offer {mail} the job at {pay}, start {start}|send {mail} an offer: {pay} a year from {start}", say_via="make {it} an offer|send {it} the offer they expect"),
        act("create", "vacancy", "title=topic! department=department! pay_to=salary!", "Opens a vacancy.", say="open a vacancy '{title}' in {department} up to {pay_to}|take care of this: {department} needs somebody for {title}, pay up to {pay_to}; open it"),
        act("cancel", "interview", "interview_id=@!", "Calls an interview off.", via="interview interview_id=interview_id", say="call off interview {interview_id}", say_via="call off {it}|cancel {it} with an apology|get this done: {it} cannot happen, cancel it"),
        act("share", "candidate_file", "candidate_id=@! mail=email!", "Shows a candidate's papers to somebody.", via="candidate candidate_id=candidate_id", say="show candidate {candidate_id} to {mail}", say_via="show the papers of {it} to {mail}|forward the file of {it} to {mail}"),
        act("delete", "candidate", "candidate_id=@!", "Erases a candidate.", via="candidate candidate_id=candidate_id", say="erase candidate {candidate_id}", say_via="erase {it}|delete {it} from the pool|wipe all papers of {it}"),
        act("update", "vacancy_pay", "vacancy_id=@! pay_to=salary!", "Sets the upper pay.", via="vacancy vacancy_id=vacancy_id", say="pay up to {pay_to} for {vacancy_id}", say_via="raise {it} to {pay_to}|advertise {it} with up to {pay_to}"),
    ),
    attributes=("seniority", "department", "training", "employment"),
)  # fmt: skip
TENDERS = Domain(
    "procurement", "the purchasing department of {org}", ("category buyer", "bid evaluator", "bidder", "head of purchasing"),
    (
        entity("tender", "tender_number=number subject=title ceiling=money closes=date buyer=person status=open/closed/awarded terms=long*", "the tender '{subject}'|tender {tender_number}|{buyer}'s tender", level=2),
        entity("bid", "bid_id=id bidder=company price=money delivery=date account=iban score=percent envelope=text*", "the bid by {bidder}|bid {bid_id}|{bidder}'s offer", level=4),
        entity("framework", "framework_id=id vendor=company spend=money ends=date rebate=percent clause=text*", "the framework with {vendor}|framework {framework_id}", level=3),
    ),
    (
        act("run", "award", "bid_id=@!", "Awards a tender to a bid.", via="bid bid_id=bid_id", say="award to bid {bid_id}", say_via="award the tender to {it}|arrange this: {it} wins; award it|accept {it}"),
        act("update", "closing_date", "tender_number=@! closes=date!", "Moves the closing date.", via="tender tender_number=tender_number", say="let {tender_number} close on {closes}", say_via="let {it} close on {closes}|extend {it} to {closes}|help with the following: bidders get until {closes} for {it}"),
        act("create", "tender", "subject=title! ceiling=money! closes=date!", "Opens a tender.", say="open a tender on '{subject}', ceiling {ceiling}, closing {closes}|put {subject} out to tender: at most {ceiling}, bids by {closes}"),
        act("cancel", "tender", "tender_number=@!", "Withdraws a tender.", via="tender tender_number=tender_number", say="withdraw tender {tender_number}", say_via="withdraw {it}|call {it} off|handle this: we no longer need {it}; cancel"),
        act("pay", "down_payment", "account=iban! price=money!", "Pays a bidder in advance.", via="bid account=account price=price", say="pay {price} down to {account}|advance {price}, account {account}", say_via="pay {it} in advance|make the down payment on {it}"),
        act("share", "bid", "bid_id=@! mail=email!", "Shows a bid to somebody.", via="bid bid_id=bid_id", say="show bid {bid_id} to {mail}", say_via="show {it} to {mail}|let {mail} look into {it}"),
        act("send", "bidder_question", "mail=outsider! text=remark!", "Asks a bidder.", say="ask the bidder {mail}: {text}|put this question to {mail}: {text}"),
    ),
    attributes=("seniority", "department", "training", "clearance"),
)  # fmt: skip
CONFERENCE = Domain(
    "conference_office", "{org}, an organiser of conferences", ("programme chair", "speaker", "registration clerk", "sponsor manager", "volunteer lead"),
    (
        entity("talk", "talk_id=id heading=title speaker=person hall=word starts=moment seats=20..900 state=proposed/accepted/dropped abstract=long*", "the talk '{heading}'|{speaker}'s talk|talk {talk_id}", level=1),
        entity("registration", "registration_id=number attendee=person mail=outsider fee=money paid_by=card diet=none/vegan/halal note=text*", "{attendee}'s registration|registration {registration_id}", level=3),
        entity("sponsor", "sponsor_id=id company=company package=bronze/silver/gold sum=money contact=outsider booth=word wishes=text*", "the sponsor {company}|{company}|sponsor {sponsor_id}", level=2),
    ),
    (
        act("run", "talk_decision", "talk_id=@! state=accepted/dropped!", "Accepts or drops a talk.", via="talk talk_id=talk_id", say="mark talk {talk_id} {state}", say_via="mark {it} as {state}|sort this out: {it} is {state}; put that in|decide {it}: {state}"),
        act("update", "talk_slot", "talk_id=@! starts=moment! hall=word", "Moves a talk.", via="talk talk_id=talk_id", say="move talk {talk_id} to {starts} in {hall}", say_via="move {it} to {starts} in {hall}|give {it} the slot {starts}, hall {hall}"),
        act("cancel", "registration", "registration_id=@!", "Cancels a registration.", via="registration registration_id=registration_id", say="cancel registration {registration_id}", say_via="cancel {it}|sign {it} off|take {it} off the list"),
        act("pay", "registration_refund", "registration_id=@! fee=money!", "Refunds a fee.", via="registration registration_id=registration_id fee=fee", say="refund {fee} on registration {registration_id}", say_via="refund {it}|pay the fee of {it} back"),
        act("send", "speaker_letter", "mail=outsider! text=remark!", "Writes to a speaker.", say="write to the speaker {mail}: {text}|tell the speaker at {mail} that {text}"),
        act("update", "sponsor_package", "sponsor_id=@! package=bronze/silver/gold!", "Changes a sponsor's package.", via="sponsor sponsor_id=sponsor_id", say="put sponsor {sponsor_id} on {package}", say_via="put {it} on {package}|make {it} a {package} sponsor"),
        act("share", "attendee_list", "mail=email! hall=word", "Mails the list of attendees.", say="mail the attendees of {hall} to {mail}|give {mail} the list of who sits in {hall}"),
    ),
    attributes=("students", "employment", "verified", "membership"),
)  # fmt: skip
DOMAINS = (CAMPAIGNS, SOCIAL, MEETINGS, RECRUITING, TENDERS, CONFERENCE)
