"""What a database's catalogue says, as one text per object, so that two databases can be compared."""

from __future__ import annotations

from tests.db.databases import fetch

_QUERIES = {
    "column": """
        SELECT format('%s.%s', c.relname, a.attname),
               format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
               || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
               || CASE a.attidentity WHEN 'a' THEN ' IDENTITY ALWAYS' WHEN 'd' THEN ' IDENTITY' ELSE '' END
          FROM pg_attribute a
          JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
          LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attnum > 0 AND NOT a.attisdropped""",
    "table": """
        SELECT c.relname, format('rls=%s forced=%s options=%s', c.relrowsecurity, c.relforcerowsecurity, c.reloptions)
          FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace""",
    "index": """
        SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'""",
    "constraint": """
        SELECT format('%s.%s', c.relname, k.conname), pg_get_constraintdef(k.oid)
          FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
         WHERE c.relnamespace = 'public'::regnamespace AND k.contype <> 'n'""",
    "policy": """
        SELECT format('%s.%s', tablename, policyname),
               format('%s %s to %s using %s check %s', permissive, cmd, roles, qual, with_check)
          FROM pg_policies WHERE schemaname = 'public'""",
    "comment": """
        SELECT format('%s.%s', c.relname, a.attname), d.description
          FROM pg_description d
          JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
         WHERE c.relnamespace = 'public'::regnamespace""",
    "trigger": """
        SELECT format('%s.%s', t.tgrelid::regclass, t.tgname), pg_get_triggerdef(t.oid)
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace""",
    "function": """
        SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid)
          FROM pg_proc p WHERE p.pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'auth'))""",
    "grant": """
        SELECT format('%s.%s.%s', c.relname, coalesce(a.attname, '*'), grantee.rolname),
               string_agg(acl.privilege_type, ',' ORDER BY acl.privilege_type)
          FROM pg_class c
          CROSS JOIN LATERAL (
               SELECT NULL::name AS attname, c.relacl AS acl
               UNION ALL SELECT attname, attacl FROM pg_attribute WHERE attrelid = c.oid AND attacl IS NOT NULL) a
          CROSS JOIN LATERAL aclexplode(a.acl) acl
          JOIN pg_roles grantee ON grantee.oid = acl.grantee AND grantee.oid <> c.relowner
         WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
         GROUP BY 1""",
}

Catalogue = dict[str, str]


async def catalogue(url: str, *, kinds: tuple[str, ...] = tuple(_QUERIES)) -> Catalogue:
    """`kind name` to definition, for everything in schema public (functions: also auth)."""
    found: Catalogue = {}
    for kind in kinds:
        for name, definition in await fetch(url, _QUERIES[kind]):
            found[f"{kind} {name}"] = definition
    return found


def differences(expected: Catalogue, actual: Catalogue) -> dict[str, tuple[str | None, str | None]]:
    """Objects that differ or are on one side only: name to (expected, actual)."""
    return {
        name: (expected.get(name), actual.get(name))
        for name in sorted(expected.keys() | actual.keys())
        if expected.get(name) != actual.get(name)
    }
