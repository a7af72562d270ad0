"""How structured policies spell things: words for the parts of a document, for what is looked at, for comparisons and for decisions.

A word may stand for several things; which of them is meant, the place and the shape of what it names must tell.
"""

from __future__ import annotations

import re

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_GAP = re.compile(r"[\W_]+")


def plain(key: str) -> str:
    """A key in one spelling: `maxAmount`, `max-amount` and `Max Amount` are `max_amount`; signs such as `<=` stay."""
    return _GAP.sub("_", _CAMEL.sub("_", key)).strip("_").lower() or key.strip()


def _table(**lines: str) -> dict[str, frozenset[str]]:
    return {name: frozenset(line.split()) for name, line in lines.items()}


PARTS = _table(
    roles="roles role_permissions principals groups access_by_role permissions personas job_functions positions user_roles"
    " role_map profiles members actors rights_by_role role_bindings who authorities duty_groups staff_classes",
    role="role roles principal principals group for_role subject subjects applies_to persona job_function position user_role"
    " if_role profile member members actor bound_role role_binding who identities grantees holders parties authority"
    " duty_group staff_class",
    tools="tools allowed_tools actions permitted_actions may_call can_use functions operations allow allowed entitlements methods"
    " commands endpoints skills services abilities permissions calls callable privileges capabilities_list privileges_held"
    " usable",
    tool="tool tools action actions call calls function on operation operations capability target method methods command"
    " endpoint skill service what acts deeds entitlement ability callee privilege usage",
    denied="denied forbidden_tools blocked never deny must_not_call prohibited excluded off_limits banned disallowed not_permitted"
    " blacklist revoked no_go barred refused denied_tools blocked_tools withheld interdicted vetoed",
    others="tools_other_than actions_other_than other_than",
    default="default default_effect otherwise fallback default_action if_unlisted everything_else default_decision baseline"
    " unmatched implicit by_default base_rule catch_all else rest remaining default_verdict other otherwise_effect residual",
    effect="effect decision type verdict kind outcome access ruling mode result action_on_match then stance action sentence policy"
    " state modality nature disposition",
    when="when condition conditions if where constraints provided guard proviso must_hold requires criteria given checks"
    " subject_to holds premise stipulation",
    unless="unless except_if exception except exempt waived_if not_if save_when exemption waiver carve_out excluding skip_if"
    " lifted_by does_not_bind barring spared relief",
    rules="rules constraints conditions requirements guards checks obligations policies provisions statements statement"
    " restrictions regulations entries items controls norms grants bindings policy_statements acl edicts clauses_of_use"
    " stipulations articles",
    limits="limits bounds caps thresholds quota ceilings guardrails constraints_by_tool restrictions per_tool limits_by_action"
    " tool_rules boundaries budget controls_by_tool ranges allotments margins norms_by_tool brackets",
    also="also additional further more extra besides plus in_addition supplement other_rules additionally too extras furthermore"
    " moreover more_rules and continued addenda annex",
    exceptions="exceptions overrides special_cases per_role role_overrides variations deviations by_role adjustments specifics"
    " exceptions_by_role role_rules departures derogations modifiers differences custom particulars dispensations amendments",
    classes="classification data_classes sensitivity_labels sensitivity labels data_classification confidentiality classified tiers_of_data secrecy"
    " levels_of_data data_levels data_tiers column_classes protection grading data_labels sensitivity_map secrecy_grades data_ranks",
    units="departments units org_chart teams divisions branches organisation areas sections wings",
    rights="rights clearances may access permissions scope grants powers licences competences",
    matrix="matrix access_matrix permission_matrix",
    audience="audience segments for who groups",
)
"""Parts of a document."""

