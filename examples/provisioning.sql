-- The role that makes and drops the roles of sessions, for a target with "identity": "ephemeral" (docs/identity.md).
-- It is no superuser: it can hand on what it is given here, and nothing else.
CREATE ROLE gateway_provisioner LOGIN CREATEROLE PASSWORD 'choose-one';

-- What the policy may grant. The schemas and tables of yours:
GRANT USAGE ON SCHEMA public TO gateway_provisioner WITH GRANT OPTION;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO gateway_provisioner WITH GRANT OPTION;
GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA public TO gateway_provisioner WITH GRANT OPTION;

-- … and those that are made later by their owner, who runs this:
ALTER DEFAULT PRIVILEGES IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO gateway_provisioner WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
  GRANT SELECT, USAGE ON SEQUENCES TO gateway_provisioner WITH GRANT OPTION;
