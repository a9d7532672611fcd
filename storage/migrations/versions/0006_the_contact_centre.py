"""The contact centre: agents, what is said in a case, the record of staff, hours, ready answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0006'
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('agent',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('login', sa.String(length=40), nullable=False),
    sa.Column('shown', sa.String(length=40), nullable=False),
    sa.Column('role', sa.String(length=12), nullable=False),
    sa.Column('password', sa.String(length=200), nullable=False),
    sa.Column('totp', sa.LargeBinary(), nullable=False),
    sa.Column('totp_step', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('status', sa.String(length=8), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('locked_until', sa.BigInteger(), nullable=True),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.Column('gone_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agent')),
    sa.UniqueConstraint('login', name=op.f('uq_agent_login'))
    )
    op.create_table('canned',
    sa.Column('key', sa.String(length=20), nullable=False),
    sa.Column('ru', sa.Text(), nullable=False),
    sa.Column('kk', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_canned'))
    )
    op.create_table('desk_day',
    sa.Column('weekday', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('span', sa.String(length=12), nullable=False),
    sa.PrimaryKeyConstraint('weekday', name=op.f('pk_desk_day'))
    )
    op.create_table('desk_holiday',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('worked', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_desk_holiday'))
    )
    op.create_table('agent_session',
    sa.Column('token_index', sa.String(length=40), nullable=False),
    sa.Column('agent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('csrf', sa.String(length=40), nullable=False),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.Column('seen_at', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_agent_session_agent_id')),
    sa.PrimaryKeyConstraint('token_index', name=op.f('pk_agent_session'))
    )
    with op.batch_alter_table('agent_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_agent_session_agent_id'), ['agent_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_agent_session_expires_at'), ['expires_at'], unique=False)

    op.create_table('outage',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ru', sa.String(length=200), nullable=False),
    sa.Column('kk', sa.String(length=200), nullable=False),
    sa.Column('running', sa.Integer(), nullable=True),
    sa.Column('agent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_outage_agent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outage')),
    sa.UniqueConstraint('running', name=op.f('uq_outage_running'))
    )

    op.create_table('callback',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('case_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('phone', sa.LargeBinary(), nullable=False),
    sa.Column('slot', sa.String(length=12), nullable=False),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_callback_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_callback'))
    )
    with op.batch_alter_table('callback', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_callback_case_id'), ['case_id'], unique=False)
        batch_op.create_index('ix_callback_open', ['due_at'], unique=False, sqlite_where=sa.text("state = 'planned'"), postgresql_where=sa.text("state = 'planned'"))

    op.create_table('case_event',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('case_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('agent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_case_event_agent_id')),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_case_event_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_event'))
    )
    with op.batch_alter_table('case_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_case_event_case_id'), ['case_id'], unique=False)

    op.create_table('staff_audit',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('agent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(length=40), nullable=False),
    sa.Column('case_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('subject', sa.String(length=80), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('prev', sa.String(length=64), nullable=False),
    sa.Column('mac', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_staff_audit_agent_id')),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_staff_audit_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_audit')),
    sa.UniqueConstraint('agent_id', 'seq', name=op.f('uq_staff_audit_agent_id_seq'))
    )
    with op.batch_alter_table('staff_audit', schema=None) as batch_op:
        batch_op.create_index('ix_staff_audit_case_id', ['case_id'], unique=False)

    op.create_table('case_message',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('case_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('who', sa.String(length=8), nullable=False),
    sa.Column('agent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=True),
    sa.Column('payload', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_case_message_agent_id')),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_case_message_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_message'))
    )
    with op.batch_alter_table('case_message', schema=None) as batch_op:
        batch_op.create_index('ix_case_message_case_id_id', ['case_id', 'id'], unique=False)
        batch_op.create_index('ix_case_message_held', ['case_id'], unique=False, sqlite_where=sa.text("state = 'window'"), postgresql_where=sa.text("state = 'window'"))

    with op.batch_alter_table('case', schema=None) as batch_op:
        batch_op.add_column(sa.Column('topic', sa.String(length=12), server_default='other', nullable=False))
        batch_op.add_column(sa.Column('team', sa.String(length=12), server_default='common', nullable=False))
        batch_op.add_column(sa.Column('language', sa.String(length=2), server_default='', nullable=False))
        batch_op.add_column(sa.Column('priority', sa.Integer(), server_default='3', nullable=False))
        batch_op.add_column(sa.Column('holder_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('taken_at', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('replied_at', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('due_at', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('late', sa.Boolean(), server_default=sa.text('(false)'), nullable=False))
        batch_op.add_column(sa.Column('spoke_at', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('snoozed_until', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('closed_at', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('reason', sa.String(length=12), server_default='', nullable=False))
        batch_op.add_column(sa.Column('faq_gap', sa.Boolean(), server_default=sa.text('(false)'), nullable=False))
        batch_op.add_column(sa.Column('rating', sa.String(length=8), server_default='', nullable=False))
        batch_op.add_column(sa.Column('reopened', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('told_place', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('told_at', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('warned_at', sa.BigInteger(), nullable=True))
        batch_op.create_index('ix_case_address_id', ['address_id'], unique=False)
        batch_op.create_index('ix_case_person_id', ['person_id'], unique=False)
        batch_op.create_index('ix_case_queue', ['priority', 'opened_at'], unique=False, sqlite_where=sa.text("state <> 'closed'"), postgresql_where=sa.text("state <> 'closed'"))
        batch_op.create_foreign_key(batch_op.f('fk_case_holder_id'), 'agent', ['holder_id'], ['id'])

    # One open case a person, whoever holds it.
    op.drop_index("uq_case_open", table_name="case")
    op.create_index("uq_case_open", "case", ["person_id"], unique=True, sqlite_where=sa.text("state <> 'closed'"), postgresql_where=sa.text("state <> 'closed'"))


def downgrade() -> None:
    op.drop_index("uq_case_open", table_name="case")
    op.create_index("uq_case_open", "case", ["person_id"], unique=True, sqlite_where=sa.text("state = 'new'"), postgresql_where=sa.text("state = 'new'"))
    with op.batch_alter_table('case', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_case_holder_id'), type_='foreignkey')
        batch_op.drop_index('ix_case_queue', sqlite_where=sa.text("state <> 'closed'"), postgresql_where=sa.text("state <> 'closed'"))
        batch_op.drop_index('ix_case_person_id')
        batch_op.drop_index('ix_case_address_id')
        batch_op.drop_column('warned_at')
        batch_op.drop_column('told_at')
        batch_op.drop_column('told_place')
        batch_op.drop_column('reopened')
        batch_op.drop_column('rating')
        batch_op.drop_column('faq_gap')
        batch_op.drop_column('reason')
        batch_op.drop_column('closed_at')
        batch_op.drop_column('snoozed_until')
        batch_op.drop_column('spoke_at')
        batch_op.drop_column('late')
        batch_op.drop_column('due_at')
        batch_op.drop_column('replied_at')
        batch_op.drop_column('taken_at')
        batch_op.drop_column('holder_id')
        batch_op.drop_column('priority')
        batch_op.drop_column('language')
        batch_op.drop_column('team')
        batch_op.drop_column('topic')

    with op.batch_alter_table('case_message', schema=None) as batch_op:
        batch_op.drop_index('ix_case_message_held', sqlite_where=sa.text("state = 'window'"), postgresql_where=sa.text("state = 'window'"))
        batch_op.drop_index('ix_case_message_case_id_id')

    op.drop_table('case_message')
    with op.batch_alter_table('staff_audit', schema=None) as batch_op:
        batch_op.drop_index('ix_staff_audit_case_id')

    op.drop_table('staff_audit')
    with op.batch_alter_table('case_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_case_event_case_id'))

    op.drop_table('case_event')
    with op.batch_alter_table('callback', schema=None) as batch_op:
        batch_op.drop_index('ix_callback_open', sqlite_where=sa.text("state = 'planned'"), postgresql_where=sa.text("state = 'planned'"))
        batch_op.drop_index(batch_op.f('ix_callback_case_id'))

    op.drop_table('callback')

    op.drop_table('outage')
    with op.batch_alter_table('agent_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_agent_session_expires_at'))
        batch_op.drop_index(batch_op.f('ix_agent_session_agent_id'))

    op.drop_table('agent_session')
    op.drop_table('desk_holiday')
    op.drop_table('desk_day')
    op.drop_table('canned')
    op.drop_table('agent')
