"""Who else may see what of a family."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "access",
        sa.Column("id", _ID, nullable=False),
        sa.Column("owner_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=True),
        sa.Column("application_id", _ID, nullable=True),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("code_index", sa.String(length=40), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_access_application_id")),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_access_member_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_access_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access")),
        sa.UniqueConstraint("code_index", name=op.f("uq_access_code_index")),
    )
    for column in ("owner_id", "member_id", "application_id", "expires_at"):
        op.create_index(op.f(f"ix_access_{column}"), "access", [column])
    asked = sa.text("state IN ('asked', 'given')")
    op.create_index(
        "uq_access_asked",
        "access",
        ["member_id", "application_id"],
        unique=True,
        sqlite_where=asked,
        postgresql_where=asked,
    )


def downgrade() -> None:
    op.drop_table("access")
