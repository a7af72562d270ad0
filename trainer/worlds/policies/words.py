"""Vocabularies of policy documents: twenty words for each thing that a document has a word for. Whole vocabularies are held out by split.

The i-th words of all pools make up vocabulary i; a document takes one vocabulary, or draws each word by itself (`Dice.draw` keeps to the split).
"""

from __future__ import annotations

from trainer.worlds.dice import Dice


def _pool(line: str) -> tuple[str, ...]:
    return tuple(line.split())


POOLS: dict[str, tuple[str, ...]] = {
    "roles": _pool(
        "roles role_permissions principals groups access_by_role permissions who personas job_functions positions user_roles role_map profiles authorities members actors"
        " rights_by_role role_bindings duty_groups staff_classes"
    ),
    "role": _pool(
        "role roles principal group for_role subject applies_to persona job_function position user_role if_role profile authority member actor bound_role role_binding duty_group staff_class"
    ),
    "tools": _pool(
        "tools allowed_tools actions permitted_actions may_call can_use functions operations capabilities_list entitlements allow methods commands endpoints skills services"
        " abilities callable privileges_held usable"
    ),
    "tool": _pool(
        "tool tools action actions call function on operation capability entitlement target method command endpoint skill service ability callee privilege usage"
    ),
    "denied": _pool(
        "denied forbidden_tools blocked never deny must_not_call prohibited excluded off_limits banned disallowed not_permitted blacklist revoked no_go barred refused withheld interdicted vetoed"
    ),
    "default": _pool(
        "default default_effect otherwise fallback default_action if_unlisted everything_else default_decision baseline unmatched implicit by_default base_rule catch_all else rest remaining"
        " otherwise_effect default_verdict residual"
    ),
    "allow": _pool(
        "allow permit allowed grant Allow PERMIT accept yes authorise let_through enable granted approve ALLOW open ok pass may admit license"
    ),
    "deny": _pool(
        "deny forbid denied refuse Deny PROHIBIT reject no disallow turn_away disable withheld veto DENY closed block stop must_not exclude bar"
    ),
    "require": _pool(
        "require obligation required demand Require OBLIGE check must constrain hold_to condition expected ensure REQUIRE guarded verify enforce shall restrict bind"
    ),
    "effect": _pool(
        "effect decision type verdict Effect kind outcome access ruling sentence mode result policy DECISION state action_on_match then modality nature disposition"
    ),
    "when": _pool(
        "when condition conditions if Condition where constraints provided guard proviso must_hold requires criteria WHEN given checks subject_to holds premise stipulation"
    ),
    "unless": _pool(
        "unless except_if exception except Unless exempt waived_if not_if save_when barring exemption waiver carve_out UNLESS excluding skip_if lifted_by does_not_bind spared relief"
    ),
    "rules": _pool(
        "rules constraints conditions requirements guards checks obligations policies clauses_of_use provisions statements restrictions regulations RULES entries items controls norms stipulations articles"
    ),
    "limits": _pool(
        "limits bounds caps thresholds quota ceilings guardrails constraints_by_tool allotments margins restrictions per_tool limits_by_action tool_rules boundaries budget controls_by_tool norms_by_tool ranges brackets"
    ),
    "columns": _pool(
        "columns readable_columns fields column_access visible_fields data_access accessible_columns tables readable_attributes cleared_columns read_access field_permissions data_scope views"
        " visible select_on readable column_rights exposed_fields disclosed"
    ),
    "also": _pool(
        "also additional further more and extra besides plus in_addition supplement other_rules additionally too extras continued furthermore moreover more_rules addenda annex"
    ),
    "exceptions": _pool(
        "exceptions overrides special_cases per_role role_overrides variations deviations by_role departures derogations adjustments specifics exceptions_by_role modifiers differences"
        " custom particulars role_rules dispensations amendments"
    ),
    "classes": _pool(
        "classification data_classes sensitivity_labels sensitivity labels data_classification confidentiality classified tiers_of_data secrecy levels_of_data data_levels data_tiers"
        " column_classes protection grading data_labels sensitivity_map secrecy_grades data_ranks"
    ),
    "<=": _pool(
        "max maximum at_most lte <= limit not_above upper ceiling_value no_more_than up_to le max_value cap must_not_exceed upper_bound highest max_allowed topmost not_over"
    ),
    "<": _pool("before lt less_than until < below under to_before earlier_than short_of end strictly_below lower_than ends till upto_before first_not not_reaching ahead_of prior_to"),
    ">=": _pool("min minimum at_least gte >= from not_below lower floor_value no_less_than starting_at ge min_value least must_reach lower_bound lowest min_allowed bottom not_under"),
    "==": _pool("equals is eq must_be == same_as matches equal_to identical_to coincides_with value exactly must_equal must_match fixed_to equal required_value be tallies_with amounts_to"),
    "!=": _pool("not differs_from ne must_not_be != other_than not_equal_to unequal distinct_from diverges_from never_equals is_not not_same_as must_differ apart_from not_equal forbidden_value not_be unlike deviates_from"),
    "in": _pool("in one_of any_of among IN allowed_values within options choices enumerated permitted_values isin values_allowed member_of element_of oneOf valid list_of picks alternatives"),
    "subset": _pool("only subset_of columns_in all_in SUBSET limited_to restricted_to may_include comprises_only confined_to contained_in all_of covered_by included_in within_set subset solely list nothing_but bounded_by"),
    "lacks": _pool("none_of must_not_contain excludes not_containing NOT_CONTAINS forbidden_terms free_of must_not_include devoid_of bars_terms forbidden_values contains_none blocked_words no_mention without"
        " not_any_of prohibited_terms lacks clean_of omits"),
    "has": _pool("includes contains has must_include CONTAINS requires_call preceded_by needs comprises_call entails required_call call_made prior_call must_contain with having listed shows presents exhibits"),
    "rank": _pool("at_least_level minimum_level level_from or_higher MIN_LEVEL from_level not_lower_than lowest_level rank_floor grade_onwards starting_level ge_level min_rank level_at_least must_rank"
        " threshold_level base_level upwards_of least_rank degree_from"),
    "excused": _pool("approval_above approval_required_above needs_approval_over sign_off_above APPROVAL_ABOVE approval_over free_up_to unapproved_up_to consent_beyond countersign_over approval_if_more_than"
        " approval_gt max_without_approval escalate_above confirm_above approve_over manual_above approval_threshold warrant_past endorse_over"),
    "arguments": _pool("args arguments input params Input parameters request payload operands call_data fields inputs arg values body data call argument call_particulars supplied"),
    "user": _pool("user principal subject caller User requester identity actor person_acting bearer session_user account_holder usr me operator employee agent_for client individual invoker"),
    "record": _pool("record resource object row Resource entity item target_record artefact dossier entry document_acted_on rec affected_record subject_matter datum asset held_item file_in_question holding"),
    "days": _pool("days_from_today days_away distance_in_days day_offset DaysFromToday days_ahead_or_ago days_distance within_days span_of_days remoteness days_between_today delta_days day_gap horizon_days reach_days"
        " days_off abs_days days_apart daycount elapsed_or_due_days"),
    "weekday": _pool("weekday day_of_week week_day dow DayOfWeek on_days days day_name day_in_week working_day weekdays dayname wday name_of_day day_type schedule_day calendar_day day day_of_the_week daylabel"),
    "today": _pool("today date current_date now_date Date day_of_call call_date calendar_date present_day date_of_use valid_on on_date cur_date request_date run_date session_date as_of active_on calendar effective_day"),
    "hour": _pool("time hour time_of_day local_time Time business_hours clock office_hours daytime hours_of_use now hours time_now call_time window_of_day service_hours at_time opening_hours clock_time shift"),
    "host": _pool("domain host mail_host address_host Host address_domain site hostname belongs_to_host domain_name destination_domain fqdn dns_name recipient_domain endpoint_host server home domain_part realm network_name"),
    "sensitivity": _pool("sensitivity data_class sensitivity_level classification Sensitivity data_sensitivity clearance confidentiality_level secrecy_level protection_class data_level sens class_of_data"
        " highest_class max_sensitivity label data_tier read_class grade_of_data data_rank"),
    "sent": _pool("external_sensitivity outgoing_class outbound_sensitivity class_sent_outside ExternalSensitivity disclosure_level data_leaving shared_externally export_class emission_level external_data_class"
        " egress_class out_sens sensitivity_to_external outside_level external_label egress_level class_to_third_parties outward_grade external_rank"),
    "calls": _pool("calls times max_calls count CallCount number_of_calls repetitions uses_per_request frequency occurrences call_count n_calls invocations calls_per_request runs per_session usage_count times_called tally rounds"),
    "sum": _pool("total sum sum_over_calls cumulative Sum running_total aggregate combined accumulated grand_total total_of cum_sum overall added_up all_calls_total in_total budget_of sum_of totality whole_of"),
    "origin": _pool("origin source provenance stated_by Origin comes_from from given_by descent root value_source src provided_by named_by taken_from author supplied_by basis derivation lineage"),
    "before": _pool("before after_call preceded_by prior_calls PriorCalls earlier_calls requires_first history preconditions forerunner done_before prev_calls call_order already_called sequence"
        " prerequisite called_before steps_before antecedent predecessor"),
    "approval": _pool("approval approved sign_off authorisation Approval consent approval_status confirmed go_ahead countersigned approval_given appr clearance_given green_light release"
        " manager_ok approval_on_record signed warrant endorsement"),
}  # fmt: skip
SCALES: tuple[tuple[str, ...] | None, ...] = (
    None, None, ("public", "internal", "confidential", "restricted", "secret"), ("open", "limited", "private", "protected", "critical"), ("C1", "C2", "C3", "C4", "C5"),
    ("white", "green", "yellow", "orange", "red"), None, ("minimal", "low", "medium", "high", "severe"), ("S1", "S2", "S3", "S4", "S5"), ("free", "house", "guarded", "sealed", "vault"),
)  # fmt: skip
"""What the five levels of sensitivity are called; None: by their numbers."""
VERDICTS = (
    ("yes", "no"), ("true", "false"), ("allowed", "denied"), ("x", "-"), ("Y", "N"), ("1", "0"), ("may", "may not"), ("+", "."), ("granted", "none"), ("ok", "blocked"),
)  # fmt: skip
"""What the cells of a matrix say."""
USER = (
    "user", "the user", "request", "user_request", "stated_by_user", "user_input", "user_message", "requester", "named in the request", "principal",
)  # fmt: skip
OTHERS = (
    "third_party_text", "untrusted_content", "content written by others", "external_text", "retrieved_text", "foreign_content", "text_of_others", "unverified_text",
    "outside_content", "free_text_of_third_parties",
)  # fmt: skip
"""Where values come from: the user's own words, and texts that others wrote."""


class Words:
    """The words of one document."""

    def __init__(self, dice: Dice) -> None:
        if dice.chance(0.5):
            place = dice.draw(range(len(POOLS["roles"])))
            self.of = {name: pool[place] for name, pool in POOLS.items()}
        else:
            self.of = {name: dice.draw(pool) for name, pool in POOLS.items()}
        self.scale = dice.draw(SCALES)
        self.verdicts = dice.draw(VERDICTS)
        self.by_user, self.by_others = dice.draw(USER), dice.draw(OTHERS)

    def __getitem__(self, name: str) -> str:
        return self.of[name]

    def level(self, level: int) -> int | str:
        return level if self.scale is None else self.scale[level - 1]
