-- Takes one live slot of a random agent with the statement of db/repositories/loads.py (tests/bench proves that).
\set n random(1, :agents)
BEGIN;
UPDATE "AgentAvailability" SET "currentLoad"=("AgentAvailability"."currentLoad" + 1), "lastUpdated"=now(), "updatedAt"=now() WHERE "AgentAvailability"."agentId" = ('00000000-0000-4000-8000-' || lpad(:n::text, 12, '0'))::uuid AND "AgentAvailability"."currentLoad" < "AgentAvailability"."maxCapacity" AND "AgentAvailability".status = 'Available' AND has_room("AgentAvailability"."agentId", true);
COMMIT;
