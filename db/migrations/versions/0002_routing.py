"""The ten tables of the routing seed: its names, unique keys as indexes, UUID keys, TIMESTAMPTZ, CHECKs.

Nothing outside these tables depends on them, so the seed's own rollback SQL runs as written.
"""

from alembic import op

from db.errors import MigrationRefusedError
from db.migrations.adopt import exists

revision = "0002_routing"
down_revision = "0001_parents"
branch_labels = None
depends_on = None

KEY = "id uuid DEFAULT gen_random_uuid() NOT NULL"
CREATED = '"createdAt" timestamptz DEFAULT now() NOT NULL'
UPDATED = '"updatedAt" timestamptz NOT NULL'
STRATEGIES = (
    "'greedy', 'optimal', 'reinforcement', 'manual', 'hybrid', 'round_robin', 'weighted', 'least_loaded', 'broadcast'"
)
EVENTS = (
    "'assigned', 'reassigned', 'escalated', 'failed_assignment', 'sla_warning', 'sla_breached', 'agent_unavailable',"
    " 'queue_reordered', 'received', 'scored', 'queued', 'claimed', 'contact_attempted', 'contacted', 'contact_late',"
    " 'declined', 'released', 'restarted', 'withdrawn', 'closed', 'completed', 'parked'"
)


def agent_key(table: str, column: str = "agentId") -> str:
    """The foreign key of both seeds' kind from `table` to crm_agents."""
    return f'CONSTRAINT "{table}_{column}_fkey" FOREIGN KEY ("{column}") REFERENCES crm_agents (id) ON DELETE CASCADE'


def lead_key(table: str) -> str:
    """The foreign key from `table` to crm_leads."""
    return f'CONSTRAINT "{table}_leadId_fkey" FOREIGN KEY ("leadId") REFERENCES crm_leads (id) ON DELETE CASCADE'


