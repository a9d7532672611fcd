"""Vouchers with a place, their months, and the receipts of what families answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "voucher",
        sa.Column("id", ID, nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("kindergarten_id", ID, nullable=False),
        sa.Column("child_index", sa.String(length=40), nullable=False),
        sa.Column("regime", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("annulled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_voucher_tenant_id")),
        sa.ForeignKeyConstraint(["kindergarten_id"], ["kindergarten.id"], name=op.f("fk_voucher_kindergarten_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher")),
    )
    with op.batch_alter_table("voucher", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_voucher_tenant_id"), ["tenant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_voucher_kindergarten_id"), ["kindergarten_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_voucher_child_index"), ["child_index"], unique=False)
        active = sa.text("state = 'active'")
        batch_op.create_index(
            "uq_voucher_active", ["child_index"], unique=True, sqlite_where=active, postgresql_where=active
        )
    op.create_table(
        "tabel",
        sa.Column("id", ID, nullable=False),
        sa.Column("voucher_id", ID, nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("marks", sa.String(length=31), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("opens_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_tabel_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tabel")),
        sa.UniqueConstraint("voucher_id", "month", name=op.f("uq_tabel_voucher_id_month")),
    )
    with op.batch_alter_table("tabel", schema=None) as batch_op:
        unanswered, draft = sa.text("answer = ''"), sa.text("published_at IS NULL")
        batch_op.create_index(
            "ix_tabel_unanswered",
            ["voucher_id", "month", "ends_at", "published_at"],
            unique=False,
            sqlite_where=unanswered,
            postgresql_where=unanswered,
        )
        batch_op.create_index(
            "ix_tabel_draft", ["opens_at"], unique=False, sqlite_where=draft, postgresql_where=draft
        )
    op.create_table(
        "tabel_version",
        sa.Column("tabel_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("marks", sa.String(length=31), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tabel_id"], ["tabel.id"], name=op.f("fk_tabel_version_tabel_id")),
        sa.PrimaryKeyConstraint("tabel_id", "version", name=op.f("pk_tabel_version")),
    )
    op.create_table(
        "tabel_act",
        sa.Column("id", ID, nullable=False),
        sa.Column("voucher_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("tabel_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_tabel_act_voucher_id")),
        sa.ForeignKeyConstraint(["tabel_id"], ["tabel.id"], name=op.f("fk_tabel_act_tabel_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_tabel_act_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tabel_act")),
        sa.UniqueConstraint("voucher_id", "seq", name=op.f("uq_tabel_act_voucher_id_seq")),
        sa.UniqueConstraint("tabel_id", "person_id", "act", "version", name=op.f("uq_tabel_act_tabel_id_person_id_act_version")),
    )
    with op.batch_alter_table("tabel_act", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tabel_act_person_id"), ["person_id"], unique=False)
        confirmed = sa.text("act = 'confirmed'")
        batch_op.create_index(
            "uq_tabel_act_confirmed", ["tabel_id"], unique=True, sqlite_where=confirmed, postgresql_where=confirmed
        )


def downgrade() -> None:
    for name in ("tabel_act", "tabel_version", "tabel", "voucher"):
        op.drop_table(name)
