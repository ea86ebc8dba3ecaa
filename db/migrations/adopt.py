"""Make a table what a revision needs, whether it exists or not, without losing a row.

Every function works inside the migration's transaction. What was found is written to baton_adoption, so that a
downgrade removes only what Baton added. What cannot be reconciled raises MigrationRefusedError and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alembic import op
from sqlalchemy import text

from db.errors import MigrationRefusedError

_SAMPLE = 5


@dataclass(frozen=True)
class Need:
    """A column a revision needs. `kind` is the type as format_type() writes it; `default` is SQL.

    `required` makes it NOT NULL; NULLs of an older column become the default first. `references` is a table whose
    id the column holds; `on_delete` is the action of a foreign key that has to be created.
    """

    name: str
    kind: str
    default: str | None = None
    required: bool = False
    references: str | None = None
    on_delete: str = ""


def rows(sql: str, **parameters: Any) -> Sequence[Any]:
    """The result of a query on the migration's connection."""
    return op.get_bind().execute(text(sql), parameters).all()


def exists(relation: str) -> bool:
    """Whether a table of that name stands in schema public."""
    return bool(rows("SELECT 1 WHERE to_regclass(format('public.%I', CAST(:name AS text))) IS NOT NULL", name=relation))


def remember(item: str) -> None:
    """Note that `item` stood here before Baton; idempotent."""
    op.get_bind().execute(
        text("INSERT INTO baton_adoption (object) VALUES (:item) ON CONFLICT DO NOTHING"), {"item": item}
    )


def adopted(item: str) -> bool:
    """Whether `item` stood here before Baton."""
    return bool(rows("SELECT 1 FROM baton_adoption WHERE object = :item", item=item))


def create_or_adopt(table: str) -> None:
    """Create `table` with nothing but a UUID key, or note that it stood here before Baton.

    Raises MigrationRefusedError when an existing one has no UUID key named id.
    """
    if exists(table):
        remember(table)
        _require_uuid_key(table)
    else:
        op.execute(
            f'CREATE TABLE "{table}" (id uuid DEFAULT gen_random_uuid() NOT NULL,'
            f' CONSTRAINT "{table}_pkey" PRIMARY KEY (id))'
        )


def grow(table: str, needs: Sequence[Need]) -> None:
    """Add the columns that are missing and bring the others to shape; columns found are noted.

    Raises MigrationRefusedError when an existing column has another type, or holds ids that point nowhere.
    """
    found = _columns(table)
    for need in needs:
        if need.name in found:
            remember(f"{table}.{need.name}")
            _reshape(table, need, *found[need.name])
        else:
            _add(table, need)


def relax_unknown(table: str, known: Sequence[str]) -> None:
    """Drop NOT NULL from columns of an adopted table that Baton never fills and that have no default."""
    for name, (_, not_null, has_default) in _columns(table).items():
        if not_null and not has_default and name not in known and name != "id":
            op.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{name}" DROP NOT NULL')


def check(table: str, name: str, condition: str, *, column: str | None = None) -> None:
    """Add CHECK `name`, in place of one with that name and, with `column`, of any older one on that column alone.

    Raises MigrationRefusedError naming some of the rows that violate it.
    """
    for (older,) in rows(
        """SELECT c.conname FROM pg_constraint c
            WHERE c.conrelid = to_regclass(format('public.%I', CAST(:table AS text))) AND c.contype = 'c'
              AND (c.conname = :name OR c.conkey = ARRAY(
                   SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attname = :column))""",
        table=table,
        name=name,
        column=column,
    ):
        op.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{older}"')
    wrong = rows(f'SELECT id FROM "{table}" WHERE NOT ({condition}) ORDER BY id LIMIT {_SAMPLE}')
    if wrong:
        raise MigrationRefusedError(
            f"{table}: rows violate {name} ({condition}), for example id {_listed(wrong)};"
            " correct them and migrate again"
        )
    op.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" CHECK ({condition})')


def unique_index(table: str, name: str, columns: Sequence[str], where: str = "true") -> None:
    """Add a unique index unless one of that name exists; raises MigrationRefusedError naming the duplicates."""
    wanted = ", ".join(f'"{column}"' for column in columns)
    double = rows(
        f'SELECT {wanted}, count(*) FROM "{table}" WHERE {where} AND ({wanted}) IS NOT NULL'
        f" GROUP BY {wanted} HAVING count(*) > 1 ORDER BY {wanted} LIMIT {_SAMPLE}"
    )
    if double:
        named = "; ".join(", ".join(str(value) for value in row[:-1]) + f" ({row[-1]} rows)" for row in double)
        raise MigrationRefusedError(
            f"{table}: ({', '.join(columns)}) must be unique, but is not: {named};"
            " merge or rename them and migrate again"
        )
    predicate = "" if where == "true" else f" WHERE {where}"
    op.execute(f'CREATE UNIQUE INDEX IF NOT EXISTS "{name}" ON "{table}" ({wanted}){predicate}')