TABLES = {
    "AgentSpecialization": f"""
        {KEY},
        "agentId" uuid NOT NULL,
        "insuranceLine" text NOT NULL,
        "customerSegment" text NOT NULL,
        "proficiencyLevel" integer DEFAULT 1 NOT NULL,
        "maxConcurrentLeads" integer DEFAULT 5 NOT NULL,
        languages jsonb NOT NULL,
        territories jsonb NOT NULL,
        "isEliteAgent" boolean DEFAULT false NOT NULL,
        {CREATED},
        {UPDATED},
        CONSTRAINT "AgentSpecialization_pkey" PRIMARY KEY (id),
        CONSTRAINT "AgentSpecialization_insuranceLine_check"
            CHECK ("insuranceLine" IN ('Auto', 'Home', 'Life', 'Health', 'Commercial')),
        CONSTRAINT "AgentSpecialization_customerSegment_check"
            CHECK ("customerSegment" IN ('Individual', 'SMB', 'Enterprise')),
        CONSTRAINT "AgentSpecialization_proficiencyLevel_check" CHECK ("proficiencyLevel" BETWEEN 1 AND 5),
        CONSTRAINT "AgentSpecialization_maxConcurrentLeads_check" CHECK ("maxConcurrentLeads" >= 0),
        {agent_key("AgentSpecialization")}""",
    "AgentAvailability": f"""
        {KEY},
        "agentId" uuid NOT NULL,
        status text DEFAULT 'Available' NOT NULL,
        "currentLoad" integer DEFAULT 0 NOT NULL,
        "maxCapacity" integer NOT NULL,
        "lastUpdated" timestamptz NOT NULL,
        {UPDATED},
        CONSTRAINT "AgentAvailability_pkey" PRIMARY KEY (id),
        CONSTRAINT "AgentAvailability_status_check"
            CHECK (status IN ('Available', 'In_Call', 'Break', 'Training', 'Offline')),
        CONSTRAINT "AgentAvailability_currentLoad_check" CHECK ("currentLoad" >= 0),
        CONSTRAINT "AgentAvailability_maxCapacity_check" CHECK ("maxCapacity" >= 0),
        {agent_key("AgentAvailability")}""",
    "LeadRoutingHistory": f"""
        {KEY},
        "leadId" uuid NOT NULL,
        "assignedAgentId" uuid NOT NULL,
        "routingStrategy" text DEFAULT 'greedy' NOT NULL,
        "leadScore" double precision NOT NULL,
        "assignmentReason" jsonb NOT NULL,
        "routingTimestamp" timestamptz DEFAULT now() NOT NULL,
        "assignmentDurationHours" double precision,
        "conversionOutcome" boolean,
        "assignmentQualityScore" double precision,
        feedback text,
        {CREATED},
        CONSTRAINT "LeadRoutingHistory_pkey" PRIMARY KEY (id),
        CONSTRAINT "LeadRoutingHistory_routingStrategy_check" CHECK ("routingStrategy" IN ({STRATEGIES})),
        {lead_key("LeadRoutingHistory")},
        {agent_key("LeadRoutingHistory", "assignedAgentId")}""",
    "AgentPerformanceMetrics": f"""
        {KEY},
        "agentId" uuid NOT NULL,
        "periodDate" date NOT NULL,
        "leadsAssigned" integer DEFAULT 0 NOT NULL,
        "leadsConverted" integer DEFAULT 0 NOT NULL,
        "conversionRate" double precision DEFAULT 0 NOT NULL,
        "avgHandlingTimeMinutes" double precision DEFAULT 0 NOT NULL,
        "customerSatisfactionRating" double precision DEFAULT 0 NOT NULL,
        "crossSellRate" double precision DEFAULT 0 NOT NULL,
        "upsellRate" double precision DEFAULT 0 NOT NULL,
        "repeatCustomerRate" double precision DEFAULT 0 NOT NULL,
        "avgLeadScore" double precision DEFAULT 0 NOT NULL,
        "tier1ConversionRate" double precision DEFAULT 0 NOT NULL,
        "tier2ConversionRate" double precision DEFAULT 0 NOT NULL,
        "tier3ConversionRate" double precision DEFAULT 0 NOT NULL,
        {UPDATED},
        CONSTRAINT "AgentPerformanceMetrics_pkey" PRIMARY KEY (id),
        CONSTRAINT "AgentPerformanceMetrics_leadsAssigned_check" CHECK ("leadsAssigned" >= 0),
        CONSTRAINT "AgentPerformanceMetrics_leadsConverted_check" CHECK ("leadsConverted" >= 0),
        {agent_key("AgentPerformanceMetrics")}""",
    "RoutingExperiment": f"""
        {KEY},
        name text NOT NULL,
        "strategyType" text NOT NULL,
        description text,
        status text DEFAULT 'active' NOT NULL,
        "trafficPercentage" double precision DEFAULT 50 NOT NULL,
        "startDate" timestamptz NOT NULL,
        "endDate" timestamptz,
        "controlStrategyId" uuid,
        "successMetric" text DEFAULT 'conversion_rate' NOT NULL,
        {CREATED},
        {UPDATED},
        CONSTRAINT "RoutingExperiment_pkey" PRIMARY KEY (id),
        CONSTRAINT "RoutingExperiment_strategyType_check" CHECK ("strategyType" IN ({STRATEGIES})),
        CONSTRAINT "RoutingExperiment_status_check"
            CHECK (status IN ('active', 'paused', 'completed', 'archived')),
        CONSTRAINT "RoutingExperiment_successMetric_check" CHECK ("successMetric" IN
            ('conversion_rate', 'avg_handling_time', 'sla_compliance', 'customer_satisfaction')),
        CONSTRAINT "RoutingExperiment_trafficPercentage_check" CHECK ("trafficPercentage" BETWEEN 0 AND 100),
        CONSTRAINT "RoutingExperiment_controlStrategyId_fkey" FOREIGN KEY ("controlStrategyId")
            REFERENCES "RoutingExperiment" (id) ON DELETE SET NULL""",
    "RoutingExperimentVariant": f"""
        {KEY},
        "experimentId" uuid NOT NULL,
        name text NOT NULL,
        strategy text NOT NULL,
        parameters jsonb NOT NULL,
        "trafficAllocation" double precision DEFAULT 50 NOT NULL,
        {CREATED},
        CONSTRAINT "RoutingExperimentVariant_pkey" PRIMARY KEY (id),
        CONSTRAINT "RoutingExperimentVariant_strategy_check" CHECK (strategy IN ({STRATEGIES})),
        CONSTRAINT "RoutingExperimentVariant_trafficAllocation_check" CHECK ("trafficAllocation" BETWEEN 0 AND 100),
        CONSTRAINT "RoutingExperimentVariant_experimentId_fkey" FOREIGN KEY ("experimentId")
            REFERENCES "RoutingExperiment" (id) ON DELETE CASCADE""",
    "LeadExperimentAssignment": f"""
        {KEY},
        "leadId" uuid NOT NULL,
        "experimentId" uuid NOT NULL,
        "variantId" uuid NOT NULL,
        "assignedAt" timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT "LeadExperimentAssignment_pkey" PRIMARY KEY (id),
        CONSTRAINT "LeadExperimentAssignment_experimentId_fkey" FOREIGN KEY ("experimentId")
            REFERENCES "RoutingExperiment" (id) ON DELETE CASCADE,
        CONSTRAINT "LeadExperimentAssignment_variantId_fkey" FOREIGN KEY ("variantId")
            REFERENCES "RoutingExperimentVariant" (id) ON DELETE CASCADE""",
    "AssignmentQueue": f"""
        {KEY},
        "queueType" text DEFAULT 'active' NOT NULL,
        "leadId" uuid NOT NULL,
        "leadScore" double precision NOT NULL,
        "timeInQueue" interval DEFAULT '0 seconds'::interval NOT NULL,
        "assignmentAttempts" integer DEFAULT 0 NOT NULL,
        "lastAttempted" timestamptz,
        "estimatedWaitMinutes" integer NOT NULL,
        "slaExpiry" timestamptz,
        "queuePosition" integer NOT NULL,
        {CREATED},
        {UPDATED},
        CONSTRAINT "AssignmentQueue_pkey" PRIMARY KEY (id),
        CONSTRAINT "AssignmentQueue_queueType_check"
            CHECK ("queueType" IN ('hot', 'active', 'nurture', 'waiting', 'reassignment')),
        CONSTRAINT "AssignmentQueue_assignmentAttempts_check" CHECK ("assignmentAttempts" >= 0),
        {lead_key("AssignmentQueue")}""",
    "RoutingRule": f"""
        {KEY},
        "ruleName" text NOT NULL,
        "ruleType" text NOT NULL,
        condition jsonb NOT NULL,
        action text NOT NULL,
        priority integer DEFAULT 50 NOT NULL,
        "isActive" boolean DEFAULT true NOT NULL,
        {CREATED},
        {UPDATED},
        CONSTRAINT "RoutingRule_pkey" PRIMARY KEY (id),
        CONSTRAINT "RoutingRule_ruleType_check"
            CHECK ("ruleType" IN ('matching', 'capacity', 'geographic', 'business_logic', 'temporal'))""",
    "RoutingEvent": f"""
        {KEY},
        "leadId" uuid NOT NULL,
        "eventType" text NOT NULL,
        "agentId" uuid,
        "eventData" jsonb NOT NULL,
        timestamp timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT "RoutingEvent_pkey" PRIMARY KEY (id),
        CONSTRAINT "RoutingEvent_eventType_check" CHECK ("eventType" IN ({EVENTS})),
        {lead_key("RoutingEvent")}""",
}

