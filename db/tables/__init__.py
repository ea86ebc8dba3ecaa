"""Every table of Baton as SQLAlchemy Core, with the seeds' names in SQL and snake_case in Python."""

from db.tables.admin_audit import admin_audit
from db.tables.adoption import adoption
from db.tables.agent_state_log import agent_state_log
from db.tables.agents import agents
from db.tables.availability import agent_availability
from db.tables.base import metadata
from db.tables.calls import call_events, contact_corrections
from db.tables.command_results import command_results
from db.tables.configuration import configuration_drafts, configuration_versions
from db.tables.consents import lead_consents
from db.tables.contact_attempts import contact_attempts
from db.tables.contact_details import lead_contact_details
from db.tables.decision_inputs import decision_inputs
from db.tables.events import routing_events
from db.tables.experiments import lead_experiment_assignments, routing_experiment_variants, routing_experiments
from db.tables.history import lead_routing_history
from db.tables.intake import intake_requests
from db.tables.joins import lead_joins
from db.tables.leads import leads
from db.tables.licences import agent_licences
from db.tables.metrics import agent_performance_metrics
from db.tables.notes import lead_notes
from db.tables.notices import notices
from db.tables.offers import lead_offers
from db.tables.outages import process_heartbeats, system_outages
from db.tables.outcomes import lead_outcomes
from db.tables.queue import assignment_queue
from db.tables.reassignments import lead_reassignments
from db.tables.rules import routing_rules
from db.tables.shifts import agent_shifts, agent_time_off
from db.tables.specializations import agent_specializations
from db.tables.strategy_shares import strategy_shares
from db.tables.teams import team_members, teams
from db.tables.transitions import lead_transitions

__all__ = [
    "admin_audit",
    "adoption",
    "agent_availability",
    "agent_licences",
    "agent_performance_metrics",
    "agent_shifts",
    "agent_specializations",
    "agent_state_log",
    "agent_time_off",
    "agents",
    "assignment_queue",
    "call_events",
    "command_results",
    "configuration_drafts",
    "configuration_versions",
    "contact_attempts",
    "contact_corrections",
    "decision_inputs",
    "intake_requests",
    "lead_consents",
    "lead_contact_details",
    "lead_experiment_assignments",
    "lead_joins",
    "lead_notes",
    "lead_offers",
    "lead_outcomes",
    "lead_reassignments",
    "lead_routing_history",
    "lead_transitions",
    "leads",
    "metadata",
    "notices",
    "process_heartbeats",
    "routing_events",
    "routing_experiment_variants",
    "routing_experiments",
    "routing_rules",
    "strategy_shares",
    "system_outages",
    "team_members",
    "teams",
]