def drop_added_columns(table: str, needs: Sequence[Need]) -> None:
    """Drop the columns among `needs` that Baton added to `table`."""
    for need in needs:
        if not adopted(f"{table}.{need.name}"):
            op.execute(f'ALTER TABLE "{table}" DROP COLUMN IF EXISTS "{need.name}"')


def drop_if_ours(table: str) -> None:
    """Drop `table` unless it stood here before Baton."""
    if not adopted(table):
        op.execute(f'DROP TABLE "{table}"')


def _columns(table: str) -> dict[str, tuple[str, bool, bool]]:
    return {
        name: (kind, not_null, has_default)
        for name, kind, not_null, has_default in rows(
            """SELECT attname, format_type(atttypid, atttypmod), attnotnull, atthasdef OR attidentity <> ''
                 FROM pg_attribute
                WHERE attrelid = to_regclass(format('public.%I', CAST(:table AS text)))
                  AND attnum > 0 AND NOT attisdropped""",
            table=table,
        )
    }


def _require_uuid_key(table: str) -> None:
    kind, _, has_default = _columns(table).get("id", ("missing", False, False))
    keyed = rows(
        """SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = 'id'
            WHERE i.indrelid = to_regclass(format('public.%I', CAST(:table AS text)))
              AND i.indisunique AND i.indpred IS NULL AND i.indkey::text = a.attnum::text""",
        table=table,
    )
    if kind != "uuid" or not keyed:
        raise MigrationRefusedError(
            f"{table}.id: needs a primary key of type uuid, found {kind}; convert it and migrate again"
        )
    if not has_default:
        op.execute(f'ALTER TABLE "{table}" ALTER COLUMN id SET DEFAULT gen_random_uuid()')


def _add(table: str, need: Need) -> None:
    parts = [f'ALTER TABLE "{table}" ADD COLUMN "{need.name}" {need.kind}']
    if need.default is not None:
        parts.append(f"DEFAULT {need.default}")
    if need.required:
        parts.append("NOT NULL")
    if need.references:
        parts.append(f'REFERENCES "{need.references}" (id) {need.on_delete}')
    op.execute(" ".join(parts))


def _reshape(table: str, need: Need, kind: str, not_null: bool, has_default: bool) -> None:
    if kind != need.kind:
        raise MigrationRefusedError(
            f"{table}.{need.name}: is {kind}, needs to be {need.kind}; convert or rename it and migrate again"
        )
    alter = f'ALTER TABLE "{table}" ALTER COLUMN "{need.name}"'
    if need.default is not None and not has_default:
        op.execute(f"{alter} SET DEFAULT {need.default}")
    if need.required and not not_null:
        if need.default is not None:
            op.execute(f'UPDATE "{table}" SET "{need.name}" = {need.default} WHERE "{need.name}" IS NULL')
        op.execute(f"{alter} SET NOT NULL")
    if not need.required and not_null:
        op.execute(f"{alter} DROP NOT NULL")
    if need.references:
        _refer(table, need)


def _refer(table: str, need: Need) -> None:
    present = rows(
        """SELECT 1 FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attname = :column
            WHERE c.conrelid = to_regclass(format('public.%I', CAST(:table AS text))) AND c.contype = 'f'
              AND c.conkey = ARRAY[a.attnum]
              AND c.confrelid = to_regclass(format('public.%I', CAST(:target AS text)))""",
        table=table,
        column=need.name,
        target=need.references,
    )
    if present:
        return
    lost = rows(
        f'SELECT t.id FROM "{table}" t LEFT JOIN "{need.references}" r ON r.id = t."{need.name}"'
        f' WHERE t."{need.name}" IS NOT NULL AND r.id IS NULL ORDER BY t.id LIMIT {_SAMPLE}'
    )
    if lost:
        raise MigrationRefusedError(
            f"{table}.{need.name}: names rows that {need.references} does not hold, for example in id {_listed(lost)};"
            " clear or correct them and migrate again"
        )
    op.execute(
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{need.name}_fkey" FOREIGN KEY ("{need.name}")'
        f' REFERENCES "{need.references}" (id) {need.on_delete}'
    )


def _listed(found: Sequence[Any]) -> str:
    return ", ".join(str(row[0]) for row in found)