# Name of the index after the table's name, and its columns; a name ending in _key is unique.
INDEXES = {
    "AgentSpecialization": {
        "agentId_insuranceLine_customerSegment_key": '"agentId", "insuranceLine", "customerSegment"',
        "agentId_idx": '"agentId"',
        "insuranceLine_idx": '"insuranceLine"',
        "customerSegment_idx": '"customerSegment"',
    },
    "AgentAvailability": {
        "agentId_key": '"agentId"',
        "agentId_idx": '"agentId"',
        "status_currentLoad_idx": 'status, "currentLoad"',
    },
    "LeadRoutingHistory": {
        "leadId_idx": '"leadId"',
        "assignedAgentId_idx": '"assignedAgentId"',
        "routingTimestamp_idx": '"routingTimestamp"',
    },
    "AgentPerformanceMetrics": {
        "agentId_periodDate_key": '"agentId", "periodDate"',
        "agentId_periodDate_idx": '"agentId", "periodDate" DESC',
    },
    "RoutingExperiment": {"status_idx": "status", "startDate_endDate_idx": '"startDate", "endDate"'},
    "RoutingExperimentVariant": {"experimentId_idx": '"experimentId"'},
    "LeadExperimentAssignment": {
        "leadId_key": '"leadId"',
        "leadId_idx": '"leadId"',
        "experimentId_variantId_idx": '"experimentId", "variantId"',
    },
    "AssignmentQueue": {
        "leadId_key": '"leadId"',
        "queueType_leadScore_idx": '"queueType", "leadScore" DESC',
        "slaExpiry_idx": '"slaExpiry"',
    },
    "RoutingRule": {"priority_isActive_idx": 'priority DESC, "isActive"'},
    "RoutingEvent": {"leadId_timestamp_idx": '"leadId", timestamp DESC', "eventType_idx": '"eventType"'},
}

# Load changes at every assignment: free space on the page lets the update stay off the indexes' other columns.
OPTIONS = {"AgentAvailability": " WITH (fillfactor = 70)"}


def upgrade() -> None:
    """Create the ten tables. Refused when one of them exists: their rows have ids of another type elsewhere."""
    found = [table for table in TABLES if exists(table)]
    if found:
        raise MigrationRefusedError(
            f"tables {', '.join(found)} exist already; move them to another schema, migrate, and copy their rows"
        )
    for table, body in TABLES.items():
        op.execute(f'CREATE TABLE "{table}" ({body}){OPTIONS.get(table, "")}')
        for suffix, columns in INDEXES[table].items():
            unique = "UNIQUE " if suffix.endswith("_key") else ""
            op.execute(f'CREATE {unique}INDEX "{table}_{suffix}" ON "{table}" ({columns})')


def downgrade() -> None:
    """Drop the ten tables with all they hold."""
    for table in reversed(TABLES):
        op.execute(f'DROP TABLE "{table}"')
