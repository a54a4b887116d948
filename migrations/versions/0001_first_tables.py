"""first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("order_and_record_ids", data_type=sa.BigInteger())))
    op.create_table(
        "job_runs",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("finished_at >= started_at", name=op.f("ck_job_runs_in_order")),
        sa.PrimaryKeyConstraint("job", "slot", name=op.f("pk_job_runs")),
    )
    op.create_table(
        "order_types",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_types")),
        sa.UniqueConstraint("name", name=op.f("uq_order_types_name")),
    )
    op.create_table(
        "push_origins",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_push_origins")),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("phone_number", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    op.create_index(
        op.f("ix_sign_in_failures_phone_number_at"),
        "sign_in_failures",
        ["phone_number", "at"],
        unique=False,
    )
    op.create_table(
        "user_types",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_types")),
        sa.UniqueConstraint("name", name=op.f("uq_user_types_name")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone_number", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("user_type_id", sa.BigInteger(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("phone_number ~ '^\\+[1-9][0-9]{6,14}$'", name=op.f("ck_users_phone_e164")),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 200", name=op.f("ck_users_name_length")),
        sa.ForeignKeyConstraint(
            ["user_type_id"], ["user_types.id"], name=op.f("fk_users_user_type_id_user_types")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("phone_number", name=op.f("uq_users_phone_number")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("char_length(key) BETWEEN 1 AND 255", name=op.f("ck_idempotency_keys_key_length")),
        sa.CheckConstraint("status BETWEEN 200 AND 299", name=op.f("ck_idempotency_keys_success_only")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_idempotency_keys_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("user_id", "path", "key", name=op.f("uq_idempotency_keys_user_id_path_key")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(
        "ix_notices_unread",
        "notices",
        ["user_id", "id"],
        unique=False,
        postgresql_where="read_at IS NULL",
    )
    op.create_index("ix_notices_user_id_id", "notices", ["user_id", "id"], unique=False)
    op.create_table(
        "password_resets",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_password_resets_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_resets")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_resets_token_hash")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_ins_token_hash")),
    )
    op.create_index(op.f("ix_sign_ins_expires_at"), "sign_ins", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sign_ins_user_id"), "sign_ins", ["user_id"], unique=False)
    op.create_table(
        "vendors",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("business_name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("cut_off", sa.Time(), nullable=False),
        sa.Column("upi_id", sa.Text(), nullable=True),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_vendors_currency_code")),
        sa.CheckConstraint(
            "char_length(business_name) BETWEEN 1 AND 200",
            name=op.f("ck_vendors_business_name_length"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_vendors_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_vendors")),
    )
    op.create_table(
        "accounts",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("advance", sa.BigInteger(), nullable=False),
        sa.Column("disputed", sa.BigInteger(), nullable=False),
        sa.Column("unconfirmed", sa.BigInteger(), nullable=False),
        sa.Column("closed_through", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "closed_through BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_accounts_closed_through_range"),
        ),
        sa.CheckConstraint(
            "advance BETWEEN 0 AND 100000000000000000", name=op.f("ck_accounts_advance_range")
        ),
        sa.CheckConstraint(
            "balance BETWEEN -100000000000000000 AND 100000000000000000",
            name=op.f("ck_accounts_balance_range"),
        ),
        sa.CheckConstraint(
            "disputed BETWEEN 0 AND 100000000000000000", name=op.f("ck_accounts_disputed_range")
        ),
        sa.CheckConstraint(
            "unconfirmed BETWEEN 0 AND 100000000000000000",
            name=op.f("ck_accounts_unconfirmed_range"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_accounts_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_accounts")),
    )
    op.create_index(op.f("ix_accounts_vendor_id"), "accounts", ["vendor_id"], unique=False)
    op.create_table(
        "customers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone_number", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("stop_order", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("phone_number ~ '^\\+[1-9][0-9]{6,14}$'", name=op.f("ck_customers_phone_e164")),
        sa.CheckConstraint("status IN ('active', 'inactive')", name=op.f("ck_customers_status_word")),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 200", name=op.f("ck_customers_name_length")),
        sa.CheckConstraint("stop_order BETWEEN 0 AND 1000000", name=op.f("ck_customers_stop_order_range")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_customers_user_id_users")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_customers_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_customers_vendor_id_id")),
        sa.UniqueConstraint("vendor_id", "phone_number", name=op.f("uq_customers_vendor_id_phone_number")),
        sa.UniqueConstraint("vendor_id", "user_id", name=op.f("uq_customers_vendor_id_user_id")),
    )
    op.create_index(op.f("ix_customers_user_id"), "customers", ["user_id"], unique=False)
    op.create_index(
        op.f("ix_customers_vendor_id_status_name_id"),
        "customers",
        ["vendor_id", "status", "name", "id"],
        unique=False,
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("sign_in_id", sa.BigInteger(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sign_in_id"],
            ["sign_ins.id"],
            name=op.f("fk_push_subscriptions_sign_in_id_sign_ins"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_push_subscriptions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscriptions_endpoint")),
    )
    op.create_index(
        op.f("ix_push_subscriptions_sign_in_id"), "push_subscriptions", ["sign_in_id"], unique=False
    )
    op.create_index(op.f("ix_push_subscriptions_user_id"), "push_subscriptions", ["user_id"], unique=False)
    op.create_table(
        "account_months",
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("charges", sa.BigInteger(), nullable=False),
        sa.Column("payments", sa.BigInteger(), nullable=False),
        sa.Column("adjustments", sa.BigInteger(), nullable=False),
        sa.Column("disputed", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "month = date_trunc('month', month)::date AND month BETWEEN DATE '1970-01-01' AND DATE '9999-12-01'",
            name=op.f("ck_account_months_month_first"),
        ),
        sa.CheckConstraint(
            "adjustments BETWEEN -100000000000000000 AND 100000000000000000",
            name=op.f("ck_account_months_adjustments_range"),
        ),
        sa.CheckConstraint(
            "charges BETWEEN 0 AND 100000000000000000", name=op.f("ck_account_months_charges_range")
        ),
        sa.CheckConstraint(
            "disputed BETWEEN 0 AND 100000000000000000",
            name=op.f("ck_account_months_disputed_range"),
        ),
        sa.CheckConstraint(
            "payments BETWEEN -100000000000000000 AND 100000000000000000",
            name=op.f("ck_account_months_payments_range"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["accounts.customer_id"],
            name=op.f("fk_account_months_customer_id_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_account_months_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("customer_id", "month", name=op.f("pk_account_months")),
    )
    op.create_index(
        op.f("ix_account_months_vendor_id_month_customer_id"),
        "account_months",
        ["vendor_id", "month", "customer_id"],
        unique=False,
    )
    op.create_table(
        "adjustments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "date BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_adjustments_date_range"),
        ),
        sa.CheckConstraint(
            "kind IN ('opening_balance', 'correction', 'write_off')",
            name=op.f("ck_adjustments_kind_word"),
        ),
        sa.CheckConstraint(
            "amount BETWEEN -100000000000000000 AND 100000000000000000 AND amount <> 0",
            name=op.f("ck_adjustments_amount_range"),
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_adjustments_created_by_users")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["accounts.customer_id"],
            name=op.f("fk_adjustments_customer_id_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_adjustments_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
    )
    op.create_index(
        op.f("ix_adjustments_customer_id_date"),
        "adjustments",
        ["customer_id", "date"],
        unique=False,
    )
    op.create_table(
        "cumulative_record_details",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("total_amount", sa.BigInteger(), nullable=False),
        sa.Column("active_days", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("disputed_amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "month = date_trunc('month', month)::date AND month BETWEEN DATE '1970-01-01' AND DATE '9999-12-01'",
            name=op.f("ck_cumulative_record_details_month_first"),
        ),
        sa.CheckConstraint(
            "active_days BETWEEN 0 AND 31",
            name=op.f("ck_cumulative_record_details_active_days_range"),
        ),
        sa.CheckConstraint(
            "disputed_amount BETWEEN 0 AND 100000000000000000",
            name=op.f("ck_cumulative_record_details_disputed_amount_range"),
        ),
        sa.CheckConstraint(
            "quantity BETWEEN 0 AND 100000000000000000",
            name=op.f("ck_cumulative_record_details_quantity_range"),
        ),
        sa.CheckConstraint(
            "total_amount BETWEEN 0 AND 100000000000000000",
            name=op.f("ck_cumulative_record_details_total_amount_range"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["accounts.customer_id"],
            name=op.f("fk_cumulative_record_details_customer_id_accounts"),
        ),
        sa.PrimaryKeyConstraint("order_id", "month", name=op.f("pk_cumulative_record_details")),
    )
    op.create_index(
        op.f("ix_cumulative_record_details_customer_id_month"),
        "cumulative_record_details",
        ["customer_id", "month"],
        unique=False,
    )
    op.create_index(
        op.f("ix_cumulative_record_details_vendor_id_month"),
        "cumulative_record_details",
        ["vendor_id", "month"],
        unique=False,
    )
    op.create_table(
        "invites",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["used_by"], ["users.id"], name=op.f("fk_invites_used_by_users")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_invites_vendor_id_customer_id_customers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invites")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invites_token_hash")),
    )
    op.create_index(
        op.f("ix_invites_vendor_id_customer_id"),
        "invites",
        ["vendor_id", "customer_id"],
        unique=False,
    )
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "date BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_ledger_entries_date_range"),
        ),
        sa.CheckConstraint(
            "kind IN ('charge', 'payment', 'adjustment')", name=op.f("ck_ledger_entries_kind_word")
        ),
        sa.CheckConstraint(
            "amount BETWEEN -100000000000000000 AND 100000000000000000 AND amount <> 0",
            name=op.f("ck_ledger_entries_amount_range"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_ledger_entries_actor_id_users")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["accounts.customer_id"],
            name=op.f("fk_ledger_entries_customer_id_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_ledger_entries_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
    )
    op.create_index(
        op.f("ix_ledger_entries_customer_id_date"),
        "ledger_entries",
        ["customer_id", "date"],
        unique=False,
    )
    op.create_table(
        "lines",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(target = 'adjustment') = (order_id IS NULL)",
            name=op.f("ck_lines_order_unless_adjustment"),
        ),
        sa.CheckConstraint(
            "date BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'", name=op.f("ck_lines_date_range")
        ),
        sa.CheckConstraint("target IN ('record', 'order', 'adjustment')", name=op.f("ck_lines_target_word")),
        sa.CheckConstraint("amount BETWEEN 1 AND 100000000000000000", name=op.f("ck_lines_amount_range")),
        sa.CheckConstraint("paid BETWEEN 0 AND amount", name=op.f("ck_lines_paid_range")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["accounts.customer_id"], name=op.f("fk_lines_customer_id_accounts")
        ),
        sa.PrimaryKeyConstraint("target", "target_id", name=op.f("pk_lines")),
    )
    op.create_index(op.f("ix_lines_customer_id_date"), "lines", ["customer_id", "date"], unique=False)
    op.create_index(
        "ix_lines_open",
        "lines",
        ["customer_id", "date"],
        unique=False,
        postgresql_where="paid < amount",
    )
    op.create_index("ix_lines_order", "lines", ["order_id"], unique=False)
    op.create_table(
        "orders",
        sa.Column(
            "id",
            sa.BigInteger(),
            server_default=sa.text("nextval('order_and_record_ids')"),
            nullable=False,
        ),
        sa.Column("order_type_id", sa.SmallInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("item_name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("weekdays", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("every", sa.SmallInteger(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("valid_till", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("first_night", sa.Date(), nullable=True),
        sa.Column("scheduled_through", sa.Date(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ended_on BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_orders_ended_on_range"),
        ),
        sa.CheckConstraint(
            "first_night BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_orders_first_night_range"),
        ),
        sa.CheckConstraint(
            "scheduled_through BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_orders_scheduled_through_range"),
        ),
        sa.CheckConstraint(
            "start_date BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_orders_start_date_range"),
        ),
        sa.CheckConstraint("state IN ('proposed', 'active', 'declined')", name=op.f("ck_orders_state_word")),
        sa.CheckConstraint(
            "valid_till BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_orders_valid_till_range"),
        ),
        sa.CheckConstraint('"every" BETWEEN 1 AND 31', name=op.f("ck_orders_every_range")),
        sa.CheckConstraint(
            "amount = round(rate::numeric * quantity / 1000)",
            name=op.f("ck_orders_amount_is_product"),
        ),
        sa.CheckConstraint(
            "cardinality(weekdays) BETWEEN 1 AND 7 AND weekdays <@ ARRAY[1,2,3,4,5,6,7]::smallint[]",
            name=op.f("ck_orders_weekdays_iso"),
        ),
        sa.CheckConstraint(
            "char_length(item_name) BETWEEN 1 AND 200", name=op.f("ck_orders_item_name_length")
        ),
        sa.CheckConstraint("char_length(unit) BETWEEN 1 AND 40", name=op.f("ck_orders_unit_length")),
        sa.CheckConstraint("quantity BETWEEN 1 AND 9999999999000", name=op.f("ck_orders_quantity_range")),
        sa.CheckConstraint("rate BETWEEN 0 AND 100000000000000", name=op.f("ck_orders_rate_range")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_orders_created_by_users")),
        sa.ForeignKeyConstraint(
            ["order_type_id"], ["order_types.id"], name=op.f("fk_orders_order_type_id_order_types")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_orders_vendor_id_customer_id_customers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint(
            "vendor_id", "customer_id", "id", name=op.f("uq_orders_vendor_id_customer_id_id")
        ),
    )
    op.create_index(op.f("ix_orders_customer_id_id"), "orders", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_orders_night",
        "orders",
        ["scheduled_through", "id"],
        unique=False,
        postgresql_where="scheduled_through IS NOT NULL",
    )
    op.create_index(op.f("ix_orders_vendor_id_id"), "orders", ["vendor_id", "id"], unique=False)
    op.create_table(
        "push_deliveries",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_status", sa.BigInteger(), nullable=True),
        sa.Column("last_reason", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'sent', 'dead', 'expired')",
            name=op.f("ck_push_deliveries_status_word"),
        ),
        sa.CheckConstraint("attempts BETWEEN 0 AND 100", name=op.f("ck_push_deliveries_attempts_range")),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notices.id"],
            name=op.f("fk_push_deliveries_notice_id_notices"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["push_subscriptions.id"],
            name=op.f("fk_push_deliveries_subscription_id_push_subscriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_deliveries")),
        sa.UniqueConstraint(
            "notice_id",
            "subscription_id",
            name=op.f("uq_push_deliveries_notice_id_subscription_id"),
        ),
    )
    op.create_index(
        "ix_push_deliveries_due",
        "push_deliveries",
        ["next_at"],
        unique=False,
        postgresql_where="status = 'waiting'",
    )
    op.create_index(
        op.f("ix_push_deliveries_subscription_id"),
        "push_deliveries",
        ["subscription_id"],
        unique=False,
    )
    op.create_table(
        "change_requests",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=False),
        sa.Column("proposed_side", sa.Text(), nullable=False),
        sa.Column("item_name", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("rate", sa.BigInteger(), nullable=True),
        sa.Column("weekdays", postgresql.ARRAY(sa.SmallInteger()), nullable=True),
        sa.Column("every", sa.SmallInteger(), nullable=True),
        sa.Column("valid_till", sa.Date(), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("on_behalf_note", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'pending') = (answered_at IS NULL)",
            name=op.f("ck_change_requests_answered_when_over"),
        ),
        sa.CheckConstraint(
            "effective_from BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_change_requests_effective_from_range"),
        ),
        sa.CheckConstraint("kind IN ('new', 'update')", name=op.f("ck_change_requests_kind_word")),
        sa.CheckConstraint(
            "proposed_side IN ('vendor', 'customer')",
            name=op.f("ck_change_requests_proposed_side_word"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'accepted', 'declined', 'withdrawn', 'superseded', 'expired')",
            name=op.f("ck_change_requests_status_word"),
        ),
        sa.CheckConstraint(
            "valid_till BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_change_requests_valid_till_range"),
        ),
        sa.CheckConstraint('"every" BETWEEN 1 AND 31', name=op.f("ck_change_requests_every_range")),
        sa.CheckConstraint(
            "cardinality(weekdays) BETWEEN 1 AND 7 AND weekdays <@ ARRAY[1,2,3,4,5,6,7]::smallint[]",
            name=op.f("ck_change_requests_weekdays_iso"),
        ),
        sa.CheckConstraint(
            "char_length(item_name) BETWEEN 1 AND 200",
            name=op.f("ck_change_requests_item_name_length"),
        ),
        sa.CheckConstraint("char_length(unit) BETWEEN 1 AND 40", name=op.f("ck_change_requests_unit_length")),
        sa.CheckConstraint(
            "quantity BETWEEN 1 AND 9999999999000", name=op.f("ck_change_requests_quantity_range")
        ),
        sa.CheckConstraint("rate BETWEEN 0 AND 100000000000000", name=op.f("ck_change_requests_rate_range")),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["users.id"], name=op.f("fk_change_requests_answered_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
            name=op.f("fk_change_requests_order_id_orders"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["users.id"], name=op.f("fk_change_requests_proposed_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_requests")),
    )
    op.create_index(
        op.f("ix_change_requests_customer_id_status_id"),
        "change_requests",
        ["customer_id", "status", "id"],
        unique=False,
    )
    op.create_index(
        "ix_change_requests_deadline",
        "change_requests",
        ["expires_at"],
        unique=False,
        postgresql_where="status = 'pending'",
    )
    op.create_index(
        op.f("ix_change_requests_vendor_id_status_id"),
        "change_requests",
        ["vendor_id", "status", "id"],
        unique=False,
    )
    op.create_index(
        "uq_change_requests_one_pending",
        "change_requests",
        ["order_id"],
        unique=True,
        postgresql_where="status = 'pending'",
    )
    op.create_table(
        "order_periods",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("item_name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("weekdays", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("every", sa.SmallInteger(), nullable=False),
        sa.Column("valid_till", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "starts_on BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_order_periods_starts_on_range"),
        ),
        sa.CheckConstraint(
            "valid_till BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_order_periods_valid_till_range"),
        ),
        sa.CheckConstraint('"every" BETWEEN 1 AND 31', name=op.f("ck_order_periods_every_range")),
        sa.CheckConstraint(
            "amount = round(rate::numeric * quantity / 1000)",
            name=op.f("ck_order_periods_amount_is_product"),
        ),
        sa.CheckConstraint(
            "cardinality(weekdays) BETWEEN 1 AND 7 AND weekdays <@ ARRAY[1,2,3,4,5,6,7]::smallint[]",
            name=op.f("ck_order_periods_weekdays_iso"),
        ),
        sa.CheckConstraint(
            "char_length(item_name) BETWEEN 1 AND 200",
            name=op.f("ck_order_periods_item_name_length"),
        ),
        sa.CheckConstraint("char_length(unit) BETWEEN 1 AND 40", name=op.f("ck_order_periods_unit_length")),
        sa.CheckConstraint(
            "quantity BETWEEN 1 AND 9999999999000", name=op.f("ck_order_periods_quantity_range")
        ),
        sa.CheckConstraint("rate BETWEEN 0 AND 100000000000000", name=op.f("ck_order_periods_rate_range")),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
            name=op.f("fk_order_periods_order_id_orders"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("order_id", "starts_on", name=op.f("pk_order_periods")),
    )
    op.create_table(
        "order_terms",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("weekdays", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("every", sa.SmallInteger(), nullable=False),
        sa.Column("valid_till", sa.Date(), nullable=True),
        sa.Column("changed", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("accepted_by", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on_behalf_note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "effective_from BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_order_terms_effective_from_range"),
        ),
        sa.CheckConstraint(
            "valid_till BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_order_terms_valid_till_range"),
        ),
        sa.CheckConstraint('"every" BETWEEN 1 AND 31', name=op.f("ck_order_terms_every_range")),
        sa.CheckConstraint(
            "cardinality(weekdays) BETWEEN 1 AND 7 AND weekdays <@ ARRAY[1,2,3,4,5,6,7]::smallint[]",
            name=op.f("ck_order_terms_weekdays_iso"),
        ),
        sa.CheckConstraint(
            "char_length(item_name) BETWEEN 1 AND 200", name=op.f("ck_order_terms_item_name_length")
        ),
        sa.CheckConstraint("char_length(unit) BETWEEN 1 AND 40", name=op.f("ck_order_terms_unit_length")),
        sa.CheckConstraint(
            "quantity BETWEEN 1 AND 9999999999000", name=op.f("ck_order_terms_quantity_range")
        ),
        sa.CheckConstraint("rate BETWEEN 0 AND 100000000000000", name=op.f("ck_order_terms_rate_range")),
        sa.CheckConstraint("version BETWEEN 1 AND 1000000", name=op.f("ck_order_terms_version_range")),
        sa.ForeignKeyConstraint(["accepted_by"], ["users.id"], name=op.f("fk_order_terms_accepted_by_users")),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
            name=op.f("fk_order_terms_order_id_orders"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("order_id", "version", name=op.f("pk_order_terms")),
    )
    op.create_table(
        "pauses",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "starts_on BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_pauses_starts_on_range"),
        ),
        sa.CheckConstraint(
            "ends_on BETWEEN starts_on AND starts_on + 89", name=op.f("ck_pauses_at_most_90_days")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_pauses_asked_by_users")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_pauses_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
    )
    op.create_index(op.f("ix_pauses_order_id_starts_on"), "pauses", ["order_id", "starts_on"], unique=False)
    op.create_table(
        "records",
        sa.Column(
            "id",
            sa.BigInteger(),
            server_default=sa.text("nextval('order_and_record_ids')"),
            nullable=False,
        ),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("item_name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("due_quantity", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("extra", sa.Boolean(), nullable=False),
        sa.Column("terms_version", sa.BigInteger(), nullable=False),
        sa.Column("vendor_status", sa.Text(), nullable=True),
        sa.Column("vendor_quantity", sa.BigInteger(), nullable=True),
        sa.Column("vendor_note", sa.Text(), nullable=True),
        sa.Column("vendor_by", sa.BigInteger(), nullable=True),
        sa.Column("vendor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vendor_heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("customer_status", sa.Text(), nullable=True),
        sa.Column("customer_quantity", sa.BigInteger(), nullable=True),
        sa.Column("customer_note", sa.Text(), nullable=True),
        sa.Column("customer_by", sa.BigInteger(), nullable=True),
        sa.Column("customer_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_by", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "customer_status IN ('delivered', 'skipped')",
            name=op.f("ck_records_customer_status_word"),
        ),
        sa.CheckConstraint(
            "date BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_records_date_range"),
        ),
        sa.CheckConstraint(
            "status IN ('scheduled', 'delivered', 'skipped', 'cancelled')",
            name=op.f("ck_records_status_word"),
        ),
        sa.CheckConstraint(
            "vendor_status IN ('delivered', 'skipped')", name=op.f("ck_records_vendor_status_word")
        ),
        sa.CheckConstraint(
            "(customer_status IS NULL) = (customer_quantity IS NULL) AND (customer_status IS NULL) = (customer_at IS NULL)",
            name=op.f("ck_records_customer_mark_whole"),
        ),
        sa.CheckConstraint(
            "(vendor_status IS NULL) = (vendor_quantity IS NULL) AND (vendor_status IS NULL) = (vendor_at IS NULL)",
            name=op.f("ck_records_vendor_mark_whole"),
        ),
        sa.CheckConstraint(
            "NOT disputed OR (vendor_status IS NOT NULL AND customer_status IS NOT NULL)",
            name=op.f("ck_records_dispute_needs_two_marks"),
        ),
        sa.CheckConstraint(
            "amount = round(rate::numeric * quantity / 1000)",
            name=op.f("ck_records_amount_is_product"),
        ),
        sa.CheckConstraint(
            "customer_quantity BETWEEN 0 AND 9999999999000",
            name=op.f("ck_records_customer_quantity_range"),
        ),
        sa.CheckConstraint(
            "due_quantity BETWEEN 1 AND 9999999999000", name=op.f("ck_records_due_quantity_range")
        ),
        sa.CheckConstraint("quantity BETWEEN 0 AND 9999999999000", name=op.f("ck_records_quantity_range")),
        sa.CheckConstraint("rate BETWEEN 0 AND 100000000000000", name=op.f("ck_records_rate_range")),
        sa.CheckConstraint(
            "vendor_quantity BETWEEN 0 AND 9999999999000",
            name=op.f("ck_records_vendor_quantity_range"),
        ),
        sa.ForeignKeyConstraint(["customer_by"], ["users.id"], name=op.f("fk_records_customer_by_users")),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_records_updated_by_users")),
        sa.ForeignKeyConstraint(["vendor_by"], ["users.id"], name=op.f("fk_records_vendor_by_users")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id", "order_id"],
            ["orders.vendor_id", "orders.customer_id", "orders.id"],
            name=op.f("fk_records_vendor_id_customer_id_order_id_orders"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records")),
        sa.UniqueConstraint("date", "order_id", name=op.f("uq_records_date_order_id")),
    )
    op.create_index(op.f("ix_records_customer_id_date"), "records", ["customer_id", "date"], unique=False)
    op.create_index(op.f("ix_records_order_id_date"), "records", ["order_id", "date"], unique=False)
    op.create_index(
        op.f("ix_records_vendor_id_date_id"), "records", ["vendor_id", "date", "id"], unique=False
    )
    op.create_table(
        "record_marks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("side IN ('vendor', 'customer')", name=op.f("ck_record_marks_side_word")),
        sa.CheckConstraint("status IN ('delivered', 'skipped')", name=op.f("ck_record_marks_status_word")),
        sa.CheckConstraint(
            "quantity BETWEEN 0 AND 9999999999000", name=op.f("ck_record_marks_quantity_range")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.id"], name=op.f("fk_record_marks_record_id_records")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_record_marks_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_marks")),
    )
    op.create_index(op.f("ix_record_marks_record_id_id"), "record_marks", ["record_id", "id"], unique=False)
    op.bulk_insert(
        sa.table("user_types", sa.column("id"), sa.column("name")),
        [{"id": 1, "name": "customer"}, {"id": 2, "name": "vendor"}],
    )
    op.bulk_insert(
        sa.table("order_types", sa.column("id"), sa.column("name")),
        [{"id": 1, "name": "scheduled"}, {"id": 2, "name": "on_demand"}],
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_record_marks_record_id_id"), table_name="record_marks")
    op.drop_table("record_marks")
    op.drop_index(op.f("ix_records_vendor_id_date_id"), table_name="records")
    op.drop_index(op.f("ix_records_order_id_date"), table_name="records")
    op.drop_index(op.f("ix_records_customer_id_date"), table_name="records")
    op.drop_table("records")
    op.drop_index(op.f("ix_pauses_order_id_starts_on"), table_name="pauses")
    op.drop_table("pauses")
    op.drop_table("order_terms")
    op.drop_table("order_periods")
    op.drop_index(
        "uq_change_requests_one_pending",
        table_name="change_requests",
        postgresql_where="status = 'pending'",
    )
    op.drop_index(op.f("ix_change_requests_vendor_id_status_id"), table_name="change_requests")
    op.drop_index(
        "ix_change_requests_deadline",
        table_name="change_requests",
        postgresql_where="status = 'pending'",
    )
    op.drop_index(op.f("ix_change_requests_customer_id_status_id"), table_name="change_requests")
    op.drop_table("change_requests")
    op.drop_index(op.f("ix_push_deliveries_subscription_id"), table_name="push_deliveries")
    op.drop_index(
        "ix_push_deliveries_due",
        table_name="push_deliveries",
        postgresql_where="status = 'waiting'",
    )
    op.drop_table("push_deliveries")
    op.drop_index(op.f("ix_orders_vendor_id_id"), table_name="orders")
    op.drop_index("ix_orders_night", table_name="orders", postgresql_where="scheduled_through IS NOT NULL")
    op.drop_index(op.f("ix_orders_customer_id_id"), table_name="orders")
    op.drop_table("orders")
    op.drop_index("ix_lines_order", table_name="lines")
    op.drop_index("ix_lines_open", table_name="lines", postgresql_where="paid < amount")
    op.drop_index(op.f("ix_lines_customer_id_date"), table_name="lines")
    op.drop_table("lines")
    op.drop_index(op.f("ix_ledger_entries_customer_id_date"), table_name="ledger_entries")
    op.drop_table("ledger_entries")
    op.drop_index(op.f("ix_invites_vendor_id_customer_id"), table_name="invites")
    op.drop_table("invites")
    op.drop_index(
        op.f("ix_cumulative_record_details_vendor_id_month"), table_name="cumulative_record_details"
    )
    op.drop_index(
        op.f("ix_cumulative_record_details_customer_id_month"),
        table_name="cumulative_record_details",
    )
    op.drop_table("cumulative_record_details")
    op.drop_index(op.f("ix_adjustments_customer_id_date"), table_name="adjustments")
    op.drop_table("adjustments")
    op.drop_index(op.f("ix_account_months_vendor_id_month_customer_id"), table_name="account_months")
    op.drop_table("account_months")
    op.drop_index(op.f("ix_push_subscriptions_user_id"), table_name="push_subscriptions")
    op.drop_index(op.f("ix_push_subscriptions_sign_in_id"), table_name="push_subscriptions")
    op.drop_table("push_subscriptions")
    op.drop_index(op.f("ix_customers_vendor_id_status_name_id"), table_name="customers")
    op.drop_index(op.f("ix_customers_user_id"), table_name="customers")
    op.drop_table("customers")
    op.drop_index(op.f("ix_accounts_vendor_id"), table_name="accounts")
    op.drop_table("accounts")
    op.drop_table("vendors")
    op.drop_index(op.f("ix_sign_ins_user_id"), table_name="sign_ins")
    op.drop_index(op.f("ix_sign_ins_expires_at"), table_name="sign_ins")
    op.drop_table("sign_ins")
    op.drop_table("password_resets")
    op.drop_index("ix_notices_user_id_id", table_name="notices")
    op.drop_index("ix_notices_unread", table_name="notices", postgresql_where="read_at IS NULL")
    op.drop_table("notices")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("users")
    op.drop_table("user_types")
    op.drop_index(op.f("ix_sign_in_failures_phone_number_at"), table_name="sign_in_failures")
    op.drop_table("sign_in_failures")
    op.drop_table("push_origins")
    op.drop_table("order_types")
    op.drop_table("job_runs")
    op.execute(sa.schema.DropSequence(sa.Sequence("order_and_record_ids")))
