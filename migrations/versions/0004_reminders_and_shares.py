"""reminders and shares"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "long_jobs",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("args", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status IN ('done', 'failed')) = (finished_at IS NOT NULL)",
            name=op.f("ck_long_jobs_finished_when_over"),
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_long_jobs_status_word")
        ),
        sa.CheckConstraint("attempts BETWEEN 0 AND 100", name=op.f("ck_long_jobs_attempts_range")),
        sa.CheckConstraint("done BETWEEN 0 AND total", name=op.f("ck_long_jobs_done_range")),
        sa.CheckConstraint("total BETWEEN 0 AND 100000000", name=op.f("ck_long_jobs_total_range")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_long_jobs_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_long_jobs")),
    )
    op.create_index(
        "ix_long_jobs_open",
        "long_jobs",
        ["id"],
        unique=False,
        postgresql_where="status IN ('waiting', 'running')",
    )
    op.create_index(op.f("ix_long_jobs_user_id_id"), "long_jobs", ["user_id", "id"], unique=False)
    op.create_table(
        "long_job_files",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number BETWEEN 1 AND 100000", name=op.f("ck_long_job_files_number_range")),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["long_jobs.id"],
            name=op.f("fk_long_job_files_job_id_long_jobs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_long_job_files")),
    )
    op.create_index(op.f("ix_long_job_files_created_at"), "long_job_files", ["created_at"], unique=False)
    op.create_table(
        "payment_promises",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "day BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'", name=op.f("ck_payment_promises_day_range")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_payment_promises_made_by_users")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_payment_promises_vendor_id_customer_id_customers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_promises")),
    )
    op.create_index(
        op.f("ix_payment_promises_customer_id_id"), "payment_promises", ["customer_id", "id"], unique=False
    )
    op.create_table(
        "reminders",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("cycle", sa.Date(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("disputed", sa.BigInteger(), nullable=False),
        sa.Column("unconfirmed", sa.BigInteger(), nullable=False),
        sa.Column("sent_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cycle BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'", name=op.f("ck_reminders_cycle_range")
        ),
        sa.CheckConstraint(
            "day BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'", name=op.f("ck_reminders_day_range")
        ),
        sa.CheckConstraint("amount BETWEEN 1 AND 100000000000000000", name=op.f("ck_reminders_amount_range")),
        sa.CheckConstraint("day >= cycle", name=op.f("ck_reminders_day_in_cycle")),
        sa.CheckConstraint(
            "disputed BETWEEN 0 AND 100000000000000000", name=op.f("ck_reminders_disputed_range")
        ),
        sa.CheckConstraint("number BETWEEN 1 AND 3", name=op.f("ck_reminders_number_range")),
        sa.CheckConstraint(
            "unconfirmed BETWEEN 0 AND 100000000000000000", name=op.f("ck_reminders_unconfirmed_range")
        ),
        sa.ForeignKeyConstraint(["sent_by"], ["users.id"], name=op.f("fk_reminders_sent_by_users")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_reminders_vendor_id_customer_id_customers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint(
            "customer_id", "cycle", "number", name=op.f("uq_reminders_customer_id_cycle_number")
        ),
    )
    op.create_index(op.f("ix_reminders_customer_id_day"), "reminders", ["customer_id", "day"], unique=False)
    op.create_index(op.f("ix_reminders_vendor_id_day"), "reminders", ["vendor_id", "day"], unique=False)
    op.create_table(
        "statement_shares",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "month = date_trunc('month', month)::date AND month BETWEEN DATE '1970-01-01' AND DATE '9999-12-01'",
            name=op.f("ck_statement_shares_month_first"),
        ),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_statement_shares_in_order")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_statement_shares_created_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_statement_shares_vendor_id_customer_id_customers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_shares")),
    )
    op.create_index(
        op.f("ix_statement_shares_customer_id_month"),
        "statement_shares",
        ["customer_id", "month"],
        unique=False,
    )
    op.add_column("customers", sa.Column("pay_day", sa.BigInteger(), nullable=True))
    op.add_column("customers", sa.Column("unlinked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notices", sa.Column("vendor_id", sa.BigInteger(), nullable=True))
    op.add_column("notices", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_notices_asking",
        "notices",
        ["user_id", "id"],
        unique=False,
        postgresql_where="kind IN ('change_proposed', 'order_requested', 'order_offered', 'payment_claimed', 'record_disputed') AND answered_at IS NULL",
    )
    op.create_index(op.f("ix_notices_vendor_id_id"), "notices", ["vendor_id", "id"], unique=False)
    op.create_foreign_key(
        op.f("fk_notices_vendor_id_vendors"), "notices", "vendors", ["vendor_id"], ["user_id"]
    )
    op.create_index(
        "ix_push_deliveries_dead",
        "push_deliveries",
        ["notice_id"],
        unique=False,
        postgresql_where="status = 'dead'",
    )
    op.add_column("vendors", sa.Column("pay_day", sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_vendors_pay_day_range"), "vendors", "pay_day BETWEEN 1 AND 28")
    op.create_check_constraint(op.f("ck_customers_pay_day_range"), "customers", "pay_day BETWEEN 1 AND 28")


def downgrade() -> None:
    op.drop_column("vendors", "pay_day")
    op.drop_index("ix_push_deliveries_dead", table_name="push_deliveries", postgresql_where="status = 'dead'")
    op.drop_constraint(op.f("fk_notices_vendor_id_vendors"), "notices", type_="foreignkey")
    op.drop_index(op.f("ix_notices_vendor_id_id"), table_name="notices")
    op.drop_index(
        "ix_notices_asking",
        table_name="notices",
        postgresql_where="kind IN ('change_proposed', 'order_requested', 'order_offered', 'payment_claimed', 'record_disputed') AND answered_at IS NULL",
    )
    op.drop_column("notices", "answered_at")
    op.drop_column("notices", "vendor_id")
    op.drop_column("customers", "unlinked_at")
    op.drop_column("customers", "pay_day")
    op.drop_index(op.f("ix_statement_shares_customer_id_month"), table_name="statement_shares")
    op.drop_table("statement_shares")
    op.drop_index(op.f("ix_reminders_vendor_id_day"), table_name="reminders")
    op.drop_index(op.f("ix_reminders_customer_id_day"), table_name="reminders")
    op.drop_table("reminders")
    op.drop_index(op.f("ix_payment_promises_customer_id_id"), table_name="payment_promises")
    op.drop_table("payment_promises")
    op.drop_index(op.f("ix_long_job_files_created_at"), table_name="long_job_files")
    op.drop_table("long_job_files")
    op.drop_index(op.f("ix_long_jobs_user_id_id"), table_name="long_jobs")
    op.drop_index(
        "ix_long_jobs_open", table_name="long_jobs", postgresql_where="status IN ('waiting', 'running')"
    )
    op.drop_table("long_jobs")
