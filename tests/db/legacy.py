"""Databases as they may stand before Baton: parents with rows, other functions, other constraints."""

from __future__ import annotations

# The columns the second seed presupposes, and nothing else.
BARE_PARENTS = """
CREATE TABLE crm_agents (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
CREATE TABLE crm_leads (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  lead_claimed boolean DEFAULT false,
  first_action_completed boolean DEFAULT false
);
"""

FUNCTIONS = """
CREATE SCHEMA auth;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE
  AS $$ SELECT (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid $$;
CREATE FUNCTION is_admin(user_id uuid) RETURNS boolean LANGUAGE plpgsql STABLE
  AS $$ BEGIN RETURN EXISTS (SELECT 1 FROM crm_agents WHERE id = user_id AND role = 'admin'); END $$;
"""

# A CRM in use: an older role CHECK, NOT NULL columns Baton knows nothing of, NULL flags, its own defaults.
CRM = """
CREATE TABLE crm_agents (
  id uuid PRIMARY KEY,
  email text NOT NULL UNIQUE,
  first_name text NOT NULL,
  phone text NOT NULL,
  role text DEFAULT 'agent' CHECK (role IN ('agent', 'admin')),
  languages text[] DEFAULT '{en}',
  max_active_leads integer DEFAULT 500,
  is_active boolean,
  timezone text DEFAULT 'Europe/Madrid'
);
CREATE TABLE crm_leads (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  first_name text NOT NULL,
  phone text NOT NULL,
  lead_status text DEFAULT 'new',
  assigned_agent_id uuid REFERENCES crm_agents (id) ON DELETE SET NULL,
  lead_claimed boolean DEFAULT false,
  claimed_by text,
  claim_window_expires_at timestamptz,
  first_action_completed boolean,
  sla_breached boolean DEFAULT false,
  archived boolean DEFAULT false,
  created_at timestamptz DEFAULT now()
);
INSERT INTO crm_agents (id, email, first_name, phone, role) VALUES
  ('00000000-0000-0000-0000-00000000000a', 'a@example.com', 'Ann', '1', 'admin'),
  ('00000000-0000-0000-0000-00000000000b', 'b@example.com', 'Bob', '2', 'agent');
INSERT INTO crm_leads (first_name, phone, assigned_agent_id, lead_claimed, first_action_completed, created_at)
SELECT 'Lead ' || n, n::text, '00000000-0000-0000-0000-00000000000b', n % 2 = 0, CASE WHEN n % 3 = 0 THEN true END, NULL
  FROM generate_series(1, 20) n;
"""

REASSIGNMENT = """
UPDATE crm_leads SET claim_sla_breached = NULL, reassignment_count = NULL;
INSERT INTO crm_lead_reassignments (lead_id, to_agent_id, reassigned_by, reason, stage, created_at)
SELECT id, '00000000-0000-0000-0000-00000000000b', '00000000-0000-0000-0000-00000000000a',
       'unclaimed', 'claim_window', NULL FROM crm_leads LIMIT 3;
"""