LOOKS = _table(
    arg="args arguments input params parameters request payload operands call_data inputs arg call argument supplied fields"
    " values body data call_particulars",
    user="user principal subject caller requester identity actor person_acting bearer session_user account_holder usr me"
    " operator employee agent_for client individual invoker",
    record="record resource object row entity item target_record artefact dossier rec affected_record datum asset entry"
    " document_acted_on subject_matter held_item file_in_question holding",
    columns="columns readable_columns fields column_access visible_fields data_access accessible_columns tables readable_attributes"
    " cleared_columns read_access field_permissions data_scope views readable visible select_on column_rights exposed_fields"
    " disclosed",
    sum="total sum sum_over_calls cumulative running_total aggregate combined accumulated grand_total total_of cum_sum overall"
    " all_calls_total budget_of sum_of added_up in_total totality whole_of",
    days="days_from_today days_away distance_in_days day_offset days_ahead_or_ago days_distance within_days days_between_today"
    " delta_days day_gap abs_days days_apart span_of_days remoteness horizon_days reach_days days_off daycount"
    " elapsed_or_due_days",
    weekday="weekday day_of_week week_day dow on_days day_name day_in_week weekdays dayname wday name_of_day day_of_the_week days"
    " working_day day_type schedule_day calendar_day day daylabel",
    date="today current_date now_date day_of_call call_date calendar_date present_day date_of_use valid_on on_date cur_date"
    " request_date run_date session_date date as_of active_on calendar effective_day",
    hour="time hour time_of_day local_time business_hours office_hours daytime hours_of_use hours time_now call_time"
    " window_of_day service_hours opening_hours clock_time clock now at_time shift",
    host="domain host mail_host address_host address_domain hostname domain_name destination_domain fqdn dns_name"
    " recipient_domain endpoint_host site belongs_to_host server home domain_part realm network_name",
    sensitivity="sensitivity data_class sensitivity_level data_sensitivity clearance confidentiality_level secrecy_level"
    " protection_class max_sensitivity data_tier classification data_level sens class_of_data highest_class label read_class"
    " grade_of_data data_rank",
    sent="external_sensitivity outgoing_class outbound_sensitivity class_sent_outside disclosure_level data_leaving export_class"
    " external_data_class egress_class shared_externally emission_level out_sens sensitivity_to_external outside_level"
    " external_label egress_level class_to_third_parties outward_grade external_rank",
    calls="calls times max_calls count call_count number_of_calls repetitions uses_per_request frequency n_calls invocations"
    " calls_per_request occurrences runs per_session usage_count times_called tally rounds",
    origin="origin source provenance stated_by comes_from given_by value_source src provided_by taken_from supplied_by derivation"
    " from descent root named_by author basis lineage",
    before="before after_call preceded_by prior_calls earlier_calls requires_first history preconditions done_before prev_calls"
    " prerequisite called_before steps_before forerunner call_order already_called sequence antecedent predecessor",
    approval="approval approved sign_off authorisation consent approval_status confirmed go_ahead countersigned approval_given"
    " approval_on_record requires_approval appr clearance_given green_light release manager_ok signed warrant endorsement",
)  # fmt: skip
"""What a test looks at."""

