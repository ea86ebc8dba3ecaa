-- Takes one live slot of a random agent with the statements of db/repositories/loads.py (tests/bench proves that).
\set n random(1, :agents)
BEGIN;
SAVEPOINT slots;
SELECT "AgentAvailability"."agentId" AS agent_id, "AgentAvailability".status, "AgentAvailability"."currentLoad" AS load, "AgentAvailability"."maxCapacity" AS capacity, crm_agents.is_active, crm_agents.accepts_new_leads, crm_agents.max_active_leads AS max_held, (SELECT count(*) AS count_1 FROM crm_leads WHERE lifecycle_state IS NOT NULL AND lifecycle_state <> 'closed' AND crm_leads.assigned_agent_id = "AgentAvailability"."agentId") AS held FROM "AgentAvailability" JOIN crm_agents ON crm_agents.id = "AgentAvailability"."agentId" WHERE "AgentAvailability"."agentId" IN (('00000000-0000-4000-8000-' || lpad(:n::text, 12, '0'))::uuid) ORDER BY "AgentAvailability"."agentId" FOR UPDATE OF "AgentAvailability";
UPDATE "AgentAvailability" SET "currentLoad"=("AgentAvailability"."currentLoad" + 1), "lastUpdated"=now(), "updatedAt"=now() WHERE "AgentAvailability"."agentId" = ('00000000-0000-4000-8000-' || lpad(:n::text, 12, '0'))::uuid;
RELEASE SAVEPOINT slots;
COMMIT;
