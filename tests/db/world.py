"""A small world of people and leads for the tests of privileges and policies."""

from __future__ import annotations

from uuid import UUID

ADMIN = UUID("00000000-0000-0000-0000-0000000000a0")
MANAGER = UUID("00000000-0000-0000-0000-0000000000b0")
HOLDER = UUID("00000000-0000-0000-0000-0000000000c0")
OFFERED = UUID("00000000-0000-0000-0000-0000000000c1")
STRANGER = UUID("00000000-0000-0000-0000-0000000000c2")
FORMER_MANAGER = UUID("00000000-0000-0000-0000-0000000000b1")

CLAIMED_LEAD = UUID("00000000-0000-0000-0000-000000000e01")
OFFERED_LEAD = UUID("00000000-0000-0000-0000-000000000e02")

WORLD = f"""
INSERT INTO crm_agents (id, email, role) VALUES
  ('{ADMIN}', 'admin@example.com', 'admin'), ('{MANAGER}', 'manager@example.com', 'manager'),
  ('{FORMER_MANAGER}', 'former@example.com', 'manager'), ('{HOLDER}', 'holder@example.com', 'agent'),
  ('{OFFERED}', 'offered@example.com', 'agent'), ('{STRANGER}', 'stranger@example.com', 'agent');
INSERT INTO teams (id, name) VALUES ('{MANAGER}', 'team');
INSERT INTO team_members (team_id, agent_id, role, left_at) VALUES
  ('{MANAGER}', '{MANAGER}', 'manager', NULL), ('{MANAGER}', '{HOLDER}', 'member', NULL),
  ('{MANAGER}', '{FORMER_MANAGER}', 'manager', now());
INSERT INTO crm_leads (id, assigned_agent_id, lead_claimed, claimed_by, lifecycle_state, wake_at) VALUES
  ('{CLAIMED_LEAD}', '{HOLDER}', true, '{HOLDER}', 'claimed', now()),
  ('{OFFERED_LEAD}', '{OFFERED}', false, NULL, 'offered', now());
INSERT INTO lead_contact_details (lead_id, phone) VALUES
  ('{CLAIMED_LEAD}', '+12025550101'), ('{OFFERED_LEAD}', '+12025550102');
INSERT INTO lead_notes (lead_id, body) VALUES ('{CLAIMED_LEAD}', 'note'), ('{OFFERED_LEAD}', 'note');
INSERT INTO crm_lead_reassignments (lead_id, from_agent_id, to_agent_id, reassigned_by, reason, stage) VALUES
  ('{CLAIMED_LEAD}', '{STRANGER}', '{HOLDER}', '{ADMIN}', 'manual', 'manual'),
  ('{OFFERED_LEAD}', NULL, '{OFFERED}', '{ADMIN}', 'manual', 'manual');
INSERT INTO "RoutingEvent" ("leadId", "eventType", "eventData") VALUES ('{CLAIMED_LEAD}', 'claimed', '{{}}');
INSERT INTO "LeadRoutingHistory" ("leadId", "assignedAgentId", "leadScore", "assignmentReason")
  VALUES ('{CLAIMED_LEAD}', '{HOLDER}', 50, '{{}}');
INSERT INTO lead_transitions (lead_id, seq, kind, command_id, body_hash, actor, at, epoch, state)
  VALUES ('{CLAIMED_LEAD}', 1, 'claim', 'c1', 'h', 'agent', now(), 1, 'claimed');
INSERT INTO command_results (command_id, kind, actor, body_hash, code, at)
  VALUES ('c2', 'claim', 'agent', 'h', 'StaleOffer', now());
INSERT INTO agent_state_log (agent_id, at, actor, field) VALUES ('{HOLDER}', now(), 'test', 'status');
INSERT INTO contact_attempts (lead_id, epoch, channel, direction, result, occurred_at, received_at)
  VALUES ('{CLAIMED_LEAD}', 1, 'call', 'outbound', 'connected', now(), now());
INSERT INTO lead_consents (lead_id, kind, answer, at, source, recorded_by)
  VALUES ('{CLAIMED_LEAD}', 'call', 'granted', now(), 'web', 'test');
INSERT INTO contact_corrections (attempt_id, lead_id, corrected_by, code, at)
  SELECT id, lead_id, '{ADMIN}', 'other_customer', now() FROM contact_attempts;
INSERT INTO call_events (provider, external_id, direction, result, number_key, number_tail, occurred_at, received_at,
                         state)
  VALUES ('pbx', '1', 'outbound', 'connected', '+12025550101', '0101', now(), now(), 'received');
INSERT INTO lead_outcomes (lead_id, result, at) VALUES ('{CLAIMED_LEAD}', 'won', now());
INSERT INTO process_heartbeats (process, role, started_at, beat_at) VALUES ('api-1', 'api', now(), now());
INSERT INTO decision_inputs (lead_id, seq, at, config_version, payload, size)
  VALUES ('{CLAIMED_LEAD}', 1, now(), 1, '\\x00', 1);
INSERT INTO intake_requests (idempotency_key, body_hash, lead_id) VALUES ('k', 'h', '{CLAIMED_LEAD}');
INSERT INTO lead_offers (lead_id, epoch, agent_id, kind, status, offered_at, config_version)
  VALUES ('{CLAIMED_LEAD}', 1, '{HOLDER}', 'single', 'claimed', now(), 1);
INSERT INTO "AssignmentQueue" ("leadId", "leadScore", "estimatedWaitMinutes", "queuePosition", "updatedAt")
  VALUES ('{CLAIMED_LEAD}', 50, 1, 1, now());
INSERT INTO "AgentAvailability" ("agentId", "maxCapacity", "lastUpdated", "updatedAt")
  VALUES ('{HOLDER}', 5, now(), now());
INSERT INTO "RoutingRule" ("ruleName", "ruleType", condition, action, "updatedAt")
  VALUES ('hold', 'matching', '{{}}', 'hold', now());
INSERT INTO agent_licences (agent_id, state, number, valid_from) VALUES ('{HOLDER}', 'CA', '1', '2026-01-01');
INSERT INTO agent_shifts (agent_id, weekday, starts, ends) VALUES ('{HOLDER}', 0, '09:00', '17:00');
INSERT INTO agent_time_off (agent_id, starts_at, ends_at, code)
  VALUES ('{HOLDER}', '2026-01-01', '2026-01-02', 'holiday');
INSERT INTO strategy_shares (pool, agent_id, updated_at) VALUES ('all', '{HOLDER}', now());
INSERT INTO configuration_drafts (name, body, based_on, updated_at) VALUES ('next', '{{}}', 1, now());
INSERT INTO admin_audit (at, actor, kind, subject) VALUES (now(), '{ADMIN}', 'publish', 'configuration');
INSERT INTO lead_joins (lead_id, source, matched_by, body_hash, at)
  VALUES ('{CLAIMED_LEAD}', 'web', 'phone', 'h', now());
"""