OPERATORS: dict[str, str] = {
    "<=": "<= max maximum at_most lte limit not_above upper no_more_than up_to le max_value cap must_not_exceed upper_bound"
    " max_allowed numeric_less_than_equals less_or_equal numeric_lte less_than_or_equal ceiling_value highest topmost"
    " not_over not_greater le_op",
    "<": "< before lt less_than until below under to_before earlier_than strictly_below lower_than till time_less_than time_lt"
    " short_of end ends upto_before first_not not_reaching ahead_of prior_to ends_before lt_op",
    ">=": ">= min minimum at_least gte from not_below lower no_less_than starting_at ge min_value lower_bound"
    " numeric_greater_than_equals greater_or_equal numeric_gte greater_than_or_equal floor_value least must_reach lowest"
    " min_allowed bottom not_under not_less ge_op",
    "==": "== = equals is eq must_be same_as equal_to identical_to must_equal must_match exactly equal string_equals equals_to"
    " same string_equal identical matches coincides_with value fixed_to required_value be tallies_with amounts_to equalling"
    " eq_op",
    "!=": "!= not differs_from ne must_not_be other_than not_equal_to unequal distinct_from never_equals is_not not_same_as"
    " must_differ not_equal string_not_equals differs string_not_equal diverges_from apart_from forbidden_value not_be"
    " unlike deviates_from other distinct ne_op",
    "in": "in one_of any_of among allowed_values within options choices permitted_values isin values_allowed member_of element_of"
    " string_equals_any any_value_of string_is_in enumerated valid list_of picks alternatives one_of_values in_op",
    "subset": "only subset_of columns_in all_in subset limited_to restricted_to may_include confined_to contained_in all_of"
    " included_in within_set for_all_values all_values_in only_of comprises_only covered_by solely list nothing_but"
    " bounded_by all_among only_values confined subset_op",
    "lacks": "none_of must_not_contain excludes not_containing not_contains forbidden_terms free_of must_not_include contains_none"
    " blocked_words string_not_like free_of_any string_not_contains devoid_of bars_terms forbidden_values no_mention without"
    " not_any_of prohibited_terms lacks clean_of omits none_of_texts avoiding lacks_op",
    "has": "includes contains has must_include requires_call preceded_by required_call prior_call must_contain list_contains"
    " has_item bag_contains needs comprises_call entails call_made with having listed shows presents exhibits preceded"
    " contains_call following has_op",
    "rank": "at_least_level minimum_level level_from or_higher min_level from_level not_lower_than lowest_level min_rank"
    " level_at_least rank_greater_than_equals rank_gte rank_at_least rank_floor grade_onwards starting_level ge_level"
    " must_rank threshold_level base_level upwards_of least_rank degree_from rank upwards rank_op",
    "excused": "approval_above approval_required_above needs_approval_over sign_off_above approval_over free_up_to unapproved_up_to"
    " approval_gt max_without_approval at_most_unless_approved lte_or_approval approval_if_more_than consent_beyond"
    " countersign_over escalate_above confirm_above approve_over manual_above approval_threshold warrant_past endorse_over"
    " numeric_less_than_equals_or_approved approve_above sign_over excused_op",
}  # fmt: skip
OPERATION = {spelled: op for op, line in OPERATORS.items() for spelled in line.split()}
"""Comparisons, by how they are spelled."""

EFFECTS = {
    "allow": "allow permit allowed grant accept yes authorise enable granted approve ok pass permitted admit license let_through"
    " open may",
    "deny": "deny forbid denied refuse prohibit reject no disallow disable veto block stop exclude bar forbidden never closed"
    " must_not turn_away withheld",
    "require": "require obligation required demand oblige must constrain condition expected ensure guarded verify enforce shall"
    " restrict check hold_to bind",
}  # fmt: skip
EFFECT = {spelled: effect for effect, line in EFFECTS.items() for spelled in line.split()}
YES = frozenset("yes true allowed x y 1 may + granted ok allow".split())
NO = frozenset(("no", "false", "denied", "-", "n", "0", "may_not", "may not", ".", "none", "blocked", "deny"))

SETTINGS = frozenset(
    "version owner review_date logging contact language timeouts status tags retry environment enabled ui locale issued_by revision cache telemetry id name title"
    " schema changelog updated created author effective_date sid policy_id policy_version rule_id".split()
)
"""Keys that say nothing about what a plan may do, as long as what they hold is short."""

READING = frozenset(
    "get list search find read show query lookup look fetch view check select enumerate count describe filter browse retrieve display inspect".split()
)
ACTING = frozenset(
    "add allow answer append approve archive assign ban book buy cancel change charge close confirm control copy create delete deploy dispatch drop edit email enter"
    " execute export file forward give grant hire import insert install invite issue kick kill log login mail make merge modify move new order patch pay permit place"
    " post print publish purge push put raise reboot refund register reject release remove rename reply report request reset restart restore revoke run save schedule"
    " send set share sign start stop submit transfer trigger unsubscribe update upload withdraw wire write adjust new".split()
)
"""Verbs in the names of tools."""
